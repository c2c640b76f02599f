"""Roads, boat legs and moved piers of the store, as the network wants them."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import delete

from data import schema
from data.frames import validate
from data.store import Store

DESA_PIER = "P-"
"""Before the code of a desa: the pier an import made at its coast."""


def read_sea_legs(
    store: Store, piers: pd.DataFrame, shipped: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return the tables ``piers`` and ``sea_legs`` with what was imported.

    Parameters
    ----------
    store
        The store.
    piers, shipped
        The shipped tables of piers and sea legs.

    Returns
    -------
    dict
        An imported leg sets aside the shipped rows of the same two piers and vessel class; a pier
        that an import made at the coast of a desa becomes a row.
    """
    own = store.read("sea_legs")
    if own.empty:
        return {"piers": piers, "sea_legs": shipped}
    rows = own.assign(
        from_text=own["from_pier"], to_text=own["to_pier"], basis="fakta", ends_basis="fakta",
        source_id=own["import_id"],
    )  # fmt: skip
    mine = set(_pair(rows))
    replaced = pd.Series([key in mine for key in _pair(shipped)], index=shipped.index, dtype=bool)
    legs = pd.concat([shipped[~replaced], rows], ignore_index=True)
    ends = pd.concat([
        own[["from_pier", "to_pier"]].set_axis(["pier_id", "toward"], axis=1),
        own[["to_pier", "from_pier"]].set_axis(["pier_id", "toward"], axis=1),
    ]).drop_duplicates("pier_id")  # fmt: skip
    made = ends[~ends["pier_id"].isin(piers["pier_id"])]
    codes = made["pier_id"].str.removeprefix(DESA_PIER)
    new = made.assign(
        name=codes, kind="pantai", unit_code=codes, coordinates="pantai", basis="asumsi",
        seat_of=pd.Series(None, index=made.index, dtype="str"), lon=float("nan"), lat=float("nan"),
    )  # fmt: skip
    return {"piers": pd.concat([piers, new], ignore_index=True), "sea_legs": legs}


def _pair(legs: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return the key of each leg, the same whichever way it is written."""
    columns = (legs["from_pier"], legs["to_pier"], legs["vessel_class"])
    return [
        (min(str(a), str(b)), max(str(a), str(b)), str(c)) for a, b, c in zip(*columns, strict=True)
    ]


def read_roads(store: Store) -> tuple[str, pd.DataFrame] | None:
    """Return the name of the imported road file and its edges; None while there is none."""
    edges = store.read("road_edges")
    if edges.empty:
        return None
    imports = store.read("imports", schema.imports.c.import_id == edges["import_id"].iloc[0])
    return str(imports["file_name"].iloc[0]), edges


def clear_roads(store: Store) -> None:
    """Forget the imported roads, so that the proxy is in use again."""
    with store.begin() as connection:
        connection.execute(delete(schema.road_edges))


def read_moves(store: Store) -> dict[str, tuple[float, float]]:
    """Return longitude and latitude of the piers and warehouses that the planner moved."""
    rows = store.read("place_moves")
    points = zip(rows["place_id"], rows["lon"], rows["lat"], strict=True)
    return {str(place): (float(lon), float(lat)) for place, lon, lat in points}


def write_move(store: Store, place_id: str, lon: float | None, lat: float | None) -> None:
    """Put a pier or warehouse at a point, or back where it was (both None).

    Raises
    ------
    SchemaError
        When the point is no longitude and latitude.
    """
    table = schema.place_moves
    rows = pd.DataFrame({"place_id": [place_id], "lon": [lon], "lat": [lat]})
    if lon is not None or lat is not None:
        frame = rows.astype({"place_id": "str", "lon": "float64", "lat": "float64"})
        validate(table.name, frame)
    else:
        frame = rows.iloc[:0]
    with store.begin() as connection:
        store.replace(connection, table, frame, table.c.place_id == place_id)
