"""What changed since the previous meeting, and the index of each kecamatan week by week."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.reports.dates import days_of
from analytics.reports.rakor import RakorMark, previous_rakor
from analytics.risk.components import Field, load_part
from analytics.risk.index import Part, score
from analytics.risk.panel import Panel, Steps, by_group, risk_panel
from analytics.risk.params import RiskParams
from geo.errors import ParameterError
from services.dataset import Dataset
from services.memo import memo
from services.risk.explain import changes, unit_changes
from services.risk.facts import risk_tables
from services.risk.index import RiskView, default_params, indicator_states, risk_view
from services.texts import day, label, number, text
from services.wording import source_links

_DIGITS = 3
SMALLEST = 0.0005
"""Changes below it read as none, since the page shows three digits."""


@dataclass(frozen=True, eq=False)
class Compared:
    """Two dates side by side.

    Attributes
    ----------
    mark
        The meeting compared with; None where the reader chose the day.
    rows
        One row per desa (or kabupaten), index and component: ``unit``, ``index``,
        ``component``, ``tps`` (how many TPS), ``before``, ``now``, ``difference`` (means over
        the TPS), the largest change first; changes too small to show are left out.
    """

    now: RiskView = field(repr=False)
    before: RiskView = field(repr=False)
    mark: RakorMark | None
    rows: pd.DataFrame = field(repr=False)


def compare(view: RiskView, since: date | None = None) -> Compared:
    """Return what changed since the previous meeting, or since a chosen day."""
    mark = None if since else previous_rakor(view.data.rakor, view.as_of)
    start = since or (mark.date.date() if mark else view.as_of)
    before = risk_view(view.data, view.election, start, view.params, simulation=view.simulation)
    return Compared(view, before, mark, _by_desa(view, before))


@memo(6)
def _by_desa(now: RiskView, before: RiskView) -> pd.DataFrame:
    rows = changes(now, before)
    if now.level == "kabupaten":
        units = rows["kabupaten_code"]
    else:
        units = rows["tps_id"].map(now.tps["desa_code"])
    grouped = rows.assign(unit=units).groupby(["unit", "index", "component"], sort=True)
    out = grouped.agg(
        tps=("difference", "size"),
        before=("before", "mean"),
        now=("now", "mean"),
        difference=("difference", "mean"),
    ).reset_index()
    out = out[out["difference"].abs().ge(SMALLEST)]
    order = out["difference"].abs().sort_values(ascending=False, kind="stable").index
    return out.loc[order].reset_index(drop=True)


def change_finding(found: Compared, index: str, lang: str) -> str:
    """Return how many desa rose and fell in an index, and which most."""
    rows = found.rows[found.rows["index"].eq(index)]
    total = rows.groupby("unit")["difference"].sum()
    up, down = total[total.ge(SMALLEST)], total[total.le(-SMALLEST)]
    name = label("risk_index", index, lang)
    since = day(found.before.as_of if found.mark is None else found.mark.date, lang)
    if up.empty and down.empty:
        return text("kerawanan.change_none", lang, index=name, since=since)
    if up.empty:
        return text(
            "kerawanan.change_down", lang, index=name, since=since, down=number(len(down), lang)
        )
    names = found.now.data.names
    return text(
        "kerawanan.change_up",
        lang,
        index=name,
        since=since,
        up=number(len(up), lang),
        down=number(len(down), lang),
        place=names[str(up.idxmax())],
        change=number(up.max(), lang, _DIGITS),
    )


def since_words(found: Compared, lang: str) -> str:
    """Return the day compared with, and whether it is an assumed one."""
    if found.mark is None:
        return day(found.before.as_of, lang)
    return since_words_of(found.mark, lang)


def since_words_of(mark: RakorMark, lang: str) -> str:
    """Return the day of a meeting, and whether it is an assumed one."""
    key = "kerawanan.since_assumed" if mark.assumed else "kerawanan.since_rakor"
    return text(key, lang, day=day(mark.date, lang), period=mark.period or "")


def change_table(found: Compared, index: str, lang: str) -> pd.DataFrame:
    """Return the changes of an index with words for the columns, the largest first."""
    rows = found.rows[found.rows["index"].eq(index)]
    names = found.now.data.place_names
    columns = {
        "unit": rows["unit"].map(names),
        "difference": rows["difference"].round(_DIGITS),
        "before": rows["before"].round(_DIGITS),
        "now": rows["now"].round(_DIGITS),
        "component": [label("risk_component", key, lang) for key in rows["component"]],
        "tps_count": rows["tps"],
    }
    return pd.DataFrame(
        {label("risk_column", key, lang): pd.Series(v).array for key, v in columns.items()}
    )


@memo(64)
def place_changes(now: RiskView, before: RiskView, place_id: str, lang: str) -> list[str]:
    """Return why a place changed, as HTML: component, from what to what, why, reports behind."""
    rows = unit_changes(now, before, place_id)
    rows = rows[rows["difference"].abs().ge(SMALLEST)]
    return [_change_item(row, now, lang) for _, row in rows.iterrows()]


def _change_item(row: pd.Series, view: RiskView, lang: str) -> str:
    difference = float(row["difference"])
    sign = "+" if difference > 0 else "−"
    words = text(
        "kerawanan.change_item",
        lang,
        component=label("risk_component", row["component"], lang),
        change=f"{sign}{number(abs(difference), lang, _DIGITS)}",
        before=number(row["before"], lang, _DIGITS),
        now=number(row["now"], lang, _DIGITS),
        reason=label("change_reason", row["reason"], lang),
    )
    reports = row["reports"]
    parts = []
    data = view.data
    sources = data.reports.set_index("report_id")["source_id"]
    for _, report in reports.head(3).iterrows():
        key = str(report["report_id"])
        why = html.escape(label("change_reason", report["reason"], lang))
        links = source_links(key, sources.get(key), data, lang)
        parts.append(f"{html.escape(key)} {why}" + (f" ({links})" if links else ""))
    return f"{html.escape(words)}" + (f"<br>{' · '.join(parts)}" if parts else "")


STATISTICS = ("mean", "max", "low", "high")
"""Mean and greatest index over the TPS; mean of the low and high ends of the range."""
MOST_DATES = 400


def heat_weeks(as_of: date, weeks: int = 26) -> list[date]:
    """Return the last day of each of the weeks up to a day, oldest first; the last is the day.

    Raises
    ------
    ParameterError
        Unless 1 to `MOST_DATES`.
    """
    if not 1 <= weeks <= MOST_DATES:
        raise ParameterError("weeks", weeks, f"1 to {MOST_DATES}")
    return [as_of - timedelta(days=7 * n) for n in reversed(range(weeks))]


def heat(
    data: Dataset,
    election: str,
    dates: Sequence[date],
    statistic: str = "mean",
    params: RiskParams | None = None,
) -> pd.DataFrame:
    """Return the security index of each kecamatan on each date, as known on it.

    Parameters
    ----------
    data
        The tables.
    election
        Key of an election.
    dates
        Days, such as `heat_weeks`; 1 to `MOST_DATES`.
    statistic
        One of `STATISTICS`, over the TPS of the kecamatan, each counted once.
    params
        Parameters; None: those that ship.

    Returns
    -------
    DataFrame
        Index ``kecamatan_code`` (``kabupaten_code`` where the election has no register of TPS,
        the index then being that of the kabupaten itself), one column per date as a Timestamp.
        Missing where nothing is known at all.

    Raises
    ------
    ParameterError
        For an unknown statistic, or no dates or too many.
    """
    if statistic not in STATISTICS:
        raise ParameterError("statistic", statistic, "one of " + ", ".join(STATISTICS))
    if not 1 <= len(dates) <= MOST_DATES:
        raise ParameterError("dates", len(dates), f"1 to {MOST_DATES} dates")
    chosen = params or default_params()
    return _heat(data, election, tuple(dates), chosen)[statistic].copy()


@memo(8)
def _heat(
    data: Dataset, election: str, dates: tuple[date, ...], params: RiskParams
) -> dict[str, pd.DataFrame]:
    view = risk_view(data, election, max(dates), params)
    columns = pd.DatetimeIndex([pd.Timestamp(day) for day in dates], name="date")
    if view.level == "kabupaten":
        values = _kabupaten_values(view, dates)
        at = view.kabupaten.index
    else:
        panel = panel_of(view, dates)
        group, codes = pd.factorize(view.tps["kecamatan_code"], sort=True)
        at = pd.Index(codes, name="kecamatan_code", dtype="str")
        pairs = {
            "mean": (panel.security, "mean"),
            "max": (panel.security, "max"),
            "low": (panel.security_low, "mean"),
            "high": (panel.security_high, "mean"),
        }
        values = {
            name: by_group(array, group.astype(np.int64), len(codes), how)
            for name, (array, how) in pairs.items()
        }
    return {
        name: pd.DataFrame(array.T, index=at, columns=columns) for name, array in values.items()
    }


def panel_of(view: RiskView, dates: Sequence[date]) -> Panel:
    """Return both indices of all TPS of a view on many dates.

    Indicators and scores are those known on each date; the state of delivery is that of the
    view's own date on all of them.
    """
    tps = view.tps.reset_index()
    step, first = _steps(view, dates)
    parts = []
    for date_of_state in first:
        tables = risk_tables(view.data, view.election, date_of_state)
        states = indicator_states(tps, tables, view.params)
        parts.append({name: states[name].part() for name in states})
    baseline = view.parts["keamanan"]["baseline"]
    difficulty = [{**view.parts["logistik"], **_own(p, ("komunikasi", "riwayat"))} for p in parts]
    return risk_panel(
        view.desa_field,
        dates,
        pd.Index(view.desa_field.codes).get_indexer(pd.Index(tps["desa_code"])),
        Steps(step, parts),
        baseline,
        Steps(step, difficulty),
    )


def _own(parts: dict[str, Part], names: Sequence[str]) -> dict[str, Part]:
    return {name: parts[name] for name in names}


def _steps(view: RiskView, dates: Sequence[date]) -> tuple[np.ndarray, list[date]]:
    """Return which state of the indicators holds on each date, and a date of each state.

    Published counts change what an indicator weighs from the day they are known.
    """
    both = [view.data.read(name) for name in ("indicator_values", "indicator_counts")]
    told = pd.concat([rows.loc[rows["election"].eq(view.election), "date"] for rows in both])
    changed = np.unique(days_of(told.dropna()))
    days = np.array([np.datetime64(day, "D") for day in dates])
    state = np.searchsorted(changed, days, side="right")
    found, at, step = np.unique(state, return_index=True, return_inverse=True)
    del found
    return step.astype(np.int64), [dates[n] for n in at]


def _kabupaten_values(view: RiskView, dates: Sequence[date]) -> dict[str, np.ndarray]:
    """Return the index of each kabupaten itself: mean and greatest are one and the same."""
    field_: Field = view.kabupaten_field
    shape = (len(dates), len(field_.codes))
    still = {
        name: Part(*(np.broadcast_to(a, shape) for a in (p.bad, p.known, p.low, p.high)))
        for name, p in view.kabupaten_parts["keamanan"].items()
    }
    parts = {
        **still,
        "konflik": load_part(field_, field_.conflict, dates),
        "potensi": load_part(field_, field_.potential, dates),
    }
    found = score(parts, view.params.security)
    return {"mean": found.index, "max": found.index, "low": found.low, "high": found.high}
