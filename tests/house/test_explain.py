"""Every error of the product is told in words, with its value; an unknown one is not hidden."""

from __future__ import annotations

import ast
import pickle
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from analytics.network.sea_windows import SeaSeriesError, SeriesFault
from analytics.plan.inputs import DeadlinePassedError, Fault, PlanInputError
from data.boundaries.files import BoundaryFileError
from data.errors import (
    ActionChangedError,
    ActionUnknownError,
    ActUnknownError,
    BackupError,
    BeforeDataError,
    ChangeUnknownError,
    ClusterError,
    FileUnreadableError,
    ImportReplacedError,
    ImportUnknownError,
    OutlookEmptyError,
    OutlookLateError,
    OutlookLodgedError,
    RecordChangedError,
    RightError,
    SavedMeanwhileError,
    SchemaError,
    SnapshotUnknownError,
    SourceMissingError,
    SparseRoadsError,
    StoreError,
    TemplateEmptyError,
    UndeclaredWriteError,
    WarningOrderError,
    WarningStateError,
    WarningUnknownError,
)
from data.nation.errors import NationError
from data.texts import LANGUAGES
from geo.errors import CodeError, CrsError, GeometryError, NoRouteError, ParameterError
from services.access.errors import (
    AccountTakenError,
    AccountUnknownError,
    LastAdminError,
    NotAdmittedError,
    PersonKnownError,
)
from services.briefing.files.ground import CannotDrawError
from services.briefing.fit import DoesNotFitError
from services.explain import EXPLAINED, explain

ROOT = Path(__file__).resolve().parents[2]
CASES = (
    (FileUnreadableError("laporan.csv", "no_date_column", "kolom tanggal"),
     ("laporan.csv", "no_date_column", "kolom tanggal")),
    (SourceMissingError("hilang/peta.parquet"), ("hilang/peta.parquet",)),
    (SchemaError("reports", ["baris 3, severity: 9", "baris 4, kind: x"]),
     ("reports", "baris 3, severity: 9", "baris 4, kind: x")),
    (StoreError("postgresql://u:***@h/db", "connection refused"),
     ("postgresql://u:***@h/db", "connection refused")),
    (BoundaryFileError("batas.geojson", ["46 of 47 kecamatan", "row 2: no code"]),
     ("batas.geojson", "46 of 47 kecamatan", "row 2: no code")),
    (BackupError("a.zip", "damaged", "tables/tps.jsonl"), ("a.zip", "tables/tps.jsonl")),
    (ImportUnknownError("road-1"), ("road-1",)),
    (ActUnknownError(12), ("12",)),
    (RecordChangedError("agenda", '["a", "b"]', ["title"]), ("agenda", "a · b", "title")),
    (ChangeUnknownError("0000000009-000001"), ("0000000009-000001",)),
    (UndeclaredWriteError(["reports", "tps"]), ("reports", "tps")),
    (RightError("kpu.2", "operator", "report.withdraw", "area", "99.01"), ("kpu.2", "99.01")),
    (ActionUnknownError("tdk-1"), ("tdk-1",)),
    (ActionChangedError("tdk-1", ["due", "result"], "Bawaslu"), ("tdk-1", "Bawaslu")),
    (ImportReplacedError("road-1", "road-2"), ("road-1", "road-2")),
    (OutlookLateError(date(2024, 9, 1), date(2024, 9, 2)), ("2024-09-01", "2024-09-02")),
    (OutlookLodgedError("2024-08-31/rakor"), ("2024-08-31/rakor",)),
    (SnapshotUnknownError("snp-1"), ("snp-1",)),
    (BeforeDataError(date(2001, 2, 3), date(2022, 1, 4)), ("2001-02-03", "2022-01-04")),
    (OutlookEmptyError(date(2022, 1, 1), "tahapan"), ("2022-01-01", "tahapan")),
    (WarningUnknownError("w-1"), ("w-1",)),
    (WarningStateError("w-1", "ditutup"), ("w-1", "ditutup")),
    (WarningOrderError("w-1", datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 3, tzinfo=UTC)),
     ("w-1", "2024-01-02", "2024-01-03")),
    (SavedMeanwhileError("Polda", datetime(2031, 2, 13, 18, 5, tzinfo=UTC)),
     ("Polda", "14/02/2031 01:05")),
    (TemplateEmptyError("rakor.toml", ["title", "agenda"]), ("rakor.toml", "title", "agenda")),
    (SparseRoadsError("jalan.gpkg", 12, 390, 391, 5.0),
     ("jalan.gpkg", "12", "390", "391", "5", "--merge", "--replace")),
    (CrsError("EPSG:32748", "EPSG:4326"), ("EPSG:32748", "EPSG:4326")),
    (CrsError(None, "EPSG:4326"), ("EPSG:4326",)),
    (GeometryError(["row 5: self-intersection"]), ("row 5: self-intersection",)),
    (CannotDrawError("peta_konflik", "desa", "kabupaten"), ("peta_konflik", "desa", "kabupaten")),
    (CodeError("19.99", "a unit of the registry"), ("19.99", "a unit of the registry")),
    (ParameterError("severity_min", 9, "1 to 5"), ("severity_min", "9", "1 to 5")),
    (PlanInputError([Fault("fleet", "TRUK-01", "capacity_boxes", 0, "1 or more")]),
     ("fleet", "TRUK-01", "0", "1 or more")),
    (DeadlinePassedError([Fault("stops", "19.01", "deadline", "x", "after y")],
                         pd.Timestamp("2031-02-14 07:00", tz="Asia/Jakarta"),
                         pd.Timestamp("2031-02-15 06:30", tz="Asia/Jakarta"), 47),
     ("14/02/2031 07:00", "15/02/2031 06:30", "47")),
    (SeaSeriesError([SeriesFault(3, "wave_m", "250", "metres, at most 20")]),
     ("wave_m", "250", "metres")),
    (ParameterError("steps", 3, "at least 10"), ("3",)),
    (ParameterError("date_from", "2024-12-31", "at most 2023-01-01"), ("2024-12-31",)),
    (NoRouteError("Sadai", "Pulau Batun"), ("Sadai", "Pulau Batun")),
    (ClusterError("tcp://10.0.0.5:8786", "refused"), ("tcp://10.0.0.5:8786", "refused")),
    (NationError("no_places", "units"), ("desa",)),
    (AccountTakenError("kpu.kota.1"), ("kpu.kota.1",)),
    (AccountUnknownError("kpu.kota.2"), ("kpu.kota.2",)),
    (PersonKnownError("kpu.kota.3"), ("kpu.kota.3",)),
    (LastAdminError("kpu.kota.4"), ("kpu.kota.4",)),
    (NotAdmittedError("x@contoh.invalid", "inactive"), ("x@contoh.invalid",)),
    (DoesNotFitError("3 (peta)", "judul", "3 baris", "2 baris"),
     ("3 (peta)", "judul", "3 baris", "2 baris")),
)  # fmt: skip


def error_classes(source: str) -> set[str]:
    """Return the public exception classes that a module defines."""
    return {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error") and node.name[0] != "_"
    }


def with_heirs(cls: type[Exception]) -> set[type[Exception]]:
    """Return a class with all that inherit from it, at whatever distance."""
    return {cls}.union(*map(with_heirs, cls.__subclasses__()))


def test_every_error_class_of_the_lower_layers_is_explained_and_tested() -> None:
    defined: set[str] = set()
    for layer in ("geo", "data", "analytics", "services"):
        for path in (ROOT / layer).rglob("*.py"):
            defined |= error_classes(path.read_text(encoding="utf-8"))
    assert len(defined) >= 9
    assert defined == {cls.__name__ for cls in with_heirs(EXPLAINED)}
    assert all(len(cls.__mro__) > 4 for cls in EXPLAINED.__subclasses__()), "a builtin parent each"
    defined -= {EXPLAINED.__name__}
    assert defined == {type(error).__name__ for error, _ in CASES}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("error", "values"), CASES, ids=lambda v: type(v).__name__)
def test_an_error_is_told_with_its_values(
    error: Exception, values: tuple[str, ...], lang: str
) -> None:
    words = explain(error, lang)
    for value in values:
        assert value in words
    assert "{" not in words
    assert type(error).__name__ not in words


@pytest.mark.parametrize(("error", "values"), CASES, ids=lambda v: type(v).__name__)
def test_an_error_goes_from_one_process_to_another(
    error: Exception, values: tuple[str, ...]
) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), vars(again), str(again)) == (type(error), vars(error), str(error))
    assert explain(again) == explain(error)


@pytest.mark.parametrize(("error", "values"), CASES, ids=lambda v: type(v).__name__)
def test_the_two_languages_differ(error: Exception, values: tuple[str, ...]) -> None:
    assert explain(error, "id") != explain(error, "en")
    assert explain(error) == explain(error, "id")


def test_a_window_badly_chosen_is_told_without_the_names_of_the_code() -> None:
    for name in ("date_from", "events", "reports", "steps"):
        words = explain(ParameterError(name, 0, "at least one"), "id")
        assert name not in words
        assert "at least" not in words


def test_a_value_that_looks_like_a_gap_is_not_filled() -> None:
    assert "{name}" in explain(ParameterError("x", "{name}", "{value}"))


def test_a_moment_without_a_zone_is_told_as_it_was_given() -> None:
    for given in (pd.Timestamp("2024-01-31 05:00"), datetime(2024, 1, 31, 5)):
        assert "2024-01-31 05:00:00" in explain(ParameterError("since", given, "before noon"))


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RuntimeError("x"), OSError("x")])
def test_an_unknown_error_is_not_swallowed(error: Exception) -> None:
    with pytest.raises(TypeError) as caught:
        explain(error)
    assert caught.value.__cause__ is error
    assert not isinstance(error, EXPLAINED)
