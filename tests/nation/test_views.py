"""Views of a published nation: parts equal the whole, no cap is silent, counts as in the files."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.nation import views as asked
from data.nation.connection import nation_connection, reading
from data.nation.folder import NationFolder
from data.nation.tables import raise_revision
from data.nation.views import Days, Extent
from data.store.engine import Store
from geo.errors import CodeError, ParameterError
from services.nation import views as of_nation
from services.nation import words
from services.nation.views import KINDS, NationQuery, Views, level_at
from services.texts import FAMILIES, text
from tests.nation.postgis import temporary_nation
from tests.nation.published import publish_all

pytestmark = pytest.mark.postgres
LENGTHS = {"provinsi": 2, "kabupaten": 5, "kecamatan": 8, "desa": 13}


@pytest.fixture(scope="module")
def nation(
    nation_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, pd.DataFrame]]:
    """SIMULASI: the two provinces, published, and the reports with their places."""
    with temporary_nation() as store:
        yield store, publish_all(store, nation_dir, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def views(nation: tuple[Store, pd.DataFrame]) -> Views:
    return Views(nation[0])


@pytest.fixture(scope="module")
def frame(nation_dir: Path) -> pd.DataFrame:
    folder = NationFolder(nation_dir)
    codes = [province.code for province in folder.about().provinces]
    return pd.concat([folder.read(code, "units") for code in codes], ignore_index=True)


def _codes(frame: pd.DataFrame, level: str) -> list[str]:
    return sorted(frame.loc[frame["level"].eq(level), "code"])


def _counted(placed: pd.DataFrame, days: Days, level: str) -> pd.Series:
    """Count by hand of pandas: reports by unit of a level."""
    day = pd.to_datetime(placed["date_event"]).dt.date
    rows = placed[
        day.ge(days.first) & day.le(days.last)
        & placed["family"].eq(days.family) & placed["kind"].eq(days.kind)
    ]  # fmt: skip
    code = rows["place_code"].where(rows["place_code"].str.len() >= LENGTHS[level])
    return code.dropna().str.slice(0, LENGTHS[level]).value_counts()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dates(dt.date(2027, 12, 1), dt.date(2029, 2, 13)),
    st.integers(0, 500),
    st.sampled_from(FAMILIES[:3]),
    st.sampled_from(KINDS),
)
def test_counts_are_those_of_the_files(
    nation: tuple[Store, pd.DataFrame], frame: pd.DataFrame,
    first: dt.date, more: int, family: str, kind: str,
) -> None:  # fmt: skip
    store, placed = nation
    days = Days(first, first + dt.timedelta(more), family, kind)
    with reading(store) as connection:
        for level in LENGTHS:
            codes = _codes(frame, level)
            found = asked.reports_by_unit(connection, level, codes, days)
            wanted = _counted(placed, days, level).reindex(codes, fill_value=0)
            assert found.to_dict() == wanted.to_dict()


@st.composite
def queries(draw: st.DrawFn) -> NationQuery:
    west = draw(st.floats(94, 105))
    south = draw(st.floats(-12, -6))
    size = draw(st.floats(0.05, 12))
    scope = draw(st.sampled_from(["", "22", "23", "22.01", "23.02", "22.01.01", "23.01.02"]))
    return NationQuery(
        scope=scope,
        extent=draw(st.sampled_from([None, Extent(west, south, west + size, south + size / 2)])),
        zoom=draw(st.floats(3, 14)),
        family=draw(st.sampled_from(FAMILIES[:2])),
        days=draw(st.sampled_from([1, 30, 365, 3660])),
        level=draw(st.sampled_from([None, "provinsi", "kabupaten", "kecamatan", "desa"])),
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(queries())
def test_what_is_drawn_and_what_is_not_are_the_whole(
    views: Views, nation: tuple[Store, pd.DataFrame], frame: pd.DataFrame, query: NationQuery
) -> None:
    view = views.view(query)
    days = Days(view.first, view.last, query.family, query.kind)
    rows = nation[1]
    by_hand = len(_dated(rows, days))
    if query.scope:
        level = view.path["level"].iloc[-1]
        by_hand = int(_counted(rows, days, level).get(query.scope, 0))
    reports = view.reports
    assert reports.whole == by_hand
    assert reports.whole == reports.drawn + reports.elsewhere + reports.unplaced
    assert reports.elsewhere >= 0
    assert reports.drawn == view.units["reports"].sum()
    if view.tps is not None:
        assert view.dots is not None
        inside = frame[frame["level"].eq("desa") & _within(frame["code"], query.scope)]
        assert view.tps.whole == inside["tps"].sum()
        assert view.tps.drawn == view.dots["tps"].sum() <= view.tps.whole
        assert len(view.dots) <= of_nation.MOST_TPS
    assert len(view.units) <= of_nation.MOST_UNITS
    assert set(view.shapes) == set(view.units.index)
    assert _within(pd.Series(view.units.index, dtype=object), query.scope).all()
    table = words.units_table(view, "id")
    assert table[words.shown_columns(view, "id")["reports"]].sum() == reports.whole
    for lang in ("id", "en"):
        assert words.finding(view, lang).startswith(words.SIMULASI)
        assert words.left_out(view, lang)
        assert len(words.legend_rows(view, "risk", lang)) >= 1
    assert view.bytes <= 1_000_000


def _dated(rows: pd.DataFrame, days: Days) -> pd.DataFrame:
    day = pd.to_datetime(rows["date_event"]).dt.date
    here = day.ge(days.first) & day.le(days.last)
    return rows[here & rows["family"].eq(days.family) & rows["kind"].eq(days.kind)]


def _within(codes: pd.Series, scope: str) -> pd.Series:
    return codes.eq(scope) | codes.str.startswith(scope + "." if scope else "")


def test_units_seen_are_those_whose_land_is_there(
    views: Views, nation_dir: Path, frame: pd.DataFrame
) -> None:
    """Against geopandas, in the detail of the files."""
    folder = NationFolder(nation_dir)
    desa = pd.concat([folder.read(code, "desa") for code in _codes(frame, "provinsi")])
    middle = desa.geometry.iloc[0].centroid
    here = Extent(middle.x - 0.2, middle.y - 0.15, middle.x + 0.2, middle.y + 0.15)
    view = views.view(NationQuery(extent=here, zoom=13))
    assert (view.level, view.detail) == ("desa", 0)
    wanted = set(desa.loc[desa.intersects(shapely.box(*here.sides)), "code"])
    assert set(view.units.index) == wanted
    assert desa["code"].iloc[0] in wanted
    # What is beyond the margin is cut off, what is seen is not.
    margin = shapely.box(*here.wider().sides)
    by_code = desa.set_index("code").geometry
    for code, shape in view.shapes.items():
        drawn = shapely.from_geojson(shape)
        seen = by_code[code].intersection(shapely.box(*here.sides))
        assert drawn.difference(margin.buffer(1e-4)).area < 1e-9
        assert seen.difference(drawn.buffer(1e-4)).area < 1e-9


def test_a_cap_goes_one_level_up_and_says_so(
    views: Views, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = len(_codes(frame, "desa"))
    monkeypatch.setattr(of_nation, "MOST_UNITS", n - 1)
    view = views.view(NationQuery(level="desa", days=29))
    assert (view.wanted, view.level) == ("desa", "kecamatan")
    assert sorted(view.units.index) == _codes(frame, "kecamatan")
    told = " ".join(words.left_out(view, "en"))
    assert f"There are {n:,} desa here" in told
    monkeypatch.setattr(of_nation, "MOST_UNITS", len(_codes(frame, "kecamatan")) - 1)
    assert views.view(NationQuery(level="desa", days=28)).level == "kabupaten"


def test_too_many_bytes_are_drawn_coarser(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    fine = views.view(NationQuery(level="desa", zoom=14, days=27))
    monkeypatch.setattr(of_nation, "MOST_BYTES", sum(map(len, fine.shapes.values())) // 2)
    coarse = views.view(NationQuery(level="desa", zoom=14, days=26))
    assert coarse.detail > fine.detail
    assert set(coarse.shapes) == set(fine.shapes)


def test_more_tps_than_fit_are_cells_that_add_up(
    views: Views, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    desa = frame[frame["level"].eq("desa")].sort_values("tps").iloc[-1]
    scope, every = str(desa["code"]), int(desa["tps"])
    one_by_one = views.view(NationQuery(scope, zoom=13, days=25))
    monkeypatch.setattr(of_nation, "MOST_TPS", every - 1)
    cells = views.view(NationQuery(scope, zoom=13, days=24))
    assert one_by_one.tps is not None
    assert cells.tps is not None
    assert cells.dots is not None
    assert one_by_one.tps.drawn == cells.tps.drawn == cells.dots["tps"].sum() == every
    assert len(cells.dots) < every
    assert (cells.dots["key"] == "").all()
    assert "sums of cells" in " ".join(words.left_out(cells, "en"))


def test_layers_are_geojson_whose_neighbours_meet(views: Views) -> None:
    view = views.view(NationQuery("22", zoom=7))
    found = json.loads(view.unit_layer())
    assert {one["properties"]["code"] for one in found["features"]} == set(view.units.index)
    shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in found["features"]]
    assert shapely.coverage_is_valid(shapes)
    drawn = words.layers_of(view, "risk", "id", ("n1", (1.0, 2.0, 3.0, 4.0)))
    message = json.loads(drawn.message())
    assert message["go"] == {"n": "n1", "bounds": [1.0, 2.0, 3.0, 4.0]}
    assert set(message["tips"]) == set(message["fills"]) == set(view.units.index)
    assert "<" not in drawn.message()
    # Where labels would meet the first is shown, so those of most reports come first.
    labelled = view.units.loc[[code for code, *_ in message["labels"]], "reports"]
    assert list(labelled) == sorted(view.units["reports"], reverse=True)


def test_a_view_is_kept_until_something_is_published(
    views: Views, nation: tuple[Store, pd.DataFrame]
) -> None:
    query = NationQuery("22", zoom=7)
    first = views.view(query)
    assert views.view(query) is first
    with nation_connection(nation[0]) as connection, connection.transaction():
        raise_revision(connection, "figures")
    assert views.view(query) is not first


def test_ranks_are_of_all_that_are_held_together(views: Views) -> None:
    view = views.view(NationQuery("22.01", zoom=9))
    assert view.has_risks
    assert view.units["rank_last"].max() > len(view.units)  # kecamatan of the whole province
    kabupaten = views.view(NationQuery(level="kabupaten"))
    assert kabupaten.units["rank_first"].between(1, len(kabupaten.units)).all()
    assert not views.view(NationQuery(level="kecamatan")).has_risks


def test_levels_come_with_the_zoom_and_below_what_is_open(views: Views) -> None:
    assert [level_at(zoom) for zoom in (3, 7, 9, 12)] == list(LENGTHS)
    assert views.view(NationQuery("22", zoom=3)).level == "kabupaten"
    assert views.view(NationQuery("22.01.01", zoom=3)).level == "desa"


def test_bounds_are_those_of_the_view_before_there_is_one(
    views: Views, frame: pd.DataFrame
) -> None:
    for scope in ("", "22", "22.01", "22.01.01", _codes(frame, "desa")[0]):
        assert views.bounds(scope) == views.view(NationQuery(scope)).bounds
    for _ in range(2):  # what is not there is not kept either
        with pytest.raises(CodeError):
            views.bounds("99")


def test_what_could_be_placed_is_said_of_the_nation_alone(views: Views) -> None:
    """What lies in a unit has been placed."""
    view = views.view(NationQuery(days=3660))
    assert view.reports.unplaced
    placed = view.reports.whole - view.reports.unplaced
    whole = f"{placed:,} of {view.reports.whole:,} reports could be placed"
    assert whole in words.sub(view, "en")
    for lang, word in (("id", "ditempatkan"), ("en", "placed")):
        said = words.sub(views.view(NationQuery("22", days=3660)), lang)
        assert word not in said
        assert words.day(view.first, lang, "short") in said


def test_a_unit_that_cannot_be_told_apart_has_a_dash_for_a_rank() -> None:
    assert words.rank_words(2, 5, told_apart=True, lang="id") == "2–5"
    assert words.rank_words(1, 1, told_apart=True, lang="id") == "1"
    assert words.rank_words(1, 38, told_apart=False, lang="id") == "–"
    assert words.rank_words(float("nan"), float("nan"), told_apart=False, lang="id") == "–"


def test_ranks_are_shown_where_there_are_some_and_tps_where_not(views: Views) -> None:
    view = views.view(NationQuery("22.01", zoom=9))
    keys = {}
    for apart in (True, False):
        units = view.units.assign(told_apart=apart)
        shown = words.shown_columns(replace(view, units=units), "id")
        table = words.units_table(replace(view, units=units), "id")
        assert set(shown.values()) <= set(table.columns)
        keys[apart] = list(shown)
        ranks = table[text("nasional.col_rank", "id")][: len(units)]
        assert ranks.eq("–").all() != apart
        assert text("nasional.col_tps", "id") in table.columns  # in the download anyway
    assert keys[True] == ["unit", "reports", "rank", "voters"]
    assert keys[False] == ["unit", "reports", "voters", "tps"]
    without = replace(view, units=view.units.drop(columns=["word", "told_apart"]))
    assert list(words.shown_columns(without, "en")) == keys[False]


def test_one_unit_is_not_many(views: Views) -> None:
    view = views.view(NationQuery(level="provinsi"))
    assert words.table_title(view, "en") == "2 provinces in Indonesia"
    one = replace(view, units=view.units.head(1))
    assert words.table_title(one, "en") == "1 province in Indonesia"
    assert words.table_title(one, "id") == "1 provinsi di Indonesia"
    assert "In this frame: 1 of 2 provinces." in words.left_out(one, "en")


def test_what_cannot_be_asked_is_refused(views: Views) -> None:
    for wrong in (
        {"zoom": 30}, {"family": "x"}, {"kind": "nihil"}, {"days": 0}, {"level": "dusun"},
    ):  # fmt: skip
        with pytest.raises(ParameterError):
            NationQuery(**wrong)
    with pytest.raises(CodeError):
        NationQuery("../22")
    with pytest.raises(CodeError):
        views.view(NationQuery("99"))
    with pytest.raises(ParameterError):
        Extent(2, 0, 1, 1)
    with pytest.raises(ParameterError):
        Days(dt.date(2029, 1, 2), dt.date(2029, 1, 1), "konflik", "kejadian")
