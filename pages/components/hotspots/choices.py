"""What a map will show once a box is chosen from: the browser paints it at the choice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from data.static_files import read_beside_code
from pages.components import address
from pages.components.shell import t

_ahead = st.components.v2.component(
    "siaga_choices", js=read_beside_code(Path(__file__).with_name("choices.js"))
)


def offer(name: str, box: str, parameter: str, frames: Mapping[str, Mapping[str, object]]) -> None:
    """Send ahead what the map of a name shows for each choice of a box.

    Parameters
    ----------
    name
        Of the map.
    box
        Key of the text over the box.
    parameter
        Of the address, which the box writes. Of any other state of the rest of the address the
        frames say nothing, and are not shown.
    frames
        By the words of each choice, as of `services.hotspots.views.choices`.
    """
    own = [parameter, address.VIEW]
    state = {key: said for key, said in st.query_params.to_dict().items() if key not in own}
    with st.container(key=f"ahead_{parameter}"):
        _ahead(
            key=f"choices_{parameter}",
            data={
                "box": t(box),
                "own": own,
                "state": state,
                "map": name,
                "channel": address.channel(),
                "frames": frames,
            },
        )
