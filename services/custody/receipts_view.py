"""Where the kits are, as figures, sentences and tables, and what the form of hand-overs offers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analytics.custody.chain import ARRIVED, OPENED, RETURNED, STATES
from data.clock import start_of, today
from data.province import zone
from services.custody.receipts import Handover, PlanTimes, ReceiptView, Span
from services.dataset import Dataset
from services.plan.make import load_plan
from services.texts import day, label, number, text

LATE_MIN = 15.0
"""Minutes behind the plan from which a kit is listed as late: an assumption, stated on the page."""
THERE = (*ARRIVED, OPENED, RETURNED)
_UNKNOWN = "tidak_diketahui"


def within(frame: pd.DataFrame, kabupaten: str | None) -> pd.DataFrame:
    """Return the rows of ``frame`` in a kabupaten by ``desa_code``, or all; any other columns."""
    if not kabupaten:
        return frame
    return frame[frame["desa_code"].str.startswith(f"{kabupaten}.")]


def moment_of(day: dt.date, hour: int | None) -> pd.Timestamp:
    """Return the moment to look from: an hour of a day, or its end."""
    return (start_of(day) + pd.Timedelta(hours=24 if hour is None else hour)).tz_convert("UTC")


@dataclass(frozen=True)
class Clock:
    """The moment that a view shows.

    Attributes
    ----------
    at
        The moment (UTC).
    why
        ``now``, ``before`` or ``after`` the span of the election at hand, or ``asked``.
    """

    at: pd.Timestamp
    why: str

    @property
    def day(self) -> dt.date:
        """The day in the province; the end of a day belongs to it."""
        return (self.at - pd.Timedelta(seconds=1)).tz_convert(zone()).date()

    def words(self, lang: str) -> str:
        """Return which clock this is and why, in a sentence."""
        known = day(today(), lang)
        return text(f"progress.clock_{self.why}", lang, at=self._shown(lang), today=known)

    def short(self, lang: str) -> str:
        """Return the moment in a few words."""
        return text("progress.at", lang, at=self._shown(lang))

    def _shown(self, lang: str) -> str:
        at = self.at.tz_convert(zone())
        if at == at.normalize():  # the end of a day
            return f"{day(self.day, lang)} 24:00"
        return f"{day(at.date(), lang)} {at:%H:%M}"


def clock_of(span: Span, asked: dt.date | None, hour: int | None, at: dt.datetime) -> Clock:
    """Return the clock of a view.

    Parameters
    ----------
    span
        From when to when the kits are under way. Unless a day is asked for, the clock stands within
        it: an election of years ago is not looked at from today, nor one to come.
    asked
        The day that the reader chose; None for none.
    hour
        Hour of the day; None for its end, or for now.
    at
        Now, with zone.
    """
    now = pd.Timestamp(at).floor("min").tz_convert("UTC")
    if asked is not None:
        return Clock(min(moment_of(asked, hour), now), "asked")
    if now < span.begins:
        found = Clock(span.begins, "before")
    else:
        found = Clock(now, "now") if now <= span.over else Clock(span.ends, "after")
    if hour is None:
        return found
    return Clock(min(moment_of(found.day, hour), max(found.at, now)), "asked")


def clock(stamp: pd.Timestamp | None) -> str:
    """Return a time as ``13/02 08:15`` in the province; a dash where there is none."""
    if stamp is None or pd.isna(stamp):
        return "–"
    return stamp.tz_convert(zone()).strftime("%d/%m %H:%M")


def headline(view: ReceiptView, place: str, kabupaten: str | None, lang: str) -> str:
    """Return the finding: how many have come, how many are late, how many gaps there are."""
    state = within(view.state, kabupaten)
    if not state["state"].notna().any():
        return text("progress.none_title", lang, place=place)
    return text(
        "progress.headline",
        lang,
        place=place,
        there=number(int(state["state"].isin(THERE).sum()), lang),
        total=number(len(state), lang),
        late=number(int(state["late_min"].ge(LATE_MIN).sum()), lang),
        gaps=number(len(gap_rows(view, kabupaten)), lang),
    )


def silent(view: ReceiptView, kabupaten: str | None) -> int:
    """Return how many TPS were due by the plan and have no receipt at all."""
    return int(within(view.state, kabupaten)["silent_min"].ge(LATE_MIN).sum())


def counters(view: ReceiptView, kabupaten: str | None) -> list[tuple[str, int]]:
    """Return the number of TPS in each state, what is not known last."""
    state = within(view.state, kabupaten)["state"]
    return [
        *((name, int(state.eq(name).sum())) for name in STATES),
        (_UNKNOWN, int(state.isna().sum())),
    ]


def area_table(view: ReceiptView, data: Dataset, kabupaten: str | None, lang: str) -> pd.DataFrame:
    """Return counters per kecamatan of a kabupaten, or per kabupaten of the province."""
    state = within(view.state, kabupaten)
    depth = 3 if kabupaten else 2
    code = state["desa_code"].str.split(".").str[:depth].str.join(".")
    reported = state["state"].fillna(_UNKNOWN)
    table = pd.crosstab(code, reported).reindex(columns=[*STATES, _UNKNOWN], fill_value=0)
    late = state["late_min"].ge(LATE_MIN).groupby(code).sum().astype("int64")
    due = state["silent_min"].ge(LATE_MIN).groupby(code).sum().astype("int64")
    gaps = state["gaps"].fillna(0).gt(0).groupby(code).sum().astype("int64")
    columns = {
        "area": [str(data.names[c]) for c in table.index],
        "tps": table.sum(axis=1),
        **{name: table[name] for name in table.columns},
        "late": late,
        "silent": due,
        "gaps": gaps,
    }
    return pd.DataFrame(
        {label("progress_column", name, lang): pd.Series(v).array for name, v in columns.items()}
    )


def islet_words(view: ReceiptView, tps_id: str, lang: str) -> str:
    """Return the islet that a plan takes a TPS to, to go behind its name; empty where none."""
    found = view.islet(tps_id)
    if found is None:
        return ""
    name, assumed = found
    return f" · {text('plan_islet.assumed_at', lang, name=name) if assumed else name}"


def late_table(view: ReceiptView, data: Dataset, kabupaten: str | None, lang: str) -> pd.DataFrame:
    """Return late kits per desa and state, the latest first."""
    state = within(view.state, kabupaten)
    late = state[state["late_min"].ge(LATE_MIN)]
    known = late.assign(state=late["state"].fillna(_UNKNOWN))
    known["islet"] = [islet_words(view, tps, lang) for tps in known["tps_id"]]
    rows = known.groupby(["desa_code", "islet", "state"], as_index=False).agg(
        tps=("tps_id", "size"), late=("late_min", "max"), at=("at", "max")
    )
    rows = rows.sort_values(["late", "desa_code"], ascending=[False, True])
    columns = {
        "desa": [
            data.place_names[code] + islet
            for code, islet in zip(rows["desa_code"], rows["islet"], strict=True)
        ],
        "tps": rows["tps"].array,
        "state": [label("receipt_state", s, lang) for s in rows["state"]],
        "at": [clock(at) for at in rows["at"]],
        "late_min": rows["late"].round().astype("int64").array,
    }
    return pd.DataFrame({label("progress_column", k, lang): v for k, v in columns.items()})


def gap_rows(view: ReceiptView, kabupaten: str | None) -> pd.DataFrame:
    """Return gaps, one row for the TPS of a desa that share one; ``tps`` is their number."""
    desa = view.state.set_index("tps_id")["desa_code"]
    gaps = view.gaps.assign(desa_code=view.gaps["tps_id"].map(desa))
    gaps = within(gaps, kabupaten)
    keys = ["desa_code", "gap", "state", "at", "found", "expected"]
    shared = gaps.groupby(keys, as_index=False, dropna=False, sort=False).agg(
        tps=("tps_id", "size"), first=("tps_id", "min")
    )
    whole = within(view.desa_gaps, kabupaten)
    sums = whole.assign(
        gap="jumlah_desa",
        found=whole["boxes"].astype("str"),
        tps=0,
        expected=whole["expected"].astype("str"),
    )
    parts = [
        part
        for part in (shared, sums[["desa_code", "gap", "state", "found", "expected", "tps"]])
        if len(part)
    ]
    return pd.concat(parts, ignore_index=True) if parts else shared


def gap_words(row: pd.Series, data: Dataset, lang: str) -> str:
    """Return what is wrong at a hand-over, a ``row`` of `gap_rows`, in a sentence."""
    found, expected = row["found"], row["expected"]
    if row["gap"] == "tahap_hilang":
        found, expected = (label("receipt_state", v, lang).lower() for v in (found, expected))
    elif row["gap"] in {"waktu_mundur", "mendahului_rencana"}:
        found, expected = (clock(pd.Timestamp(value)) for value in (found, expected))
    elif row["gap"] == "segel_berubah":
        found, expected = (str(value).replace("|", ", ") for value in (found, expected))
    elif row["gap"] in {"jumlah_berbeda", "jumlah_desa", "kotak_lebih"}:
        found, expected = (number(int(value), lang) for value in (found, expected))
    elif row["gap"] == "segel_ganda":
        _, desa, tps = expected.split("/") if "/" in expected else ("", expected, None)
        expected = _named(desa, tps, data)
    state = label("receipt_state", row["state"], lang)
    return label("custody_gap", row["gap"], lang, state=state, found=found, expected=expected)


def gap_place(view: ReceiptView, row: pd.Series, data: Dataset, lang: str) -> str:
    """Return where a gap, a ``row`` of `gap_rows`, is: TPS, some TPS of a desa, or all of it."""
    name = data.place_names[row["desa_code"]]
    if row["tps"] == 1:
        tps = str(row["first"])
        named = _named(row["desa_code"], tps.rpartition("/")[2], data)
        return named + islet_words(view, tps, lang)
    if row["tps"] > 1:
        return text("progress.some_tps", lang, n=number(row["tps"], lang), place=name)
    return name


def gap_table(view: ReceiptView, data: Dataset, kabupaten: str | None, lang: str) -> pd.DataFrame:
    """Return gaps in custody as a table, the newest first; those of a desa as a whole last."""
    rows = gap_rows(view, kabupaten)
    if "at" in rows.columns:
        rows = rows.sort_values("at", ascending=False, na_position="last", kind="stable")
    where = [gap_place(view, row, data, lang) for _, row in rows.iterrows()]
    columns = {
        "place": where,
        "tps": [n or None for n in rows["tps"]],
        "gap": [gap_words(row, data, lang) for _, row in rows.iterrows()],
        "at": [clock(at) for at in rows["at"]] if "at" in rows.columns else "–",
    }
    return pd.DataFrame({label("progress_column", k, lang): v for k, v in columns.items()})


def place_words(row: pd.Series, data: Dataset) -> str:
    """Return what a hand-over, a ``row`` of `ReceiptView`, is about: a TPS, or all of a desa."""
    tps = None if pd.isna(row["tps_id"]) else str(row["tps_id"]).rpartition("/")[2]
    return _named(row["desa_code"], tps, data)


def _named(desa: str, tps: str | None, data: Dataset) -> str:
    name = str(data.place_names.get(desa, desa))
    return name if tps is None else f"TPS {tps}, {name}"


def receipt_words(row: pd.Series, data: Dataset, lang: str) -> str:
    """Return a hand-over, a ``row`` of `ReceiptView`, in one line."""
    state = label("receipt_state", row["state"], lang)
    return f"{clock(row['at'])} · {state} · {place_words(row, data)}"


def receipts_table(rows: pd.DataFrame, data: Dataset, lang: str) -> pd.DataFrame:
    """Return hand-overs, ``rows`` of `ReceiptView`, for the screen and a spreadsheet."""
    columns: dict[str, object] = {
        "at": [clock(at) for at in rows["at"]],
        "state": [label("receipt_state", state, lang) for state in rows["state"]],
        "place": [place_words(row, data) for _, row in rows.iterrows()],
        "boxes": rows["boxes"].array,
        "short": rows["short_count"].array,
        "damaged": rows["damaged_count"].array,
        "seals": rows["seals"].str.replace("|", ", ").array,
    }
    for name in (
        "from_office",
        "to_office",
        "authorised_by",
        "carrier",
        "receiver",
        "vehicle",
        "note",
    ):
        columns[name] = rows[name].array
    columns["receipt_id"] = rows["receipt_id"].array
    return pd.DataFrame({label("receipt", k, lang): v for k, v in columns.items()})


@dataclass(frozen=True)
class Target:
    """Which kits a hand-over is about.

    Attributes
    ----------
    desa_code, tps_id
        Without ``tps_id`` all TPS of the desa.
    boxes
        Boxes of the plan; None without one.
    """

    desa_code: str
    tps_id: str | None = None
    boxes: int | None = None


@dataclass(frozen=True)
class TripOffer:
    """A trip of the saved plan that can be reported at once.

    Attributes
    ----------
    trip_id, vehicle_id, mode
        As the plan has them.
    depart, arrive
        When it leaves, and when it sets the last kit down.
    targets
        The kits it carries: whole desa where it carries all TPS of one, else each TPS.
    """

    trip_id: str
    vehicle_id: str
    mode: str
    depart: pd.Timestamp
    arrive: pd.Timestamp
    targets: tuple[Target, ...]


def trips_of(times: PlanTimes) -> list[TripOffer]:
    """Return the trips of a saved plan in order of departure."""
    document = load_plan(times.name)
    inputs = pd.DataFrame(document["inputs"]["tps"]).set_index("tps_id")
    of_desa = inputs["place_code"].value_counts()
    offers = []
    for trip in document["trips"]:
        carried = [tps for stop in trip["stops"] for tps in stop["tps"]]
        if not carried:
            continue
        kits = inputs.loc[list(dict.fromkeys(carried))]
        targets: list[Target] = []
        for desa, mine in kits.groupby("place_code", sort=False):
            if len(mine) == of_desa[desa]:
                targets.append(Target(str(desa), None, int(mine["boxes"].sum())))
            else:
                targets += [Target(str(desa), str(t), int(b)) for t, b in mine["boxes"].items()]
        last = [stop["arrive"] for stop in trip["stops"] if stop["tps"]][-1]
        offers.append(
            TripOffer(
                trip["trip_id"],
                trip["vehicle_id"],
                trip["mode"],
                pd.Timestamp(trip["stops"][0]["depart"]).tz_convert(zone()),
                pd.Timestamp(last).tz_convert(zone()),
                tuple(targets),
            )
        )
    return sorted(offers, key=lambda offer: (offer.depart, offer.trip_id))


def desa_names(data: Dataset, election: str, kabupaten: str | None) -> dict[str, str]:
    """Return the names of the desa with TPS by code."""
    tps = data.tps[data.tps["election"].eq(election)]
    codes = pd.Index(tps["desa_code"].unique())
    if kabupaten:
        codes = codes[codes.str.startswith(f"{kabupaten}.")]
    return {code: data.place_names[code] for code in sorted(codes)}


def tps_of(data: Dataset, election: str, desa: str) -> list[str]:
    """Return the TPS of a desa."""
    tps = data.tps[data.tps["election"].eq(election) & data.tps["desa_code"].eq(desa)]
    return sorted(tps["tps_id"])


def targets_of(desa: str, tps: Sequence[str]) -> tuple[Target, ...]:
    """Return the kits of chosen TPS, or of the whole desa when none is chosen."""
    return tuple(Target(desa, one) for one in tps) or (Target(desa),)


def handovers(
    election: str, targets: Sequence[Target], values: Mapping[str, Any]
) -> list[Handover]:
    """Return one hand-over per target from the values of the form.

    Parameters
    ----------
    election
        The election.
    targets
        Kits.
    values
        ``state``, ``day`` and ``clock`` and the other attributes of `Handover`. Without a
        number of boxes those of the plan are taken.
    """
    moment = dt.datetime.combine(values["day"], values["clock"])
    at = pd.Timestamp(moment).tz_localize(zone()).to_pydatetime()
    rest = {k: v for k, v in values.items() if k not in {"day", "clock", "boxes"}}
    return [
        Handover(
            election=election,
            desa_code=target.desa_code,
            tps_id=target.tps_id,
            at=at,
            boxes=target.boxes if values.get("boxes") is None else int(values["boxes"]),
            **rest,
        )
        for target in targets
    ]
