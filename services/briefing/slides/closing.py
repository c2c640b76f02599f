"""The last slides: what comes, people, warnings, what to decide, and what is not known."""

from __future__ import annotations

from collections import Counter

from services.briefing.deck import Bullets, Slide
from services.briefing.facts.plain import Facts
from services.briefing.slides.common import CELL_LETTERS, Speaker, first_clause, grid, lines, short
from services.texts import label

DECISION_LETTERS, WARNING_LETTERS = 90, 120
MOST_DATES, MOST_WARNINGS, MOST_PEOPLE, MOST_DECISIONS = 5, 4, 7, 4


def stages(to: Speaker) -> Slide:
    """Return the dates of the next two weeks, and what is expected up to the next meeting."""
    found = to.part("situation")
    coming = found["coming"]
    cells = [
        (to.day(row["date_start"], "short"), _coming(to, row), to.number(row["days_to"]))
        for row in [*found["agenda"], *_later_stages(to)]
    ]
    title = to.say("slides.nothing_coming")
    if coming:
        row = coming[0]
        title = to.say(
            "slides.stage_coming",
            stage=label("stage", row["stage"], to.lang),
            day=to.day(row["date_start"]),
            n=row["days_to"],
        )
    heads = tuple(to.say(f"slides.col_{name}") for name in ("date", "what", "days"))
    main = grid(heads, cells, (1.6, 6, 1), MOST_DATES, (False, False, True))
    none = Bullets((to.say("slides.no_dates"),))
    return Slide(
        key="tahapan",
        title=title,
        main=main if cells else none,
        notes="\n".join(
            [to.own(to.part("ahead")["finding"])]
            + [f"{to.day(row['date_start'])}: {row['title']}" for row in found["agenda"]]
        ),
        sources=to.say("slides.from_agenda"),
    )


def _later_stages(to: Speaker) -> list[Facts]:
    """Return the next stages that the agenda of two weeks does not tell of, in its form."""
    found = to.part("situation")
    told = {row["date_start"] for row in found["agenda"]}
    return [
        {
            "date_start": row["date_start"],
            "days_to": row["days_to"],
            "title": label("stage", row["stage"], to.lang),
            "origin": "stage",
            "kind": "tahapan_mulai",
        }
        for row in found["coming"]
        if row["date_start"] not in told
    ]


def _coming(to: Speaker, row: Facts) -> str:
    """Return what comes; of a stage whether it begins or ends."""
    title = short(row["title"], CELL_LETTERS)
    ends = row["origin"] == "stage" and row["kind"] != "tahapan"
    return f"{title} ({label('agenda', row['kind'], to.lang).lower()})" if ends else title


def people(to: Speaker) -> Slide:
    """Return how many police the vote takes by polres, and how many are known to be there."""
    found = to.part("people")
    if not found["units"]:
        return Slide(
            "personel", to.say("slides.no_people"), Bullets((to.say("slides.no_people_more"),))
        )
    cells = [
        (
            row["name"],
            to.number(row["tps"]),
            to.number(row["police"]),
            to.number(row["available"])
            if row["available"] is not None
            else to.say("slides.unknown"),
            to.number(row["short"]) if row["short"] is not None else "–",
        )
        for row in found["units"]
    ]
    heads = tuple(
        to.say(f"slides.col_{name}") for name in ("polres", "tps", "police", "there", "short")
    )
    marks = [to.say("slides.whatif")] if found.get("assumed") else []
    marks += ["SIMULASI"] if found.get("simulated") else []
    return Slide(
        key="personel",
        title=short(first_clause(to.own(found["finding"])), 100),
        main=grid(heads, cells, (2.6, 1, 1, 1.6, 1), MOST_PEOPLE, (False, True, True, True, True)),
        notes="\n".join([to.own(found["finding"]), to.own(found.get("assumed"))]),
        access="terbatas",
        sources=to.say("slides.from_people"),
        marks=tuple(marks),
    )


def warnings(to: Speaker) -> Slide:
    """Return the gravest warnings with their owner and how likely they come true."""
    rows = _open_warnings(to)
    if not rows:
        said = Bullets((to.say("slides.no_warnings_more"),))
        return Slide("peringatan", to.say("slides.no_warnings"), said)
    cells = [
        (
            label("warning_level", level, to.lang),
            _joined(what, places),
            short(owner, 18),
            to.say("slides.unmeasured")
            if chance is None
            else to.say("slides.percent", n=to.number(100 * chance)),
        )
        for (level, what, owner, chance), places in _alike(to, rows).items()
    ]
    grave = sum(row["level"] != "waspada" for row in rows)
    unowned = sum(not row["taken"] for row in rows)
    heads = tuple(to.say(f"slides.col_{name}") for name in ("level", "warning", "owner", "chance"))
    return Slide(
        key="peringatan",
        title=to.say("slides.warnings", n=len(rows), grave=grave, unowned=unowned),
        main=grid(heads, cells, (1.4, 5, 1.9, 1.5), MOST_WARNINGS, (False, False, False, True)),
        notes="\n".join(f"{to.own(row['title'])}: {to.own(row['reason'])}" for row in rows),
        access="terbatas",
        sources=to.say("slides.from_rules"),
    )


def _alike(to: Speaker, rows: list[Facts]) -> dict[tuple[str, str, str, float | None], list[str]]:
    """Return the places of warnings that say the same, so that none crowds out another."""
    found: dict[tuple[str, str, str, float | None], list[str]] = {}
    for row in rows:
        title = to.own(row["title"])
        place, _, what = title.partition(": ") if ": " in title else ("", "", title)
        key = (row["level"], what, row["owner"], row["probability"])
        found.setdefault(key, []).append(place)
    return found


def _joined(what: str, places: list[str]) -> str:
    """Return what is warned of with its places: one as its title has it, several in a list."""
    if len(places) == 1:
        return short(f"{places[0]}: {what}" if places[0] else what, WARNING_LETTERS)
    names = ", ".join(place.removeprefix("Kab. ") for place in places)
    return short(f"{what[:1].upper()}{what[1:]}: {names}", WARNING_LETTERS) + f" ({len(places)})"


def _open_warnings(to: Speaker) -> list[Facts]:
    """Return the warnings that are not closed, the gravest of each rule first."""
    rows: list[Facts] = [r for r in to.part("register")["warnings"] if r["state"] != "ditutup"]
    seen: Counter[str] = Counter()
    turn = []
    for row in rows:
        turn.append(seen[row["rule"]])
        seen[row["rule"]] += 1
    order = sorted(range(len(rows)), key=lambda at: (min(turn[at], 1), at))
    return [rows[at] for at in order]


def decisions(to: Speaker) -> Slide:
    """Return what is to be decided: who answers each warning, and what is overdue."""
    late = [row for row in to.part("register")["actions"] if row["overdue"]]
    told = [
        to.say(
            "slides.decide_warning",
            action=short(to.own(row["action"]), DECISION_LETTERS),
            owner=row["owner"],
        )
        for row in _open_warnings(to)
    ]
    told = list(dict.fromkeys(told))
    told += [
        to.say("slides.decide_late", action=short(row["decision"], DECISION_LETTERS))
        for row in late
    ]
    plans = to.part("distribution")["plans"]
    missing = sum(not row["passed"] for row in plans)
    if missing:
        told.append(to.say("slides.decide_plans", n=missing))
    if not told:
        told = [to.say("slides.nothing_to_decide")]
    n = min(len(told), MOST_DECISIONS)
    return Slide(
        key="keputusan",
        title=to.say("slides.decisions", n=n),
        main=lines(told, MOST_DECISIONS),
        notes="\n".join(told),
        access="terbatas",
    )


def limits(to: Speaker) -> Slide:
    """Return what all of it rests on, and what is not known."""
    found = to.part("sources")
    away = to.part("unwatched")
    groups = found["groups"]
    reports = sum(row["n_reports"] for row in groups)
    last = max((row["last_event"] or "" for row in groups), default="")
    told = [
        to.say("slides.rests_on", n=reports, pages=len(found["pages"]), last=to.day(last, "short")),
        to.say("slides.unwatched", list=short(", ".join(row["name"] for row in away), 60))
        if away
        else "",
        to.say("slides.outlook_limit", finding=_verdict(to)),
        to.say("slides.store_limit"),
    ]
    return Slide(
        key="batas",
        title=to.say("slides.limits_unwatched" if away else "slides.limits", n=len(away)),
        main=lines(told),
        notes="\n".join(dict.fromkeys(str(row["publisher"]) for row in found["pages"].values())),
        sources=to.say("slides.from_reports"),
    )


def _verdict(to: Speaker) -> str:
    """Return what the outlook says of its own worth: its last clause."""
    return short(to.own(to.part("ahead")["finding"]).split(";")[-1].strip(), 60)
