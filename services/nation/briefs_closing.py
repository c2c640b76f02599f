"""The last slides of a province: the next days, TPS, distribution plans, what is not known."""

from __future__ import annotations

import pandas as pd

from analytics.nation.rows import FAMILIES
from analytics.risk.params import NOT_ENOUGH, TIERS
from services.briefing.deck import Bullets, Figure, Figures, Slide
from services.briefing.slides.common import grid
from services.nation.briefs_facts import BY_KABUPATEN
from services.nation.briefs_slides import failing
from services.nation.briefs_words import FAMILY, Teller

_MIN_PER_HOUR = 60
_HALF = 0.5
_ALL_TIERS = (*reversed(TIERS), NOT_ENOUGH)


def outlook(to: Teller) -> Slide:
    """Return what is expected of each family in the province, with its interval."""
    found = to.facts.level("outlook", "provinsi")
    if found is None:
        return to.missing("prakiraan", "outlook")
    if found.empty:
        told = Bullets((to.say("nation_brief.outlook_short"),))
        return to.slide("prakiraan", to.say("nation_brief.outlook_none"), told)
    by = {str(row["family"]): row for _, row in found.iterrows()}
    kept = [family for family in FAMILIES if family in by]
    rows = [(to.label("family", family), *_forecast(to, by[family])) for family in kept]
    shown = FAMILY if FAMILY in by else kept[0]
    head = by[shown]
    days = (pd.Timestamp(head["date_to"]) - pd.Timestamp(head["date_from"])).days + 1
    title = to.say(
        "nation_brief.outlook",
        family=to.label("family", shown),
        days=days,
        low=to.number(head["low"]),
        high=to.number(head["high"]),
    )
    heads = (
        to.label("family", "label"), to.say("nation_brief.col_chance"),
        to.say("nation_brief.col_expected"), to.say("nation_brief.col_interval"),
    )  # fmt: skip
    window = to.say(
        "nation_brief.outlook_window", first=to.day(head["date_from"]), last=to.day(head["date_to"])
    )
    side = (Bullets((window, to.say("nation_brief.outlook_limit"))),)
    main = grid(heads, rows, (2.2, 1.5, 1.9, 1.9), 6, (False, True, True, True))
    return to.slide("prakiraan", title, main, side, _by_kabupaten(to))


def _forecast(to: Teller, row: pd.Series) -> tuple[str, str, str]:
    chance = to.say("nation_brief.percent", n=to.number(100 * row["probability"]))
    return (
        chance,
        to.number(row["expected"], 1),
        f"{to.number(row['low'])}–{to.number(row['high'])}",
    )


def _by_kabupaten(to: Teller) -> list[str]:
    rows = to.facts.level("outlook", "kabupaten", FAMILY)
    told = [to.say("nation_brief.outlook_note", family=to.family(FAMILY))]
    if rows is not None:
        for _, row in rows.sort_values("code").iterrows():
            told.append(f"{to.facts.name(row['code'])}: " + " · ".join(_forecast(to, row)))
    return told


def tps(to: Teller) -> Slide:
    """Return the TPS by tier of both risks, and how much is known of them."""
    found = to.facts.frames.get("risk")
    if found is None:
        return to.missing("tps", "risk")
    rows = []
    for tier in _ALL_TIERS:
        n = [int(found[f"{name}_tier"].eq(tier).sum()) for name in ("keamanan", "logistik")]
        rows.append((to.label("risk_tier", tier), *(to.number(one) for one in n)))
    high, unknown = (int(found["keamanan_tier"].eq(one).sum()) for one in ("tinggi", NOT_ENOUGH))
    less = int(found["cakupan"].lt(_HALF).sum())
    mean = to.say("nation_brief.percent", n=to.number(100 * found["cakupan"].mean()))
    known = Figures(
        (
            Figure(mean, to.say("nation_brief.fig_known")),
            Figure(to.number(less), to.say("nation_brief.fig_less"), alarm=less > 0),
        )
    )
    heads = (
        to.say("nation_brief.col_tier"), to.say("nation_brief.col_security"),
        to.say("nation_brief.col_logistics"),
    )  # fmt: skip
    title = to.say("nation_brief.tps", high=high, of=len(found), unknown=unknown)
    partly = to.partly("risk")
    side = (known, Bullets((partly,))) if partly else (known,)
    main = grid(heads, rows, (2, 1.5, 1.5), 4, (False, True, True))
    return to.slide("tps", title, main, side, [to.say("nation_brief.tps_note"), *_high_tps(to)])


def _high_tps(to: Teller) -> list[str]:
    """Return a line per kabupaten with how many of its TPS are in the highest tier."""
    found = to.facts.frames["risk"]
    by = found.assign(kabupaten=found["desa_code"].str.slice(0, 5)).groupby("kabupaten")
    return [
        to.say("nation_brief.tps_line", name=to.facts.name(str(code)), of=len(own),
               n=int(own["keamanan_tier"].eq("tinggi").sum()))
        for code, own in by
    ]  # fmt: skip


def distribution(to: Teller) -> Slide:
    """Return the plans that are late or failed, with how many hours each has left."""
    plans = to.facts.frames.get("plans")
    if plans is None:
        return to.missing("distribusi", "plans")
    bad = failing(plans).sort_values(["least_slack_min", "kabupaten"])
    away = to.facts.gaps_of("plans")
    rows = [
        (to.facts.name(row["kabupaten"]), _fault(to, row), to.number(row["unplanned_tps"]),
         _hours(to, row))
        for _, row in bad.iterrows()
    ]  # fmt: skip
    rows += [(to.facts.name(gap.code), to.why(gap), "–", "–") for gap in away]
    notes = [
        to.say("nation_brief.plan_line", name=to.facts.name(row["kabupaten"]),
               words=_fault(to, row) or to.say("nation_brief.plan_passed"),
               trips=int(row["trips"]), hours=_hours(to, row))
        for _, row in plans.sort_values("kabupaten").iterrows()
    ]  # fmt: skip
    notes += [f"{to.facts.name(gap.code)}: {to.why(gap)} {gap.reason}".rstrip() for gap in away]
    of = len(to.facts.kabupaten)
    if not rows:
        least = plans.sort_values(["least_slack_min", "kabupaten"]).iloc[0]
        told = (
            to.say("nation_brief.plans_least", name=to.facts.name(least["kabupaten"]),
                   hours=_hours(to, least)),
            to.say("nation_brief.plans_limit"),
        )  # fmt: skip
        return to.slide(
            "distribusi", to.say("nation_brief.plans_passed", of=of), Bullets(told), (), notes
        )
    heads = (
        to.label("level", "kabupaten"), to.say("nation_brief.col_fault"),
        to.say("nation_brief.col_left_out"), to.say("nation_brief.col_slack"),
    )  # fmt: skip
    key = "nation_brief.plans" if not away else "nation_brief.plans_away"
    title = to.say(key, n=len(bad), of=of, away=len(away))
    main = grid(heads, rows, (2.6, 3, 1.6, 1.6), 6, (False, False, True, True))
    return to.slide("distribusi", title, main, (), notes)


def _fault(to: Teller, row: pd.Series) -> str:
    """Return what is wrong with a plan; "" where nothing is."""
    told = []
    if row["late"] > 0:
        told.append(to.say("nation_brief.fault_late", n=int(row["late"])))
    if row["unplanned_tps"] > 0:
        told.append(to.say("nation_brief.fault_left_out"))
    if not told and not row["passed"]:
        told.append(to.say("nation_brief.fault_audit", n=int(row["faults"])))
    return ", ".join(told)


def _hours(to: Teller, row: pd.Series) -> str:
    return to.number(row["least_slack_min"] / _MIN_PER_HOUR, 1)


def unknown(to: Teller) -> Slide:
    """Return what is not known: reports without a place, and stages that say nothing."""
    facts, told = to.facts, []
    unplaced = facts.frames.get("place")
    by_stage: dict[str, list[str]] = {}
    for gap in facts.gaps:
        by_stage.setdefault(gap.stage, []).append(to.why(gap))
    for stage, reasons in by_stage.items():
        key = "nation_brief.gap_some" if stage in BY_KABUPATEN else "nation_brief.gap"
        what = to.label("nation_brief_part", stage)
        n, of = len(reasons), len(facts.kabupaten)
        told.append(to.say(key, what=what, why=reasons[0], n=n, of=of))
    if not told:
        told.append(to.say("nation_brief.gap_none"))
    notes = [
        f"{to.label('nation_stage', gap.stage)}, {gap.code}: {to.why(gap)} {gap.reason}".rstrip()
        for gap in facts.gaps
    ]
    limit = to.say("nation_brief.silence")
    if unplaced is None:
        title = to.say("nation_brief.unknown_place", n=len(by_stage))
        return to.slide("batas", title, Bullets((*told, limit)), (), notes)
    counts = unplaced["reason"].value_counts().sort_index().sort_values(
        ascending=False, kind="stable"
    )  # fmt: skip
    rows = [(to.label("nation_brief_reason", why), to.number(int(n))) for why, n in counts.items()]
    rows = rows or [(to.say("nation_brief.all_placed"), to.number(0))]
    key = "nation_brief.unknown" if by_stage else "nation_brief.unknown_all"
    title = to.say(key, n=len(unplaced), of=facts.province.reports, stages=len(by_stage))
    heads = (to.say("nation_brief.col_reason"), to.say("nation_brief.col_reports"))
    main = grid(heads, rows, (4, 1.4), 5, (False, True))
    return to.slide("batas", title, main, (Bullets((*told, limit)),), notes)
