"""A plan as figures, tables and words about its inputs, and all kabupaten at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from data.plan.kept import load_plan
from data.province import default_election, province, zone
from services.dataset import Dataset
from services.network.build import network_of
from services.network.restricted import limit_words
from services.network.sea import sea_words
from services.plan.hands.adopted import plans_in_force
from services.plan.views.islets import caveats, islet_notes
from services.texts import day, label, number, text

MODE_COLOUR = {"truck": "#e69f00", "boat": "#0072b2", "local": "#009e73"}


class Stop(NamedTuple):
    """A stop of a trip, times of the province without zone.

    ``done`` is the end of loading or unloading (plans made before it was recorded: the departure);
    ``boxes_aboard`` and ``tps_aboard`` are what the vehicle leaves the stop with.
    """

    trip_id: str
    vehicle_id: str
    mode: str
    seq: int
    place: str
    arrive: pd.Timestamp
    done: pd.Timestamp
    depart: pd.Timestamp
    load: int
    unload: int
    tps: int
    tps_ids: str
    boxes_aboard: int
    tps_aboard: int
    latest_depart: pd.Timestamp


def stops_in(rows: pd.DataFrame) -> Iterator[Stop]:
    """Return ``rows``, some of those of `stop_rows`, one by one."""
    return map(Stop._make, rows.itertuples(index=False, name=None))


def stop_rows(document: dict[str, Any]) -> pd.DataFrame:
    """Return every stop of every trip as a row, columns as in `Stop`."""
    rows: list[dict[str, Any]] = []
    for trip in document["trips"]:
        boxes = tps = 0
        for seq, stop in enumerate(trip["stops"]):
            boxes += stop["load_boxes"] - stop["unload_boxes"]
            tps += len(stop["tps_loaded"]) - len(stop["tps"])
            rows.append(
                {
                    "trip_id": trip["trip_id"],
                    "vehicle_id": trip["vehicle_id"],
                    "mode": trip["mode"],
                    "seq": seq,
                    "place": stop["place_code"],
                    "arrive": stop["arrive"],
                    "done": stop.get("done", stop["depart"]),
                    "depart": stop["depart"],
                    "load": stop["load_boxes"],
                    "unload": stop["unload_boxes"],
                    "tps": len(stop["tps"]),
                    "tps_ids": ", ".join(stop["tps"]),
                    "boxes_aboard": boxes,
                    "tps_aboard": tps,
                    "latest_depart": trip["latest_depart"],
                }
            )
    frame = pd.DataFrame(rows, columns=list(Stop._fields))
    return _local(frame, ("arrive", "done", "depart", "latest_depart"))


def delivery_rows(document: dict[str, Any]) -> pd.DataFrame:
    """Return the deliveries, local times without zone; columns as in docs/plan-schema.md."""
    columns = (
        "place_code",
        "tps_count",
        "boxes",
        "trips",
        "delivered",
        "deadline",
        "slack_min",
        "latest_depart",
    )
    found = pd.DataFrame(document["deliveries"], columns=list(columns))
    return _local(found, ("delivered", "deadline", "latest_depart"))


def _local(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    for column in columns:
        if column in frame.columns:
            stamps = pd.to_datetime(frame[column], utc=True)
            frame[column] = stamps.dt.tz_convert(zone()).dt.tz_localize(None)
    return frame


def place_label(data: Dataset, code: str) -> str:
    """Return the name of a desa, pier, landing or warehouse of a plan."""
    if code in data.names.index:
        return str(data.names[code])
    nodes = network_of(data).network.nodes.set_index("node_id")["name"]
    return str(nodes.get(code, code))


def manifest(document: dict[str, Any], data: Dataset, lang: str) -> pd.DataFrame:
    """Return the manifest: per vehicle and trip where it stops, when, with how many boxes."""
    rows = stop_rows(document)
    if rows.empty:
        return rows
    columns = {
        "vehicle": rows["vehicle_id"],
        "trip": rows["trip_id"],
        "mode": [label("plan_mode", mode, lang) for mode in rows["mode"]],
        "place": [place_label(data, code) for code in rows["place"]],
        "code": rows["place"],
        "arrive": rows["arrive"].dt.strftime("%d/%m/%Y %H:%M"),
        "done": rows["done"].dt.strftime("%d/%m/%Y %H:%M"),
        "depart": rows["depart"].dt.strftime("%d/%m/%Y %H:%M"),
        "load": rows["load"],
        "unload": rows["unload"],
        "tps": rows["tps"],
        "tps_ids": rows["tps_ids"],
        "access": text("plan.access", lang),
    }
    return pd.DataFrame(
        {
            label("manifest", key, lang): pd.Series(v).array if key != "access" else v
            for key, v in columns.items()
        }
    )


def tightest(document: dict[str, Any], data: Dataset, lang: str, n: int = 10) -> pd.DataFrame:
    """Return the deliveries with the least slack before the deadline."""
    found = delivery_rows(document).sort_values(["slack_min", "place_code"]).head(n)
    return pd.DataFrame(
        {
            label("manifest", "place", lang): [place_label(data, c) for c in found["place_code"]],
            label("tightest", "latest", lang): found["latest_depart"].dt.strftime("%d/%m %H:%M"),
            label("tightest", "slack", lang): [number(s / 60, lang, 1) for s in found["slack_min"]],
            label("manifest", "delivered", lang): found["delivered"].dt.strftime("%d/%m %H:%M"),
            label("manifest", "tps", lang): found["tps_count"],
        }
    )


def kpis(
    document: dict[str, Any], lang: str, risk: str | None = None
) -> list[tuple[str, str, str]]:
    """Return the figures of a plan: the figure, what it is, and a line under it.

    Who is in time and what is tightest stands in `verdict_sentence`.

    Parameters
    ----------
    risk
        Chance that any TPS is late, in words; None where it was not simulated.
    """
    about = document["figures"]
    cards = [(_verdict(document, lang), "verdict", _deadline(document, lang))]
    for mode in ("truck", "boat"):
        used = {trip["vehicle_id"] for trip in document["trips"] if trip["mode"] == mode}
        there = sum(row["mode"] == mode for row in document["inputs"]["fleet"])
        if there:
            small = text("plan.kpi_of", lang, n=number(there, lang))
            cards.append((number(len(used), lang), mode, small))
    millions = text("plan.kpi_millions", lang, n=number(about["cost"] / 1e6, lang, 1))
    cards.append((millions, "cost", text("plan.kpi_assumed", lang)))
    under = text("plan.kpi_not_run" if risk is None else "plan.kpi_simulated", lang)
    cards.append((risk or "–", "risk", under))
    return [(figure, label("kpi", key, lang), small) for figure, key, small in cards]


def _verdict(document: dict[str, Any], lang: str) -> str:
    passed = bool((document["verdict"] or {}).get("passed"))
    return text("plan.kpi_passed" if passed else "plan.kpi_failed", lang)


def _deadline(document: dict[str, Any], lang: str) -> str:
    last = pd.Timestamp(document["deadline"]).tz_convert(zone())
    words = text("plan.kpi_deadline", lang, at=f"{last:%d/%m %H:%M}")
    return "; ".join([*caveats(document["about"], lang), words])


def faults_words(document: dict[str, Any], data: Dataset, lang: str) -> list[str]:
    """Return why a plan failed its audit, the same kind of fault once with its number."""
    faults = pd.DataFrame((document.get("verdict") or {}).get("faults", []))
    words = []
    if len(faults):
        for key, some in faults.groupby("key"):
            places = ", ".join(
                sorted({place_label(data, c) for c in some["place_code"].dropna()})[:5]
            )
            words.append(
                text(
                    "plan.fault",
                    lang,
                    fault=label("plan_fault", key, lang),
                    n=len(some),
                    places=places or "–",
                )
            )
    return words


def input_words(about: dict[str, Any], data: Dataset, lang: str) -> list[str]:
    """Return one sentence each of what is not known or not used, from a plan's ``about``."""
    words = sea_words(about, lang) if about.get("sea") else [text("plan.no_sea", lang)]
    nodes = network_of(data).network.nodes
    names = dict(zip(nodes["node_id"].astype(str), nodes["name"].astype(str), strict=True))
    words += islet_notes(about, names, lang)
    places = [*_place_words(about, data, lang), *way_words(about, data, lang)]
    return [*words, *places, *_kit_words(about, lang)]


def _place_words(about: dict[str, Any], data: Dataset, lang: str) -> list[str]:
    reported = about.get("places")
    if reported is None:
        return []
    sites = network_of(data).network.nodes.set_index("node_id")["name"]
    known = {str(place): str(name) for place, name in sites.items()}
    words = []
    shut = [place for place in reported["closed"] if known.get(place)]
    if shut:
        days = {place: day(pd.Timestamp(reported["closed"][place]), lang) for place in shut}
        names = ", ".join(f"{known[place]} ({days[place]})" for place in shut)
        words.append(text("places.plan_shut", lang, list=names))
    if reported["cut_off"]:
        names = ", ".join(place_label(data, code) for code in reported["cut_off"])
        words.append(text("places.plan_cut_off", lang, list=names))
    names_of = known | data.place_names
    return [*words, *(limit_words(row, names_of, lang) for row in reported.get("roads", ()))]


def way_words(about: dict[str, Any], data: Dataset, lang: str) -> list[str]:
    """Return one sentence each of what a plan takes for its ways over the sea and warehouses."""
    sites = network_of(data).network.nodes.set_index("node_id")["name"]
    names = {str(place): str(name) for place, name in sites.items()}
    words = []
    for house in about.get("of_other_election", []):
        known = province().elections.get(house["election"])
        of = getattr(known.name, lang) if known else house["election"]
        name = names.get(house["depot_id"], house["depot_id"])
        words.append(text("ways.warehouse", lang, name=name, election=of))
    ferries = about.get("ferries")
    if ferries is None:
        return words
    for chosen, key in ((True, "ways.by_ferry"), (False, "ways.by_boat")):
        codes = [row["place_code"] for row in ferries["places"] if row["by_ferry"] is chosen]
        if codes:
            listed = ", ".join(names.get(code, code) for code in codes)
            words.append(text(key, lang, list=listed, wait=number(ferries["wait_min"], lang)))
    for row in ferries["lines"]:
        since = row["in_service"]
        told = {
            "start": names[row["from_pier"]],
            "end": names[row["to_pier"]],
            "day": day(pd.Timestamp(since), lang) if since else text("ways.undated", lang),
            "minutes": number(row["crossing_min"], lang),
        }
        words.append(text("ways.line_assumed" if row["assumed"] else "ways.line", lang, **told))
    return words


def _kit_words(about: dict[str, Any], lang: str) -> list[str]:
    kits = about.get("kits")
    if kits is None:
        return []
    if kits["ballots"] is None:
        reported, total = number(kits["tps_with_voters"], lang), number(kits["tps"], lang)
        return [text("kits.plan_blank", lang, n=reported, total=total)]
    return [
        text(
            "kits.plan_ballots",
            lang,
            ballots=number(kits["ballots"], lang),
            reserve=number(kits["reserve"], lang),
        )
    ]


COLUMNS = ("kabupaten", "plan", "verdict", "tps", "trips", "slack", "cost")


def plan_overview(data: Dataset) -> pd.DataFrame:
    """Return the plan in force of each kabupaten: the adopted one, else the newest saved.

    Returns
    -------
    DataFrame
        Index code of the kabupaten; ``name``; ``plan`` (missing: none is kept), ``passed``, ``tps``
        (on time in a plan that passes, else 0), ``tps_all`` (of the register), ``trips``,
        ``slack_min`` (missing where nothing is delivered), ``cost`` in rupiah.
    """
    election = default_election()
    units = data.units[data.units["level"].eq("kabupaten")].set_index("code")["name"]
    register = data.tps.loc[data.tps["election"].eq(election), "desa_code"].str[:5].value_counts()
    in_force = plans_in_force(data, election, audited=False)
    rows = []
    for code, name in units.items():
        row = {"code": code, "name": name, "plan": None, "passed": False, "tps": 0, "trips": 0}
        row |= {"tps_all": int(register.get(code, 0)), "slack_min": None, "cost": None}
        if kept := in_force.get(str(code)):
            document = load_plan(kept.name)
            passed = bool((document["verdict"] or {}).get("passed"))
            on_time = int(delivery_rows(document)["tps_count"].sum()) if passed else 0
            figures = document["figures"]
            row |= {"plan": kept.name, "passed": passed, "tps": on_time}
            row |= {"trips": len(document["trips"]), "cost": figures["cost"]}
            row |= {"slack_min": figures["slack_min"]}
        rows.append(row)
    return pd.DataFrame(rows).set_index("code").astype({"slack_min": "float64", "cost": "float64"})


def overview_words(overview: pd.DataFrame, lang: str) -> tuple[str, str]:
    """Return the finding of ``overview`` (`plan_overview`) as title, and what it rests on."""
    passed = int(overview["passed"].sum())
    title = text("overview.title", lang, n=passed, total=len(overview))
    sub = text(
        "overview.sub",
        lang,
        election=label("election", default_election(), lang),
        tps=number(overview["tps"].sum(), lang),
        total=number(overview["tps_all"].sum(), lang),
    )
    return title, sub


def overview_table(overview: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return ``overview``, that of `plan_overview`, as readers see it, in its order."""
    none = text("overview.none", lang)
    verdict = [
        none if pd.isna(plan) else text(f"overview.{'passed' if passed else 'failed'}", lang)
        for plan, passed in zip(overview["plan"], overview["passed"], strict=True)
    ]
    values: dict[str, Iterable[Any]] = {
        "kabupaten": overview["name"],
        "plan": overview["plan"].fillna(none),
        "verdict": verdict,
        "tps": [
            text("overview.of", lang, n=number(n, lang), total=number(total, lang))
            for n, total in zip(overview["tps"], overview["tps_all"], strict=True)
        ],
        "trips": [number(n or None, lang) for n in overview["trips"]],
        "slack": [number(minutes / 60, lang, 1) for minutes in overview["slack_min"]],
        "cost": [number(cost / 1e6, lang, 1) for cost in overview["cost"]],
    }
    return pd.DataFrame({label("overview_column", key, lang): [*v] for key, v in values.items()})
