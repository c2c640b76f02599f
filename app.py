"""The entry that names the pages and runs the one asked for."""

from __future__ import annotations

import streamlit as st

from pages.components import shell

shell.configure()
PAGES = [
    st.Page(f"pages/{name}.py", title=shell.title(name), icon=icon, url_path=path, default=first)
    for name, icon, path, first in (
        ("ringkasan", ":material/dashboard:", "ringkasan", True),
        ("hotspot", ":material/map:", "hotspot", False),
        ("linimasa", ":material/view_timeline:", "linimasa", False),
        ("distribusi", ":material/local_shipping:", "distribusi", False),
        ("kerawanan", ":material/how_to_vote:", "kerawanan", False),
    )
]
page = st.navigation(PAGES, position="top")
shell.follow_deep_link()
with shell.through_app():
    page.run()
