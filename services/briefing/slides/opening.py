"""The first slides: the meeting, what came of the last one, the situation and its change."""

from __future__ import annotations

from data.vocabulary import LEVELS
from services.briefing.deck import Bullets, Chart, Figure, Figures, Series, Slide
from services.briefing.facts.plain import Facts
from services.briefing.slides.common import CELL_LETTERS, Speaker, first_clause, grid, lines, short
from services.maps import FAMILY
from services.texts import WATCHED_STAGES, label

CHARTED = ("konflik", "unjuk_rasa")
MOST_ACTIONS, MOST_AGENDA = 4, 5


def cover(to: Speaker) -> Slide:
    """Return the first slide: which meeting, of which day, by whom."""
    meeting = to.snapshot.meeting
    agencies = str(meeting["agencies"]).replace("|", ", ")
    # What is shown is known of the province: a smaller meeting must not take it for its own.
    whole = "" if meeting["level"] == LEVELS[0] else to.say("slides.whole_province")
    invited = to.say("slides.agencies", list=short(agencies, 110)) if agencies else ""
    return Slide(
        key="sampul",
        title=short(meeting["title"], 100),
        main=lines(
            [whole, invited, *(short(line) for line in str(meeting["agenda"] or "").splitlines())],
            MOST_AGENDA,
        ),
        notes=to.say("slides.agenda", list=str(meeting["agenda"])) if meeting["agenda"] else "",
        marks=_example(to),
    )


def _example(to: Speaker) -> tuple[str, ...]:
    basis = to.snapshot.meeting["date_basis"]
    return (to.say("slides.example"),) if basis == "asumsi" else ()


def actions(to: Speaker) -> Slide:
    """Return what came of the actions, those of the last meeting first."""
    rows: list[Facts] = to.part("register")["actions"]
    if not rows:
        return Slide(
            "tindakan",
            to.say("slides.no_actions"),
            Bullets((to.say("slides.no_actions_more"), to.say("slides.no_actions_how"))),
            access="terbatas",
        )
    done = sum(row["status"] == "selesai" for row in rows)
    late = sum(bool(row["overdue"]) for row in rows)
    cells = [
        (
            short(row["decision"], CELL_LETTERS),
            short(row["owner"], 20),
            to.day(row["due"], "short"),
            label("action_status", row["status"], to.lang),
        )
        for row in sorted(
            rows, key=lambda r: (not r["overdue"], r["due"] or "9999", r["action_id"])
        )
    ]
    heads = tuple(to.say(f"slides.col_{name}") for name in ("decision", "owner", "due", "status"))
    return Slide(
        key="tindakan",
        title=to.say("slides.actions", n=len(rows), done=done, late=late),
        main=grid(heads, cells, (5, 2.4, 1.6, 1.8), MOST_ACTIONS),
        notes="\n".join(f"{row['decision']} – {row['owner']}" for row in rows),
        access="terbatas",
    )


def situation(to: Speaker) -> Slide:
    """Return the situation in a sentence, the four figures, and what matters most."""
    found = to.part("situation")
    conflict, potensi = to.figures["konflik"], found["potensi"]
    since = to.day(to.part("since")["day"], "short")
    title = to.say(
        "slides.situation",
        n=_counted(to, conflict),
        since=since,
        potensi=len(potensi),
        stages=_stage_list(to),
    )
    gravest = potensi[0] if potensi else None
    watched = found["watch"][0] if found["watch"] else None
    return Slide(
        key="situasi",
        title=title,
        main=Figures(tuple(_figure(to, family) for family in to.figures)),
        side=(
            lines(
                (
                    to.say("slides.watch_first", place=_place(watched["place"])) if watched else "",
                    _potensi_line(to, gravest) if gravest else to.say("slides.no_potensi"),
                    _stage_line(to),
                )
            ),
        ),
        notes="\n".join(
            [to.own(row["reason"]) for row in found["watch"]]
            + [str(row["summary"]) for row in potensi]
        ),
        access="terbatas" if potensi else "terbuka",
        sources=to.say("slides.from_reports"),
        marks=(to.say("slides.since_assumed"),) if to.part("since")["assumed"] else (),
    )


def _place(name: str) -> str:
    """Return the finest two names of a place."""
    return ", ".join(name.split(", ")[:2])


def _stage_list(to: Speaker) -> str:
    """Return the stage in force that began last, of those the team watches where one is."""
    rows = sorted(to.part("situation")["in_force"], key=lambda row: row["date_start"] or "")
    watched = [row for row in rows if row["stage"] in WATCHED_STAGES] or rows
    return label("stage", watched[-1]["stage"], to.lang) if watched else to.say("slides.no_stage")


def _stage_line(to: Speaker) -> str:
    coming = to.part("situation")["coming"]
    if not coming:
        return to.say("slides.no_coming")
    row = coming[0]
    return to.say("slides.coming", stage=label("stage", row["stage"], to.lang), n=row["days_to"])


def _potensi_line(to: Speaker, row: Facts) -> str:
    place = _place(to.own(row["place"]))
    return to.say("slides.potensi", place=place, n=row["unrenewed_days"] or 0)


def _counted(to: Speaker, row: Facts) -> str:
    bare = row["n_affairs"] == 0 and not row["covered"]
    return "–" if bare else to.number(row["n_affairs"])


def _figure(to: Speaker, family: str) -> Figure:
    row = to.figures[family]
    note = to.say("slides.not_covered") if not row["covered"] else _change(to, row)
    alarm = bool(family == "konflik" and row["covered"] and row["change"] > 0)
    return Figure(_counted(to, row), label("slide_family", family, to.lang), note, alarm)


def _change(to: Speaker, row: Facts) -> str:
    if not row["before_covered"]:
        return to.say("slides.before_not_covered")
    if row["change"] == 0:
        return to.say("slides.same")
    return to.say("slides.more" if row["change"] > 0 else "slides.fewer", n=abs(row["change"]))


def changes(to: Speaker) -> Slide:
    """Return what changed since the last meeting, month by month."""
    monthly = to.part("situation")["monthly"]
    series = tuple(
        Series(
            label("family", family, to.lang),
            tuple(float(n) for n in monthly["affairs"][family]),
            FAMILY[family],
        )
        for family in CHARTED
    )
    names = tuple(to.day(f"{month}-01", "month_name") for month in monthly["months"])
    since = to.day(to.part("since")["day"], "short")
    told = [
        to.say(
            "slides.change_line", family=label("slide_family", f, to.lang), change=_change(to, row)
        )
        for f, row in to.figures.items()
    ]
    return Slide(
        key="perubahan",
        title=to.say(
            "slides.changes",
            n=_counted(to, to.figures["konflik"]),
            change=_change(to, to.figures["konflik"]),
            since=since,
        ),
        main=Chart("column", to.say("slides.per_month"), names, series),
        side=(lines(told),),
        notes=first_clause(to.own(to.part("security")["finding"])),
        sources=to.say("slides.from_reports"),
        marks=(to.say("slides.since_assumed"),) if to.part("since")["assumed"] else (),
    )
