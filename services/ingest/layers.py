"""The way in for layers: official boundaries of a level, and roads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from data.boundaries.files import read_boundary_file
from data.boundaries.replace import replace_boundaries
from data.ingest.record import import_key
from data.network.roads import Apart, RoadImport, import_roads
from data.store.engine import Store
from geo.boundaries.grid import dissolve_to_parents
from services.dataset import LEVELS
from services.texts import number, text

__all__ = ["BOUNDARY_LEVELS", "RoadImport", "import_boundary_file", "import_roads", "layer_lines"]

BOUNDARY_LEVELS = ("kabupaten", "kecamatan", "desa")
_SHOWN = 20


@dataclass(frozen=True)
class BoundaryImport:
    """What an import of boundaries did.

    Attributes
    ----------
    level
        The level of the file.
    units
        How many units it holds.
    derived
        Upper levels that were dissolved from it, so that they still add up.
    stale
        Lower levels that were left as they are and no longer add up to it exactly.
    import_id
        Key of the import.
    changed_ha
        Hectares by code that were changed so that the edges match.
    dissolved_rows
        Rows of the file that were joined to another of the same unit.
    """

    level: str
    units: int
    derived: tuple[str, ...]
    stale: tuple[str, ...]
    import_id: str = ""
    changed_ha: Mapping[str, float] = field(default_factory=dict)
    dissolved_rows: int = 0

    def as_dict(self) -> dict[str, object]:
        """Return the result JSON-ready."""
        return asdict(self)


def import_boundary_file(
    store: Store,
    path: Path,
    level: str,
    code_column: str | None = None,
    scheme: str = "kemendagri",
    *,
    layer: str | None = None,
    tolerance_ha: float | None = None,
    dry_run: bool = False,
) -> BoundaryImport:
    """Replace the coverage of a level by the boundaries of a file.

    Levels above are dissolved from the new ones; levels below stay. All in one transaction, which
    `undo_import` takes back.

    Parameters
    ----------
    store
        The store.
    path, level, code_column, scheme, layer
        See `data.boundaries.files.read_boundary_file`.
    tolerance_ha
        Hectares that a unit may change by, at least 0; see there.
    dry_run
        Whether to say what would happen and store nothing.

    Raises
    ------
    BoundaryFileError
        When the file cannot be used; it names every fault, and nothing is changed.
    """
    found = read_boundary_file(
        path, level, store.units(), code_column, scheme, layer=layer, tolerance_ha=tolerance_ha
    )
    at = LEVELS.index(level)
    coverages = {level: found.units}
    for upper in reversed(LEVELS[:at]):
        coverages[upper] = dissolve_to_parents(coverages[LEVELS[LEVELS.index(upper) + 1]])
    said = (level, scheme, code_column or "", layer or "", str(tolerance_ha))
    import_id, digest = import_key("boundary", path, *said)
    replace_boundaries(store, path, coverages, import_id, digest, dry_run=dry_run)
    return BoundaryImport(
        level,
        len(found.units),
        LEVELS[:at],
        LEVELS[at + 1 :],
        import_id,
        dict(found.changed_ha),
        found.dissolved_rows,
    )


def layer_lines(done: BoundaryImport | RoadImport, lang: str) -> list[str]:
    """Return what became of a layer, a sentence each, the way back last."""
    lines = (
        _boundary_lines(done, lang) if isinstance(done, BoundaryImport) else _road_lines(done, lang)
    )
    return [*lines, text("layer_result.import_id", lang, import_id=done.import_id)]


def _boundary_lines(done: BoundaryImport, lang: str) -> list[str]:
    lines = [text("layer_result.boundaries", lang, n=done.units, level=done.level)]
    if done.dissolved_rows:
        lines.append(text("layer_result.boundaries_dissolved", lang, n=done.dissolved_rows))
    if done.changed_ha:
        most = sorted(done.changed_ha.items(), key=lambda pair: -pair[1])
        shown = ", ".join(f"{code} {number(ha, lang, 2)} ha" for code, ha in most[:_SHOWN])
        more = ", …" if len(most) > _SHOWN else ""
        n = len(most)
        lines.append(text("layer_result.boundaries_changed", lang, n=n, list=shown + more))
    if done.derived:
        lines.append(text("layer_result.boundaries_derived", lang, levels=", ".join(done.derived)))
    if done.stale:
        lines.append(text("layer_result.boundaries_stale", lang, levels=", ".join(done.stale)))
    return lines


def _road_lines(done: RoadImport, lang: str) -> list[str]:
    lines = [
        text(
            "layer_result.roads",
            lang,
            edges=number(done.edges, lang),
            km=number(done.km, lang),
            parts=number(done.parts, lang),
            share=number(100 * done.largest_part_share, lang),
            snap=number(done.median_snap_km, lang, 2),
            widest=number(done.widest_snap_km, lang, 1),
            far=number(len(done.far_desa), lang),
        )
    ]
    if done.left_out:
        classes = ", ".join(f"{kind} {number(n, lang)}" for kind, n in done.left_out.items())
        lines.append(text("layer_result.roads_left_out", lang, list=classes))
    for key in ("oneway", "ferry", "merged", "repeated"):
        if count := getattr(done, key):
            lines.append(text(f"layer_result.roads_{key}", lang, n=number(count, lang)))
    if done.apart:
        found = [_apart(one, lang) for one in done.apart[:_SHOWN]]
        found += ["…"] if len(done.apart) > _SHOWN else []
        n = number(len(done.apart), lang)
        lines.append(text("layer_result.roads_apart", lang, n=n, list="; ".join(found)))
    return lines


def _apart(one: Apart, lang: str) -> str:
    key = "roads_apart_cut" if one.road_km is None else "roads_apart_joined"
    near, road = (number(km, lang, 2) for km in (one.nearest_km, one.road_km))
    return text(f"layer_result.{key}", lang, place=one.name, code=one.code, near=near, road=road)
