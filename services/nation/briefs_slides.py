"""The first slides of a province: in one sentence, on a map, what can be told apart, clusters."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from analytics.hotspots.relative_risk import WORDS
from analytics.nation.ranking import rank_units
from analytics.nation.rows import FAMILIES
from analytics.risk.params import NOT_ENOUGH
from services.briefing.deck import Bullets, Figure, Figures, GeoJson, Slide
from services.briefing.slides.common import grid
from services.nation.briefs_map import MARK, map_level, risk_map, risk_words
from services.nation.briefs_words import FAMILY, Teller

SURE = 0.05
"""A cluster with a larger p is told of as none."""
ALIVE = "prospektif"
RECENT_DAYS = 30
_HIGHER, _SAME, _LOWER = WORDS
_KECAMATAN = "kecamatan"
_NUMBERS = (False, True, True, True)


def failing(plans: pd.DataFrame) -> pd.DataFrame:
    """Return the plans that are late, leave a TPS out or did not pass their audit.

    Parameters
    ----------
    plans
        ``passed``, ``late``, ``unplanned_tps``.

    Returns
    -------
    DataFrame
        The rows of ``plans`` that are so, with all columns and their index.
    """
    return plans[~plans["passed"] | plans["late"].gt(0) | plans["unplanned_tps"].gt(0)]


def sure_clusters(scans: pd.DataFrame) -> pd.DataFrame:
    """Return the clusters that chance alone would hardly make, those that are alive first.

    Parameters
    ----------
    scans
        ``method``, ``p``, ``family``, ``cluster``.

    Returns
    -------
    DataFrame
        The rows with ``p`` up to `SURE` and ``dead``, index from 0.
    """
    found = scans[scans["p"].le(SURE)]
    return found.assign(dead=found["method"].ne(ALIVE)).sort_values(
        ["dead", "p", "family", "cluster"], ignore_index=True
    )


def summary(to: Teller) -> Slide:
    """Return the first slide: the province in a sentence, with four figures."""
    facts = to.facts
    risks = facts.level("relative_risk", _KECAMATAN, FAMILY)
    scans, plans = facts.frames.get("scans"), facts.frames.get("plans")
    clauses = [_apart_clause(to, risks)]
    if scans is None:
        clauses.append(_unknown(to, "scans"))
    else:
        alive = int(sure_clusters(scans)["method"].eq(ALIVE).sum())
        clauses.append(to.say("nation_brief.sum_alive", n=alive))
    if plans is None:
        clauses.append(_unknown(to, "plans"))
    else:
        bad = len(failing(plans))
        clauses.append(to.say("nation_brief.sum_plans", n=bad, of=len(facts.kabupaten)))
    figures = (_recent(to), _higher(to, risks), _tiers(to), _plans(to, plans))
    notes = [
        to.say("nation_brief.simulasi_note") if facts.about.simulasi else "",
        *(to.say("nation_brief.clause", words=words) for words in clauses),
    ]
    title = to.title(facts.province.name, clauses)
    return to.slide("ringkasan", title, Figures(figures), notes=notes)


def _unknown(to: Teller, stage: str) -> str:
    what = to.label("nation_brief_part", stage)
    return to.say("nation_brief.sum_missing", what=what, why=to.why_missing(stage))


def _apart_clause(to: Teller, risks: pd.DataFrame | None) -> str:
    if risks is None:
        return _unknown(to, "relative_risk")
    n, family = int(risks["word"].eq(_HIGHER).sum()), to.family(FAMILY)
    key = "nation_brief.sum_higher" if n else "nation_brief.sum_alike"
    return to.say(key, family=family, n=n, of=len(risks))


def _recent(to: Teller) -> Figure:
    named = to.say("nation_brief.fig_recent", family=to.family(FAMILY), days=RECENT_DAYS)
    counts = to.facts.level("counts", "provinsi", FAMILY)
    if counts is None:
        return _none(to, named, "counts")
    counts = counts[counts["kind"].eq("kejadian")]
    last = pd.Timestamp(to.facts.about.as_of)
    span = pd.Timedelta(days=RECENT_DAYS)
    age = last - counts["day"]
    now = counts.loc[age.ge(timedelta()) & age.lt(span), "reports"].sum()
    before = counts.loc[age.ge(span) & age.lt(2 * span), "reports"].sum()
    note = to.say("nation_brief.fig_before", n=int(before), days=RECENT_DAYS)
    return Figure(to.number(int(now)), named, note)


def _higher(to: Teller, risks: pd.DataFrame | None) -> Figure:
    named = to.say("nation_brief.fig_higher", family=to.family(FAMILY))
    if risks is None:
        return _none(to, named, "relative_risk")
    n, same = (int(risks["word"].eq(word).sum()) for word in (_HIGHER, _SAME))
    note = to.say("nation_brief.fig_higher_note", of=len(risks), same=same)
    return Figure(to.number(n), named, note, n > 0)


def _tiers(to: Teller) -> Figure:
    named, tps = to.say("nation_brief.fig_tps"), to.facts.frames.get("risk")
    if tps is None:
        return _none(to, named, "risk")
    high, unknown = (int(tps["keamanan_tier"].eq(tier).sum()) for tier in ("tinggi", NOT_ENOUGH))
    note = to.say("nation_brief.fig_tps_note", of=len(tps), unknown=unknown)
    return Figure(to.number(high), named, note, high > 0)


def _plans(to: Teller, plans: pd.DataFrame | None) -> Figure:
    named = to.say("nation_brief.fig_plans")
    if plans is None:
        return _none(to, named, "plans")
    n = len(failing(plans))
    of = len(to.facts.kabupaten)
    note = to.say("nation_brief.fig_plans_note", made=len(plans), of=of)
    return Figure(to.number(n), named, note, n > 0)


def _none(to: Teller, named: str, stage: str) -> Figure:
    return Figure("–", named, to.why_missing(stage))


def risk_on_map(to: Teller, land: GeoJson) -> Slide:
    """Return the map by relative risk, with those that differ beside it."""
    level = map_level(len(to.facts.kabupaten))
    found = to.facts.level("relative_risk", level, FAMILY)
    if found is None:
        return to.missing("peta", "relative_risk")
    risks = found.set_index("code").sort_values("median", ascending=False)
    higher, lower = (risks[risks["word"].eq(word)] for word in (_HIGHER, _LOWER))
    head = to.label("family", FAMILY)
    told = [
        f"{MARK[row['word']]} {to.facts.name(str(code))}: {risk_words(to, row)}"
        for code, row in higher.head(3).iterrows()
    ]
    if len(higher):
        names = to.names([str(code) for code in higher.index], 1)
        clause = to.say("nation_brief.map_higher", names=names, of=len(risks))
    elif len(lower):
        clause = to.say("nation_brief.map_lower", n=len(lower), of=len(risks))
    else:
        clause = to.say("nation_brief.map_alike", n=len(risks), level=to.level(level))
    told.append(to.say("nation_brief.map_same", n=int(risks["word"].eq(_SAME).sum())))
    told.append(_in_nation(to))
    notes = [
        f"{to.facts.name(str(code))} ({code}): {to.label('risk_word', row['word'])}, "
        f"{risk_words(to, row)}"
        for code, row in risks.iterrows()
    ]
    side = (Bullets(tuple(line for line in told if line)),)
    main = risk_map(to, risks, level, land)
    return to.slide("peta", to.title(head, [clause]), main, side, notes)


def _in_nation(to: Teller) -> str:
    """Return how the kabupaten stand among all of the nation."""
    found = to.facts.level("relative_risk_nation", "kabupaten", FAMILY)
    if found is None:
        return to.say("nation_brief.nation_unknown", why=to.why_missing("relative_risk_nation"))
    own = found[found["code"].isin(to.facts.kabupaten)]
    n = int(own["word"].eq(_HIGHER).sum())
    return to.say("nation_brief.in_nation", n=n, of=len(own), all=len(found))


def told_apart(to: Teller) -> Slide:
    """Return how many kecamatan differ, by family: the families are never added up."""
    found = to.facts.level("relative_risk", _KECAMATAN)
    if found is None:
        return to.missing("beda", "relative_risk")
    rows, clauses = [], []
    for family in FAMILIES:
        words = found.loc[found["family"].eq(family), "word"]
        n = {word: int(words.eq(word).sum()) for word in WORDS}
        rows.append((to.label("family", family), *(to.number(n[word]) for word in WORDS)))
        if n[_HIGHER]:
            clauses.append(to.say("nation_brief.apart_n", family=to.family(family), n=n[_HIGHER]))
    of = int(found["code"].nunique())
    title = to.say("nation_brief.apart_none", of=of)
    if clauses:
        title = to.title(to.say("nation_brief.apart", of=of), clauses)
    marks = {word: f"{MARK[word]} {to.label('risk_word', word)}" for word in WORDS}
    heads = (to.label("family", "label"), *marks.values())
    notes = [to.say("nation_brief.apart_note")]
    return to.slide("beda", title, grid(heads, rows, (2, 1.4, 2, 1.4), 6, _NUMBERS), notes=notes)


def ranking(to: Teller) -> Slide | None:
    """Return the ranks of the kecamatan that differ; None where the other slides say that none."""
    found = to.facts.level("relative_risk", _KECAMATAN)
    if found is None:
        return None
    parts = [_ranked(found[found["family"].eq(family)]) for family in FAMILIES]
    ranked = pd.concat(parts)
    if ranked.empty:
        return None
    first = ranked["word"].ne(_HIGHER)
    ranked = ranked.assign(later=first, turn=ranked["family"].map(FAMILIES.index))
    ranked = ranked.sort_values(["later", "turn", "rank_first", "median"],
                                ascending=[True, True, True, False])  # fmt: skip
    rows = [
        (
            f"{MARK[row['word']]} {to.facts.name(str(code))}",
            to.label("family", row["family"]),
            risk_words(to, row),
            _ranks(to, row),
        )
        for code, row in ranked.iterrows()
    ]
    top = ranked.iloc[0]
    name = to.facts.name(str(ranked.index[0]))
    key = "nation_brief.rank_first" if top["word"] == _HIGHER else "nation_brief.rank_lower"
    title = to.say(key, name=name, family=to.family(top["family"]), risk=risk_words(to, top))
    heads = (
        to.label("level", _KECAMATAN), to.label("family", "label"),
        to.say("nation_brief.col_times"), to.say("nation_brief.col_rank"),
    )  # fmt: skip
    notes = [to.say("nation_brief.rank_note"), *(" · ".join(row) for row in rows)]
    numeric = (False, False, True, True)
    main = grid(heads, rows, (3.2, 1.6, 2.6, 1.3), 6, numeric)
    return to.slide("peringkat", title, main, notes=notes)


def _ranked(risks: pd.DataFrame) -> pd.DataFrame:
    """Return the units of one family that are decided, with the ranks they may have."""
    risks = risks.set_index("code")
    ranked = risks.join(rank_units(risks)).assign(n=len(risks))
    return ranked[ranked["word"].ne(_SAME)]


def _ranks(to: Teller, row: pd.Series) -> str:
    if not row["told_apart"]:
        return to.say("nation_brief.no_rank")
    first, last = (to.number(row[name]) for name in ("rank_first", "rank_last"))
    return first if first == last else f"{first}–{last}"


def clusters(to: Teller) -> Slide:
    """Return the clusters of the scans, those that are alive first; or that there is none."""
    scans = to.facts.frames.get("scans")
    if scans is None:
        return to.missing("klaster", "scans")
    found = sure_clusters(scans)
    looks = len(scans[["family", "method"]].drop_duplicates())
    limit = to.say("nation_brief.looks", n=looks, false=to.number(SURE * looks, 1),
                   p=to.number(SURE, 2))  # fmt: skip
    if found.empty:
        told = [limit]
        if len(scans):
            told.insert(0, _strongest(to, scans))
        title = to.say("nation_brief.clusters_none", p=to.number(SURE, 2))
        return to.slide("klaster", title, Bullets(tuple(told)))
    alive = int(found["method"].eq(ALIVE).sum())
    rows = [
        (
            to.label("family", row["family"]) + (f" ({_state(to, row)})"),
            to.names(row["members"].split("|"), 1),
            _period(to, row),
            to.say("nation_brief.of_expected", n=int(row["observed"]),
                   expected=to.number(row["expected"], 1)),
            to.number(row["p"], 3),
        )
        for _, row in found.iterrows()
    ]  # fmt: skip
    heads = tuple(
        to.say(f"nation_brief.col_{name}") for name in ("cluster", "where", "when", "affairs", "p")
    )
    title = to.say("nation_brief.clusters", n=len(found), alive=alive, first=_first(to, found))
    notes = [limit, *(_in_full(to, row) for _, row in found.iterrows())]
    numeric = (False, False, False, True, True)
    main = grid(heads, rows, (2, 3, 2.6, 1.8, 1), 4, numeric)
    return to.slide("klaster", title, main, notes=notes)


def _state(to: Teller, row: pd.Series) -> str:
    return to.label("nation_brief_cluster", "alive" if row["method"] == ALIVE else "past")


def _period(to: Teller, row: pd.Series) -> str:
    return f"{to.day(row['period_start'])} – {to.day(row['period_end'])}"


def _first(to: Teller, found: pd.DataFrame) -> str:
    row = found.iloc[0]
    names = to.names(row["members"].split("|"), 1)
    return to.say("nation_brief.cluster_at", family=to.family(row["family"]), names=names)


def _strongest(to: Teller, scans: pd.DataFrame) -> str:
    row = scans.sort_values(["p", "family", "cluster"]).iloc[0]
    return to.say(
        "nation_brief.strongest",
        family=to.family(row["family"]),
        names=to.names(row["members"].split("|"), 1),
        period=_period(to, row),
        p=to.number(row["p"], 3),
    )


def _in_full(to: Teller, row: pd.Series) -> str:
    members = row["members"].split("|")
    return (
        f"{to.label('family', row['family'])} ({_state(to, row)}), {_period(to, row)}, "
        f"p = {to.number(row['p'], 3)}: {to.names(members, len(members))}"
    )
