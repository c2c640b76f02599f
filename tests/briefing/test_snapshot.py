"""A snapshot holds what the pages show, only what was known on its day, and never changes."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from analytics.reports.rakor import RakorMark
from analytics.reports.selection import Selection, known_on
from data.briefing.examples import seed_examples, shipped_contents
from data.briefing.snapshots import add_snapshot, row_of
from data.errors import BeforeDataError, SchemaError, SnapshotUnknownError
from data.outlook.lodged import canonical, digest_of
from data.store.engine import Store
from services.briefing.snapshot import Snapshot, mark_before, open_snapshot, preview, snapshots_of
from services.dataset import Dataset, load_dataset
from services.hotspots.counts import COUNT_BREAKS, HotspotQuery, hotspot
from services.maps import SEQUENCE, SILENCE
from services.outlook.view import outlook
from services.people.teams import PersonnelAsked, personnel_view
from services.plan.views.needs import needs
from services.reports.overview import overview
from services.risk.index import risk_view
from services.risk.picture.lines import PictureQuery, picture
from services.risk.picture.words import finding
from services.warning.register import register_on

DAY = date(2024, 1, 31)
MADE_AT = datetime(2024, 1, 31, 9, 0, tzinfo=ZoneInfo("Asia/Jakarta"))


def meeting(day: date, **changed: Any) -> dict[str, Any]:
    return {
        "meeting_id": "rkr-coba",
        "rakor_id": None,
        "held_on": day.isoformat(),
        "date_basis": "tercatat",
        "level": "provinsi",
        "unit_code": "19",
        "period": "B04 2024",
        "title": "Rakor coba",
        "agencies": "Kesbangpol|KPU",
        "agenda": "Situasi",
        "office": "Kesbangpol",
        **changed,
    }


@pytest.fixture(scope="module")
def taken(dataset: Dataset) -> Snapshot:
    return preview(dataset, meeting(DAY), DAY, "Kesbangpol", MADE_AT)


def test_figures_are_those_of_the_first_page(dataset: Dataset, taken: Snapshot) -> None:
    since = taken.content["since"]
    mark = RakorMark(pd.Timestamp(since["day"]), since["period"], since["assumed"])
    page = overview(dataset, DAY, mark)
    said = taken.content["situation"]
    for family, row in page.figures.iterrows():
        assert said["figures"][family] == row.to_dict()
    assert [row["code"] for row in said["watch"]] == page.watch["code"].tolist()
    assert [row["report_id"] for row in said["potensi"]] == page.potensi["report_id"].tolist()
    assert [row["row_id"] for row in said["agenda"]] == page.agenda["row_id"].tolist()
    assert len(said["agenda"]) > 3


@pytest.mark.parametrize("level", ["kabupaten", "kecamatan"])
@pytest.mark.parametrize("family", ["konflik", "unjuk_rasa"])
@pytest.mark.parametrize("window", ["tahun", "rakor"])
def test_the_map_is_that_of_the_hotspot_page(
    dataset: Dataset, taken: Snapshot, level: str, family: str, window: str
) -> None:
    since = date.fromisoformat(taken.content["since"]["day"])
    first = DAY - timedelta(days=365) if window == "tahun" else since + timedelta(days=1)
    selection = Selection(DAY, date_from=first, date_to=DAY, families=(family,))
    view = hotspot(dataset, HotspotQuery(selection, level, "affairs", family), COUNT_BREAKS)
    said = taken.content["hotspots"]["levels"][level][window][family]
    assert said["affairs"] == view.units["value"].to_dict()
    assert said["state"] == view.units["state"].to_dict()
    colours = dict(zip("01234", SEQUENCE, strict=True)) | SILENCE
    assert said["colour"] == {code: colours[key] for code, key in view.units["class"].items()}
    assert said["placed"] == [view.placement.placed, view.placement.total]


def test_the_security_picture_people_and_sea_are_those_of_their_pages(
    dataset: Dataset, taken: Snapshot
) -> None:
    content = taken.content
    page = picture(dataset, PictureQuery(DAY, "pemilu2024", family="konflik"))
    assert content["security"]["finding"]["id"] == finding(page, "id")
    counted = {
        code: row["affairs"] for code, row in content["security"]["units"]["konflik"].items()
    }
    assert counted == page.risks["konflik"]["affairs"].to_dict()
    people = personnel_view(
        dataset, "pemilu2024", DAY, risk_view(dataset, "pemilu2024", DAY), PersonnelAsked()
    )
    told = {row["code"]: row["police"] for row in content["people"]["units"]}
    assert told == people.kabupaten["police"].to_dict()
    rows = needs(dataset).rows
    by_sea = rows[rows["mode"].eq("boat")]
    assert content["distribution"]["sea"]["tps"] == by_sea["tps"].sum() > 0
    assert content["distribution"]["sea"]["boxes"] == by_sea["boxes"].sum()


def test_outlook_and_warnings_are_those_of_their_pages(dataset: Dataset, taken: Snapshot) -> None:
    figures = outlook(dataset, DAY).figures
    said = pd.DataFrame(taken.content["ahead"]["rows"])
    assert said["probability"].tolist() == figures["probability"].round(6).tolist()
    ids = [row["warning_id"] for row in taken.content["register"]["warnings"]]
    assert ids == register_on(dataset, DAY)["warning_id"].tolist()
    assert len(ids) > 2


def test_what_was_known_later_changes_nothing(dataset: Dataset) -> None:
    """A store that never heard of anything after the day gives the same snapshot."""
    known = dataset.read("reports")[known_on(dataset.read("reports"), DAY)]
    agenda = dataset.agenda
    early = agenda[agenda["date_known"].isna() | agenda["date_known"].le(pd.Timestamp(DAY))]
    blind = dataset.with_tables(reports=known, agenda=early)
    one = preview(dataset, meeting(DAY), DAY, "Kesbangpol", MADE_AT).content
    other = preview(blind, meeting(DAY), DAY, "Kesbangpol", MADE_AT).content
    for part in one:
        assert one[part] == other[part], part


def test_the_same_day_gives_the_same_hash(dataset: Dataset, taken: Snapshot) -> None:
    again = preview(dataset, meeting(DAY), DAY, "Kesbangpol", MADE_AT)
    assert again.digest == taken.digest == digest_of(canonical(again.content))
    assert preview(dataset, meeting(DAY), DAY, "KPU", MADE_AT).digest != taken.digest


def test_a_day_before_anything_is_known_is_refused(dataset: Dataset) -> None:
    with pytest.raises(BeforeDataError) as caught:
        preview(dataset, meeting(date(2001, 5, 1)), date(2001, 5, 1), "Kesbangpol")
    assert caught.value.day == date(2001, 5, 1)


def test_changes_count_from_the_meeting_before_and_not_from_the_end_of_a_month(
    dataset: Dataset,
) -> None:
    """31 December 2023 is the end of a reporting month, 6 November a meeting (its day inferred)."""
    found = mark_before(dataset, meeting(DAY), DAY)
    assert found == RakorMark(pd.Timestamp("2023-11-06"), "B12 2023", True)
    # Two periods later that meeting is too old.
    late = date(2024, 9, 2)
    later = mark_before(dataset, meeting(late), late)
    assert later == RakorMark(pd.Timestamp("2024-08-31"), "B08 2024", True)
    kabupaten = mark_before(dataset, meeting(DAY, unit_code="19.03"), DAY)
    assert kabupaten.date == pd.Timestamp("2023-12-31")


@pytest.mark.parametrize(
    ("as_of", "mark"),
    [("2023-11-07", "2023-11-06"), ("2023-11-06", "2023-08-31"), ("2023-10-20", "2023-08-31")],
)
def test_a_meeting_is_prepared_before_and_on_the_day_of_the_one_before_it(
    dataset: Dataset, as_of: str, mark: str
) -> None:
    """Changes are counted from the meeting before the day of knowledge, not from one ahead."""
    on, since = date.fromisoformat(as_of), date.fromisoformat(mark)
    assert mark_before(dataset, meeting(DAY), on).date.date() == since
    content = preview(dataset, meeting(DAY), on, "Kesbangpol", MADE_AT).content
    assert content["period"] == [(since + timedelta(days=1)).isoformat(), as_of]


@pytest.fixture
def store(own_store: Store) -> Store:
    return own_store


def test_a_kept_snapshot_is_never_changed_and_shows_when_it_was(
    store: Store, taken: Snapshot
) -> None:
    before = store.read("snapshots").sort_values("as_of")
    key = add_snapshot(store, taken.content)
    following = add_snapshot(store, taken.content)
    assert following != key
    data = load_dataset(store)
    kept = open_snapshot(data, key)
    assert kept.sound
    assert {k: v for k, v in kept.content.items() if k not in {"chain", "format"}} == json.loads(
        canonical(taken.content)
    )
    assert kept.content["chain"] == before["digest"].iloc[-1]
    assert open_snapshot(data, following).content["chain"] == kept.digest
    path = store.address.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(
            "UPDATE snapshots SET content = replace(content, 'Rakor coba', 'Rakor lain')"
            " WHERE snapshot_id = ?",
            (key,),
        )
    assert not open_snapshot(load_dataset(Store.open(store.address)), key).sound


def test_a_person_is_no_office_and_an_unknown_snapshot_is_named(
    store: Store, taken: Snapshot
) -> None:
    before = store.count("snapshots")
    with pytest.raises(SchemaError, match="office"):
        add_snapshot(store, {**taken.content, "office": "Bapak Budi Santoso"})
    assert store.count("snapshots") == before
    with pytest.raises(SnapshotUnknownError, match="snp-tidak-ada"):
        open_snapshot(load_dataset(store), "snp-tidak-ada")


def test_examples_are_kept_once_and_say_what_they_are(store: Store) -> None:
    rows = snapshots_of(load_dataset(store))
    assert rows["as_of"].tolist() == [pd.Timestamp("2023-11-06"), pd.Timestamp("2024-01-31")]
    meetings = store.read("meetings").sort_values("held_on")
    assert meetings["date_basis"].tolist() == ["perkiraan", "asumsi"]
    assert seed_examples(store) == 0
    assert len(store.read("meetings")) == 2


def test_examples_are_what_the_data_that_ship_give_on_their_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made anew they are the same to the letter: `python -m tools.rakor_examples` is up to date."""
    from tools.rakor_examples import contents

    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    for made, shipped in zip(contents(), shipped_contents(), strict=True):
        for part in made:
            assert json.loads(canonical({"": made[part]})) == {"": shipped[part]}, part
        assert row_of(made)["digest"] == row_of(shipped)["digest"]
