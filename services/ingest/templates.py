"""An empty table of a kind, with an example row and what each column holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from data.export import Sheet, export_frame, workbook, write_file
from data.ingest.kind import Field, Kind
from data.network.sea import known_areas
from data.network.tables import load_network_tables
from data.province import default_election
from data.risk.lists import indicator_list
from data.store.engine import Store
from services.texts import DEFAULT_LANGUAGE, label, text


def heading_of(kind: Kind, field: Field) -> str:
    """Return the heading by which a field stands in templates."""
    return kind.headings[field.name][0][0]


def write_template(store: Store, kind: Kind, path: Path, lang: str = DEFAULT_LANGUAGE) -> None:
    """Write the template of a kind.

    Parameters
    ----------
    store
        Gives names of the province for the example.
    kind
        What is to be imported.
    path
        ``.xlsx``, with a second sheet that explains the columns, or ``.csv``.
    lang
        Of the explanations.

    Raises
    ------
    FileUnreadableError
        When the suffix is another or the folder is missing.
    """
    if path.suffix.lower() != ".xlsx":
        export_frame(_example(store, kind), path, kind.name)
        return
    write_file(path, template_bytes(store, kind, lang))


def template_bytes(store: Store, kind: Kind, lang: str) -> bytes:
    """Return the template of a kind as a workbook."""
    notes = text("import.template_sheet", lang)
    return workbook([Sheet(kind.name, _example(store, kind)), Sheet(notes, columns_of(kind, lang))])


def columns_of(kind: Kind, lang: str) -> pd.DataFrame:
    """Return what each column of a kind may hold, one row per field, under translated headings."""
    rows = [
        (heading_of(kind, field), field_words(field, lang), _others(kind, field))
        for field in kind.fields
    ]
    heads = [text(f"import.{name}", lang) for name in ("column", "holds", "also")]
    return pd.DataFrame(rows, columns=heads)


def field_words(field: Field, lang: str) -> str:
    """Return what the cells of a field hold, in words."""
    if field.type is None:
        return str(label("import_place", field.name, lang))
    words = str(label("import_type", field.type.key, lang))
    choices = ", ".join(key.replace("_", " ") for key in field.type.choices)
    return f"{words}: {choices}" if choices else words


def _others(kind: Kind, field: Field) -> str:
    every = [heading for tier in kind.headings[field.name] for heading in tier]
    return ", ".join(every[1:])


def _example(store: Store, kind: Kind) -> pd.DataFrame:
    """Return one row that can be imported; of the product's own tables the first one stored."""
    if kind.name.startswith("table "):
        stored = store.read(kind.table.name).head(1)
        columns = stored.reindex(columns=[field.name for field in kind.fields])
        return columns.set_axis([heading_of(kind, field) for field in kind.fields], axis=1)
    words = _names(store)
    cells = {}
    for field in kind.fields:
        example = field.example or (field.type.example if field.type else "")
        texts = "" if example == "-" else example.format(**words)
        cells[heading_of(kind, field)] = texts.split("|")
    most = max(len(texts) for texts in cells.values())
    return pd.DataFrame(
        {name: texts if len(texts) == most else texts * most for name, texts in cells.items()}
    )


def _names(store: Store) -> dict[str, str]:
    """Return names of the province that an example may use."""
    election = default_election()
    tps = store.read("tps")
    units = store.units().set_index("code")["name"]
    code = tps.loc[tps["election"].eq(election), "desa_code"].min()
    tables = load_network_tables(store.units())
    piers = tables["piers"]["name"].drop_duplicates(keep=False)
    parts = code.split(".")
    indicators = indicator_list(store.read, election)["name"]
    return {
        "election": election,
        "kabupaten": units[".".join(parts[:2])],
        "kecamatan": units[".".join(parts[:3])],
        "desa": units[code],
        "pier": piers.iloc[0],
        **_leg(tables),
        "area": known_areas()[0],
        "indicator": indicators.iloc[0] if len(indicators) else "",
    }


def _leg(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return names and minutes of a boat leg that ships: no other is sure to be passable."""
    named = tables["piers"].drop_duplicates("name", keep=False).set_index("pier_id")["name"]
    legs = tables["sea_legs"]
    ends = legs["from_pier"].isin(named.index) & legs["to_pier"].isin(named.index)
    leg = legs[ends & legs["usual_min"].notna() & legs["vessel_class"].notna()].iloc[0]
    return {
        "leg_from": named[leg["from_pier"]],
        "leg_to": named[leg["to_pier"]],
        "leg_class": leg["vessel_class"],
        "leg_min": str(round(leg["usual_min"])),
    }
