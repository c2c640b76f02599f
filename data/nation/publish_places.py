"""Units, shapes and TPS of a folder, and what a batch worked out, into the tables of the nation.

Each publication is one transaction: readers see what was there before until all of it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from data.errors import SchemaError
from data.nation.connection import nation_connection, require_nation
from data.nation.errors import NationError
from data.nation.folder import NationAbout, NationFolder, is_simulated, read_parquet
from data.nation.results import NATION
from data.nation.tables import make_nation, note_publication, raise_revision
from data.store.ledger.rights import require_now
from geo.boundaries.levels import LevelShapes, level_details, touching_provinces

if TYPE_CHECKING:
    import psycopg

    from data.store.engine import Store

ACT = "import.nation"
"""Only an admin may publish, or whoever sits at the server's command line."""
_PLACES = ("units", "shapes", "tps")
_BLOCK = 1 << 20
_FIGURES = (
    "level", "code", "family", "affairs", "expected", "median", "low", "high", "p_above",
    "p_below", "word",
)  # fmt: skip
_OUTLOOK = (
    "level", "code", "family", "date_from", "date_to", "probability", "expected", "low", "high",
)  # fmt: skip
_PLANS = (
    "kabupaten", "passed", "trips", "latest_arrival", "least_slack_min", "late", "unplanned_tps",
    "faults",
)  # fmt: skip
_RISK = ("tps_id", "keamanan_tier", "logistik_tier")
Told = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Published:
    """What a publication brought.

    Attributes
    ----------
    publication_id
        Its row in ``nation.publications``.
    sha256
        Of the files it was made from.
    rows
        By table.
    """

    publication_id: int
    sha256: str
    rows: Mapping[str, int]


def publish_places(store: Store, folder: NationFolder, told: Told) -> Published:
    """Publish units, shapes in every detail, and TPS of a folder in place of those there are.

    Parameters
    ----------
    store
        Of PostgreSQL with PostGIS; the schema is made where it is not there.
    folder
        What is published.
    told
        Called with provinces done, provinces in all, and the code of the last one.

    Raises
    ------
    NationError
        When the store is a file, has no PostGIS, or another version's nation.
    RightError
        When whoever acts may not publish.
    SourceMissingError, FileUnreadableError, SchemaError
        When the folder is no nation.
    GeometryError
        When its desa are no valid coverage.
    """
    require_now(ACT)
    about = folder.about()
    codes = [province.code for province in about.provinces]
    digest = _digest(folder.file(code, name) for code in codes for name in ("units", "desa", "tps"))
    rows = dict.fromkeys(_PLACES, 0)
    with nation_connection(store) as connection, connection.transaction():
        make_nation(connection)
        _delete_all(connection, *_PLACES)
        desa = {code: folder.read(code, "desa") for code in codes}
        shapes = {code: part.geometry.to_numpy() for code, part in desa.items()}
        done = 0
        for group in touching_provinces(shapes):
            own = np.concatenate([desa[code]["code"].to_numpy(dtype=object) for code in group])
            for level in level_details(own, np.concatenate([shapes[code] for code in group])):
                rows["shapes"] += _copy_shapes(connection, level)
            for code in group:
                rows["units"] += _copy_units(connection, folder, code)
                rows["tps"] += _copy_tps(connection, folder, code)
                done += 1
                told(done, len(codes), code)
        _say_about(connection, about)
        raise_revision(connection, *_PLACES)
        number = note_publication(
            connection, "places", digest, sum(rows.values()), str(folder.path)
        )
    _analyze(store, *_PLACES)
    return Published(number, digest, rows)


def _say_about(connection: psycopg.Connection, about: NationAbout) -> None:
    """Write into ``nation.meta`` what the folder is."""
    said = {
        "simulasi": str(about.simulasi).lower(),
        "as_of": about.as_of.isoformat(),
        "voting_date": about.voting_date.isoformat(),
    }
    for key, value in said.items():
        connection.execute(
            "INSERT INTO nation.meta VALUES (%s, %s)"
            " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
            [key, value],
        )


def _copy_shapes(connection: psycopg.Connection, of: LevelShapes) -> int:
    wkb = shapely.to_wkb(shapely.set_srid(of.shapes, 4326), hex=True, include_srid=True)
    rows = zip([of.detail] * len(of.codes), [of.level] * len(of.codes), of.codes, wkb, strict=True)
    return _copy(connection, "shapes (detail, level, code, geom)", rows)


def _copy_units(connection: psycopg.Connection, folder: NationFolder, code: str) -> int:
    units = folder.read(code, "units")
    return _copy_frame(connection, "units", units)


def _copy_tps(connection: psycopg.Connection, folder: NationFolder, code: str) -> int:
    tps = folder.read(code, "tps")
    points = shapely.set_srid(shapely.points(tps["lon"], tps["lat"]), 4326)
    frame = tps[["tps_id", "desa_code", "number", "voters"]].assign(
        geom=shapely.to_wkb(points, hex=True, include_srid=True)
    )
    return _copy_frame(connection, "tps", frame)


def publish_results(store: Store, path: Path, told: Told) -> Published:
    """Publish what a batch worked out in place of what was there; what it did not do is empty.

    Parameters
    ----------
    store
        With a nation whose places are published.
    path
        Folder of the batch.
    told
        Called with provinces done, provinces in all, and the code of the last one.

    Raises
    ------
    NationError
        When there is no nation, or one without places.
    RightError
        When whoever acts may not publish.
    FileUnreadableError, SchemaError
        When a file is none of a batch, is about units that the nation does not have, or is made up
        where the nation is not, or the other way round.
    """
    require_now(ACT)
    rows = dict.fromkeys(("figures", "outlook", "plans", "tps"), 0)
    files: list[Path] = []

    def found(stage: str, pattern: str, columns: tuple[str, ...]) -> list[pd.DataFrame]:
        paths = sorted((path / stage).glob(f"{pattern}.parquet"))
        files.extend(paths)
        return [read_parquet(one, columns)[list(columns)] for one in paths]

    with nation_connection(store) as connection, connection.transaction():
        require_nation(connection)
        codes = _provinces(connection)
        _delete_all(connection, "figures", "outlook", "plans")
        connection.execute(
            "UPDATE nation.tps SET keamanan = '', logistik = ''"
            " WHERE keamanan <> '' OR logistik <> ''"
        )
        for done, code in enumerate([NATION, *codes]):
            whole = "" if code == NATION else code
            for frame in found("relative_risk", code, _FIGURES):
                rows["figures"] += _copy_frame(connection, "figures", frame.assign(whole=whole))
            for frame in found("outlook", code, _OUTLOOK):
                rows["outlook"] += _copy_frame(connection, "outlook", frame)
            for frame in found("plans", f"{code}.*", _PLANS):
                rows["plans"] += _copy_frame(connection, "plans", frame)
            for frame in found("risk", f"{code}.*", _RISK):
                rows["tps"] += _set_tiers(connection, frame)
            if done:
                told(done, len(codes), code)
        _hold_known(connection, path)
        _hold_simulasi(connection, files)
        raise_revision(connection, *rows)
        digest = _digest(files)
        number = note_publication(connection, "results", digest, sum(rows.values()), str(path))
    _analyze(store, *rows)
    return Published(number, digest, rows)


def _delete_all(connection: psycopg.Connection, *tables: str) -> None:
    from psycopg.sql import SQL, Identifier

    for table in tables:
        connection.execute(SQL("DELETE FROM {}").format(Identifier("nation", table)))


def _provinces(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute("SELECT code FROM nation.units WHERE level = 'provinsi' ORDER BY 1")
    codes = [str(code) for (code,) in rows]
    if not codes:
        raise NationError("no_places", "nation.units")
    return codes


def _hold_known(connection: psycopg.Connection, path: Path) -> None:
    """Hold that what is published is about units of the nation."""
    from psycopg.sql import SQL, Identifier

    unknown = SQL(
        "SELECT min({column}) FROM {table} AS t WHERE NOT EXISTS"
        " (SELECT FROM nation.units AS u WHERE u.code = t.{column})"
    )
    for table, column in (("figures", "code"), ("outlook", "code"), ("plans", "kabupaten")):
        row = connection.execute(
            unknown.format(column=Identifier(column), table=Identifier("nation", table))
        ).fetchone()
        if row is not None and row[0] is not None:
            raise SchemaError(str(path), [f"{table}: {row[0]} is no unit of the nation"])


def _hold_simulasi(connection: psycopg.Connection, files: Iterable[Path]) -> None:
    """Hold that each file says of itself what the nation says: made up, or not."""
    row = connection.execute("SELECT value FROM nation.meta WHERE key = 'simulasi'").fetchone()
    expected = row is not None and row[0] == "true"
    for path in files:
        if is_simulated(path) != expected:
            found = str(not expected).lower()
            raise SchemaError(str(path), [f"simulasi is {found}, that of the nation is not"])


def _set_tiers(connection: psycopg.Connection, frame: pd.DataFrame) -> int:
    """Write the tiers of the TPS of a kabupaten; one that is not known is a fault of the folder."""
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS tiers"
        " (tps_id text, keamanan text, logistik text) ON COMMIT DROP"
    )
    connection.execute("DELETE FROM tiers")
    names = dict(zip(_RISK, ("tps_id", "keamanan", "logistik"), strict=True))
    _copy_frame(connection, "tiers", frame.rename(columns=names), schema="")
    changed = connection.execute(
        "UPDATE nation.tps AS t SET keamanan = coalesce(n.keamanan, ''),"
        " logistik = coalesce(n.logistik, '') FROM tiers AS n WHERE n.tps_id = t.tps_id"
    ).rowcount
    if changed != len(frame):
        raise SchemaError("risk", [f"{len(frame) - changed} TPS are none of the nation"])
    return changed


def _digest(paths: Iterable[Path]) -> str:
    """Return one digest of files in their order; one that is missing is none of them."""
    total = sha256()
    for path in paths:
        if path.is_file():
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    total.update(block)
    return total.hexdigest()


def _copy_frame(
    connection: psycopg.Connection, table: str, frame: pd.DataFrame, schema: str = "nation."
) -> int:
    """Copy the columns of a frame into those of the same names; missing values are NULL."""
    columns = [frame[name].astype(object).where(frame[name].notna(), None) for name in frame]
    names = ", ".join(frame.columns)
    return _copy(connection, f"{table} ({names})", zip(*columns, strict=True), schema)


def _copy(
    connection: psycopg.Connection,
    into: str,
    rows: Iterable[tuple[Any, ...]],
    schema: str = "nation.",
) -> int:
    from psycopg.sql import SQL

    copied = 0
    with connection.cursor() as cursor, cursor.copy(SQL(f"COPY {schema}{into} FROM STDIN")) as copy:
        for row in rows:
            copy.write_row(row)
            copied += 1
    return copied


def _analyze(store: Store, *tables: str) -> None:
    """Let the database know what the tables hold, and give back what was deleted."""
    from psycopg.sql import SQL, Identifier

    with nation_connection(store) as connection:
        for table in tables:
            connection.execute(SQL("VACUUM (ANALYZE) {}").format(Identifier("nation", table)))
