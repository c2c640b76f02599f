"""The entry that names the pages and runs the one asked for."""

from __future__ import annotations

import streamlit as st

from pages.components import shell

shell.configure()
ICONS = {
    "ringkasan": ":material/dashboard:",
    "hotspot": ":material/map:",
    "linimasa": ":material/view_timeline:",
    "tindakan": ":material/task_alt:",
    "prakiraan": ":material/trending_up:",
    "distribusi": ":material/local_shipping:",
    "kerawanan": ":material/how_to_vote:",
    "briefing": ":material/co_present:",
    "data": ":material/database:",
}
"""The pages in the order of the menu; the first opens the product."""
PAGES = [
    st.Page(
        f"pages/{name}.py", title=shell.title(name), icon=icon, url_path=name, default=not place
    )
    for place, (name, icon) in enumerate(ICONS.items())
]
page = st.navigation(PAGES, position="top")
shell.follow_deep_link()
with shell.through_app():
    page.run()
