"""The entry that names the pages and runs the one asked for."""

from __future__ import annotations

import streamlit as st

from pages.components import loaders, picture, shell
from pages.components.nation import source
from pages.components.server.drawing import timed

shell.configure()
ICONS = {
    "ringkasan": ":material/dashboard:",
    "hotspot": ":material/map:",
    "nasional": ":material/public:",
    "linimasa": ":material/view_timeline:",
    "tindakan": ":material/task_alt:",
    "prakiraan": ":material/trending_up:",
    "distribusi": ":material/local_shipping:",
    "kerawanan": ":material/how_to_vote:",
    "briefing": ":material/co_present:",
    "data": ":material/database:",
}
"""The pages in the order of the menu; the first opens the product."""
PAGES = {
    name: st.Page(f"pages/{name}.py", title=shell.title(name), icon=icon, url_path=name)
    for name, icon in ICONS.items()
}
MENU = [name for name in PAGES if name != "nasional"]
"""Pages of any installation."""
FIRST = next(iter(PAGES))
# The bare address opens the first page, which answers to its own name too.
root = st.Page(f"pages/{FIRST}.py", title=shell.title(FIRST), url_path="beranda", default=True)
page = st.navigation([root, *PAGES.values()], position="hidden")
shell.follow_deep_link()
here = next((name for name, known in PAGES.items() if known == page), FIRST)
# Only where there is a nation does the menu lead to it; an address that names it is answered.
shell.menu(
    {name: to for name, to in PAGES.items() if name in {here, *MENU} or source.is_published()}, here
)
with shell.through_app(), timed(here), loaders.turn():
    page.run()
    picture.foot()
