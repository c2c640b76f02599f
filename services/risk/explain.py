"""The reasons of one TPS or kabupaten, worked out and put into sentences, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pandas as pd

from analytics.reports.rakor import RakorMark, previous_rakor
from analytics.reports.review.sources import addresses
from analytics.risk.components import split_indicators, value_table
from analytics.risk.explain import (
    change_reason,
    component_changes,
    contribution_rows,
    evidence,
    report_changes,
    shares_of,
)
from analytics.risk.params import INDICES, NOT_ENOUGH
from geo.errors import ParameterError
from services.network.build import minutes_between
from services.network.islets import known_tps
from services.risk.index import RiskView, deliveries, place_remoteness, risk_view
from services.risk.islets import islet_line
from services.texts import DEFAULT_LANGUAGE, day, label, number, text

NO_INDICATORS, NOT_WATCHED = "indikator_tidak_ada", "tidak_dipantau"
NO_SCORE, NO_RECEIPT, NO_WAY = "skor_tidak_ada", "tanda_terima_tidak_ada", "jalan_tidak_ada"
_REASON = {
    "indikator": NO_INDICATORS,
    "komunikasi": NO_INDICATORS,
    "riwayat": NO_INDICATORS,
    "konflik": NOT_WATCHED,
    "potensi": NOT_WATCHED,
    "baseline": NO_SCORE,
    "kiriman": NO_RECEIPT,
    "keterpencilan": NO_WAY,
    "moda": NO_WAY,
}
FULL = 1 - 1e-9


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a TPS (or a kabupaten) has its two indices.

    Attributes
    ----------
    place_id
        ``tps_id``, or code of the kabupaten.
    row
        Its row of the table.
    contributions
        See `analytics.risk.explain.contribution_rows`, both indices. The contributions of an
        index sum to it exactly.
    reports
        See `analytics.risk.explain.evidence`, of ``konflik`` and ``potensi``, with ``place``
        (full name) and ``url`` of the source (empty where there is none).
    unknown
        What is not known: ``index``, ``component``, ``share`` of the component that is unknown,
        ``weight`` (how far it may raise the index), ``reason``
        (``indikator_tidak_ada``, ``tidak_dipantau``, ``skor_tidak_ada``,
        ``tanda_terima_tidak_ada``, ``jalan_tidak_ada``). The widest first.
    indicators
        The cycle's list with ``component``, ``value`` (0 to 1, missing: not known) of this TPS,
        ``most`` (what a yes gives to its index), ``contribution`` (missing where the value is 0
        or not known; those of a component sum to it exactly) and, of the security index,
        ``share``, ``basis`` and ``gravity`` (`analytics.risk.indicator_weights`).
    delivery
        Row of `services.custody.receipts.delivery_state`; None without a report
        or for a kabupaten.
    remoteness
        Row of the desa office, or of the islet that it is known to stand on: ``p95_min``,
        ``usual_min``, ``mode_changes``, ``sea_min``, ``assumed_share``; None for a kabupaten.
    """

    place_id: str
    row: pd.Series = field(repr=False)
    contributions: pd.DataFrame = field(repr=False)
    reports: pd.DataFrame = field(repr=False)
    unknown: pd.DataFrame = field(repr=False)
    indicators: pd.DataFrame = field(repr=False)
    delivery: pd.Series | None = field(repr=False)
    remoteness: pd.Series | None = field(repr=False)


def explain_tps(view: RiskView, place_id: str) -> Explanation:
    """Return the reasons of a TPS, or of a kabupaten by its code.

    Raises
    ------
    ParameterError
        For a place that is not in the view.
    """
    whole = place_id in view.kabupaten.index
    table = view.kabupaten if whole else view.tps
    if place_id not in table.index:
        raise ParameterError("tps_id", place_id, f"a TPS of {view.election} or a kabupaten")
    at = cast("int", table.index.get_loc(place_id))
    row = table.iloc[at]
    parts = view.kabupaten_parts if whole else view.parts
    rows = [contribution_rows(parts[name], row, view.params.index(name), at) for name in INDICES]
    contributions = pd.concat(rows, ignore_index=True)
    reports = _reports(view, place_id if whole else str(row["desa_code"]), row, whole)
    return Explanation(
        place_id=place_id,
        row=row,
        contributions=contributions,
        reports=reports,
        unknown=_unknown(contributions),
        indicators=_indicators(view, None if whole else place_id, row),
        delivery=None if whole else _delivery(view, place_id),
        remoteness=None if whole else _remoteness(view, place_id, str(row["desa_code"])),
    )


def _reports(view: RiskView, place: str, row: pd.Series, whole: bool) -> pd.DataFrame:
    data = view.data
    field_ = view.kabupaten_field if whole else view.desa_field
    minutes = {} if whole else {str(c): float(m) for c, m in minutes_between(data)[place].items()}
    frames = [
        evidence(field_, which, place, view.as_of, float(row[f"keamanan_{name}"]), minutes)
        for name, which in (("konflik", field_.conflict), ("potensi", field_.potential))
    ]
    rows = pd.concat(frames, ignore_index=True)
    return rows.assign(
        place=rows["unit_code"].map(data.place_names).astype("str"),
        url=addresses(rows, data.added_sources, data.source_urls),
    )


def _unknown(contributions: pd.DataFrame) -> pd.DataFrame:
    rows = contributions[contributions["known"].lt(FULL) & contributions["weight"].gt(0)]
    share = 1.0 - rows["known"]
    table = pd.DataFrame(
        {
            "index": rows["index"],
            "component": rows["component"],
            "share": share,
            "weight": rows["high"] - rows["contribution"].fillna(0.0),
            "reason": rows["component"].map(_REASON),
        }
    )
    return table.sort_values("weight", ascending=False, kind="stable").reset_index(drop=True)


def _indicators(view: RiskView, tps_id: str | None, row: pd.Series) -> pd.DataFrame:
    rows = view.tables.indicators
    component = pd.Series("", index=rows.index, dtype="str")
    most = pd.Series(np.nan, index=rows.index)
    for name, part in split_indicators(rows, view.params.network).items():
        index = next(key for key, parts in INDICES.items() if name in parts)
        weight = dict(zip(INDICES[index], view.params.index(index).weights, strict=True))[name]
        component[part.index] = name
        if name == "indikator":
            most[part.index] = weight * part["indicator_id"].map(view.weights["weight"])
        else:
            most[part.index] = weight / max(len(part), 1)
    value = np.full(len(rows), np.nan)
    if tps_id is not None and len(rows):
        mine = view.tps.loc[[tps_id], ["desa_code"]].assign(tps_id=tps_id)
        value = value_table(mine, rows, view.tables.values)[0][0]
    told = rows["indicator_id"]
    return rows.assign(
        component=component,
        value=value,
        most=most,
        contribution=_of_indicators(component, np.nan_to_num(value) * most, row),
        **{name: told.map(view.weights[name]) for name in ("share", "basis", "gravity")},
    )


def _of_indicators(component: pd.Series, given: pd.Series, row: pd.Series) -> pd.Series:
    """Return what each indicator contributes: its component's contribution in proportion."""
    out = pd.Series(np.nan, index=component.index)
    for index, parts in INDICES.items():
        for name in parts:
            mine = component.eq(name)
            total = float(row.get(f"{index}_{name}", np.nan))
            out[mine] = shares_of(given[mine].to_numpy(dtype=np.float64), total)
    return out


def _delivery(view: RiskView, tps_id: str) -> pd.Series | None:
    reported = deliveries(view.data, view.election, view.as_of)
    if tps_id not in reported.index or pd.isna(reported["state"][tps_id]):
        return None
    return cast("pd.Series", reported.loc[tps_id])


def _remoteness(view: RiskView, tps_id: str, desa: str) -> pd.Series | None:
    place = known_tps(view.data, view.election).get(tps_id, desa)
    places = place_remoteness(view.data)
    return cast("pd.Series", places.loc[place]) if place in places.index else None


@dataclass(frozen=True, eq=False)
class Changes:
    """What changed between two dates.

    Attributes
    ----------
    rows
        See `analytics.risk.explain.component_changes`, of all places.
    mark
        The meeting compared with.
    before
        The view of the earlier date.
    """

    rows: pd.DataFrame = field(repr=False)
    mark: RakorMark
    before: RiskView = field(repr=False)


def changes(now: RiskView, before: RiskView) -> pd.DataFrame:
    """Return how every contribution changed; see `analytics.risk.explain.component_changes`.

    Raises
    ------
    ParameterError
        When the views are of two elections.
    """
    if now.election != before.election:
        raise ParameterError("election", before.election, now.election)
    if now.level == "tps":
        return component_changes(now.tps, before.tps)
    return component_changes(now.kabupaten, before.kabupaten)


def changes_since_rakor(now: RiskView) -> Changes:
    """Return what changed since the previous meeting, as both days were known."""
    mark = previous_rakor(now.data.rakor, now.as_of)
    before = risk_view(
        now.data, now.election, mark.date.date(), now.params, simulation=now.simulation
    )
    return Changes(changes(now, before), mark, before)


def unit_changes(now: RiskView, before: RiskView, place_id: str) -> pd.DataFrame:
    """Return why the contributions of one place changed.

    Returns
    -------
    DataFrame
        The rows of `changes` of the place whose contribution moved, the largest first, with
        ``reason`` (see `analytics.risk.explain.change_reason`) and ``reports``: a frame as
        `analytics.risk.explain.report_changes` returns it, empty for components without reports.
    """
    today, then = explain_tps(now, place_id), explain_tps(before, place_id)
    whole = place_id in now.kabupaten.index
    tables = [view.kabupaten if whole else view.tps for view in (now, before)]
    rows = component_changes(*(table.loc[[place_id]] for table in tables))
    mine = rows[rows["difference"].ne(0)]
    moved = report_changes(today.reports, then.reports)
    parts = [e.contributions.set_index(["index", "component"]) for e in (then, today)]
    reasons, behind = [], []
    for index, component in zip(mine["index"], mine["component"], strict=True):
        own = moved[moved["component"].eq(component) & moved["reason"].ne("tetap")]
        (known, value), (known_now, value_now) = (
            (float(part["known"][index, component]), float(part["value"][index, component]))
            for part in parts
        )
        moved_why = list(own["reason"])
        reasons.append(change_reason(component, (known, known_now), (value, value_now), moved_why))
        behind.append(own.reset_index(drop=True))
    table = mine.assign(reason=reasons, reports=pd.Series(behind, index=mine.index, dtype=object))
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def summary_lines(view: RiskView, lang: str = DEFAULT_LANGUAGE) -> list[str]:
    """Return what a view says as a whole: places per tier of each index, and how sure."""
    table = view.tps if view.level == "tps" else view.kabupaten
    lines = [text(view.note, lang)] if view.note else []
    if view.simulation:
        lines.insert(0, text("risk.simulation", lang))
    for name in INDICES:
        counts = table[f"tier_{name}"].value_counts()
        tiers = ", ".join(
            f"{label('risk_tier', key, lang)} {number(n, lang)}" for key, n in counts.items()
        )
        ranked = table[f"tier_{name}"].ne(NOT_ENOUGH)
        unsure = int((ranked & ~table[f"stabil_{name}"]).sum())
        lines.append(
            text(
                "risk.summary",
                lang,
                index=label("risk_index", name, lang),
                tiers=tiers,
                unstable=number(unsure, lang),
            )
        )
    islets = islet_line(view.islets, lang)
    return lines if islets is None else [*lines, islets]


def headline(found: Explanation, name: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return one index of a place with its range and tier."""
    row = found.row
    return text(
        "risk.headline",
        lang,
        index=label("risk_index", name, lang),
        value=number(row[f"indeks_{name}"], lang, 3),
        low=number(row[f"{name}_low"], lang, 3),
        high=number(row[f"{name}_high"], lang, 3),
        tier=label("risk_tier", row[f"tier_{name}"], lang),
    )


def reason_lines(found: Explanation, lang: str = DEFAULT_LANGUAGE) -> list[str]:
    """Return the reasons of a place, one a line: contributions, reports, what is unknown."""
    lines = []
    for name in INDICES:
        lines.append(headline(found, name, lang))
        lines += rule_lines(found, name, lang)
        own = found.contributions[found.contributions["index"].eq(name)]
        known = own[own["contribution"].notna()]
        known = known.sort_values("contribution", ascending=False)
        for component, value in zip(known["component"], known["contribution"], strict=True):
            lines.append(
                text(
                    "risk.contribution",
                    lang,
                    component=label("risk_component", component, lang),
                    value=number(value, lang, 3),
                )
            )
            if name == "keamanan":
                lines += _report_lines(found.reports, str(component), lang)
        unknown = found.unknown[found.unknown["index"].eq(name)]
        lines += [unknown_line(row, lang) for _, row in unknown.iterrows()]
    return lines


def rule_lines(found: Explanation, name: str, lang: str = DEFAULT_LANGUAGE) -> list[str]:
    """Return what a rule does to one index of a place, and on which islets it may stand."""
    row = found.row
    lines = [text(f"risk_floor.{name}", lang)] if row[f"lantai_{name}"] else []
    if name == "logistik" and row.get("pulau"):
        lines.append(text("islet.maybe", lang, names=row["pulau"]))
    at = found.remoteness
    if name == "logistik" and at is not None and at["node_id"] != row["desa_code"]:
        lines.append(text("islet.stands", lang, name=at["name"]))
    return lines


def change_lines(
    found: Changes, now: RiskView, place: str, lang: str = DEFAULT_LANGUAGE
) -> list[str]:
    """Return what changed for a place since the meeting, contribution by contribution."""
    mark = found.mark
    assumed = text("risk.assumed", lang) if mark.assumed else ""
    lines = [text("risk.since", lang, day=day(mark.date, lang), assumed=assumed)]
    rows = unit_changes(now, found.before, place)
    for _, row in rows.iterrows():
        behind = row["reports"]
        telling = behind.loc[behind["reason"].eq(row["reason"]), "report_id"]
        lines.append(
            text(
                "risk.change",
                lang,
                component=label("risk_component", row["component"], lang),
                sign="+" if row["difference"] > 0 else "−",
                value=number(abs(row["difference"]), lang, 3),
                reason=label("change_reason", row["reason"], lang),
                reports=", ".join(telling),
            )
        )
    return lines if len(rows) else [*lines, text("risk.no_change", lang)]


def _report_lines(reports: pd.DataFrame, component: str, lang: str) -> list[str]:
    mine = reports[reports["component"].eq(component)]
    return [
        text(
            "risk.report",
            lang,
            id=row["report_id"],
            date=day(row["date_event"], lang, "short"),
            place=row["place"],
            weight=number(row["weight"], lang, 3),
            role=label("risk_role", row["role"], lang),
            url="" if pd.isna(row["url"]) else row["url"],
        )
        for _, row in mine.iterrows()
    ]


def unknown_line(row: pd.Series, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return what is not known of a component, and how far it may move the index.

    Of ``row``, `component`, `reason`, `share` (0 to 1) and `weight` are read.
    """
    return text(
        "risk.unknown",
        lang,
        component=label("risk_component", row["component"], lang),
        reason=label("risk_unknown", row["reason"], lang),
        share=number(100 * row["share"], lang),
        weight=number(row["weight"], lang, 3),
    )
