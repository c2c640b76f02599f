"""The report of a reporting period (B04, B08, B12) on paper, told from a snapshot alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import partial

import pandas as pd
from reportlab.pdfgen.canvas import Canvas

from analytics.reports.rakor import ReportingPeriod, period_of
from data.province import zone
from data.store.meeting.rules import PERIOD
from data.texts import LANGUAGES
from data.vocabulary import LEVELS
from geo.errors import ParameterError
from services.briefing.deck import Deck, Map
from services.briefing.facts.plain import Facts
from services.briefing.files.map import draw_map
from services.briefing.files.sheet import Sheet
from services.briefing.foot import DIGEST_SHOWN
from services.briefing.layout import HEIGHT_PX, WIDTH_PX, Box
from services.briefing.report_register import actions, recommendations, warnings
from services.briefing.report_words import Reporter, listed
from services.briefing.slides import build
from services.briefing.snapshot import Snapshot
from services.paper import Block, Break, Drawing, Table, Text
from services.pdf import pdf
from services.texts import WATCHED_STAGES, day, label, text

_SUMMED_UP = ("situasi", "perubahan", "peringatan")
"""Slides whose titles are the three sentences of the summary."""
_MAPS = ("hotspot", "keamanan")
_KINDS = ("kejadian", "potensi")
_SILENT_DAYS = 30


def report_pdf(snapshot: Snapshot, lang: str = LANGUAGES[0], period: str | None = None) -> bytes:
    """Return the report of a reporting period; the same snapshot gives the same bytes.

    Parameters
    ----------
    period
        ``B04``, ``B08`` or ``B12`` and a year; None for the one of the meeting.

    Raises
    ------
    ParameterError
        For what is no period, or one of which the snapshot holds nothing.
    CannotDrawError
        When a map cannot be drawn; it names it.
    """
    asked = _period(snapshot, period or str(snapshot.meeting["period"]))
    deck = build.told(snapshot, lang)
    to = Reporter(snapshot, lang, asked)
    blocks = [
        *_head(to, deck),
        *_stages(to),
        *_events(to),
        *_potensi(to),
        *warnings(to),
        *actions(to),
        *recommendations(to),
        *_limits(to),
        *_maps(to, deck),
        *_annex(to),
    ]
    return pdf(
        text("periodic.title", lang, period=asked.key),
        blocks,
        access=_access(to, deck),
        footer=to.say("footer", day=to.day(snapshot.content["as_of"]), digest=_short(snapshot)),
        printed=snapshot.made_at.astimezone(zone()).date(),
        lang=lang,
    )


def _short(snapshot: Snapshot) -> str:
    return snapshot.digest[:DIGEST_SHOWN]


def _period(snapshot: Snapshot, asked: str) -> ReportingPeriod:
    if not re.fullmatch(PERIOD[0], asked):
        raise ParameterError("period", asked, PERIOD[1])
    found = period_of(date(int(asked[4:]), int(asked[1:3]), 1))
    first, last = (pd.Timestamp(one) for one in snapshot.content["period"])
    if found.end < first or found.start > last:
        raise ParameterError("period", asked, f"{first.date()} – {last.date()}")
    return found


def _access(to: Reporter, deck: Deck) -> str:
    return label("slide_access", deck.access, to.lang)


def _head(to: Reporter, deck: Deck) -> list[Block]:
    content, meeting = to.snapshot.content, to.snapshot.meeting
    basis = label("slide_basis", meeting["date_basis"], to.lang)
    made = to.snapshot.made_at.astimezone(zone())
    marks = list(dict.fromkeys(mark for slide in deck.slides for mark in slide.marks))
    rows = {
        "meeting": str(meeting["title"]),
        "": to.say("held_on", day=to.day(meeting["held_on"]), basis=basis),
        "period": to.window(to.period.start, to.period.end),
        "told": to.window(*to.told),
        "as_of": to.day(content["as_of"]),
        "made": to.say("made_at", day=day(made, to.lang), time=f"{made:%H.%M}"),
        "office": str(content["office"]),
        "digest": to.snapshot.digest,
        "access": _access(to, deck),
        "marks": ", ".join(marks) or "–",
    }
    told = [(to.say(key) if key else "", words) for key, words in rows.items()]
    titles = {slide.key: slide.title for slide in deck.slides}
    out: list[Block] = [Text(str(meeting["title"]), "strong")]
    if not to.snapshot.sound:
        out.append(Text(to.say("unsound"), "alarm"))
    if "SIMULASI" in marks:
        out.append(Text(to.say("simulated"), "alarm"))
    out.append(Table(pd.DataFrame(told, columns=[to.say("head"), " "]), (40, 138)))
    out.append(Text(to.say("summary"), "heading"))
    out += [Text(to.say("sentence", words=titles[key].rstrip("."))) for key in _SUMMED_UP]
    return out


def _stages(to: Reporter) -> list[Block]:
    """Return each watched stage with what was found in it; nothing found is said as such."""
    found = to.snapshot.content["situation"]
    running = {row["stage"]: row for row in found["in_force"]}
    coming = {row["stage"]: row for row in reversed(found["coming"])}
    rows = [
        (
            label("stage", stage, to.lang),
            _state(to, running.get(stage), coming.get(stage)),
            *(_counted(to, [r for r in to.reports if r["stage"] == stage], k) for k in _KINDS),
        )
        for stage in WATCHED_STAGES
    ]
    rest = [r for r in to.reports if r["stage"] not in WATCHED_STAGES]
    rows.append((to.say("other_stage"), "", *(_counted(to, rest, kind) for kind in _KINDS)))
    heads = [to.say(name) for name in ("stage", "running", "happened", "may_come")]
    return [
        Text(to.say("stages"), "heading"),
        Table(pd.DataFrame(rows, columns=heads), (46, 42, 46, 44)),
        Text(to.say("stages_note"), "small"),
    ]


def _state(to: Reporter, running: Facts | None, coming: Facts | None) -> str:
    if running is not None:
        if not running["date_end"]:
            return to.say("open_end")
        return to.say("until", day=to.day(running["date_end"]))
    if coming is not None:
        return to.say("begins", day=to.day(coming["date_start"]))
    return to.say("at_rest")


def _counted(to: Reporter, rows: list[Facts], kind: str) -> str:
    """Return affairs by family, never added up."""
    affairs: dict[str, set[str]] = {}
    for row in rows:
        if row["kind"] == kind:
            affairs.setdefault(row["family"], set()).add(row["perkara_id"])
    if not affairs:
        return label("state", "tidak_ditemukan", to.lang)
    told = (
        to.say("count", family=label("family", family, to.lang), n=len(ids))
        for family, ids in sorted(affairs.items(), key=lambda item: (-len(item[1]), item[0]))
    )
    return ", ".join(told)


def _events(to: Reporter) -> list[Block]:
    rows = [
        (
            to.number(at),
            row["when"][to.lang],
            row["place"][to.lang],
            str(row["summary"] or label("category", row["category"], to.lang)),
            label("family", row["family"], to.lang),
            to.number(row["severity"]),
            _status(to, row),
        )
        for at, row in enumerate(to.events, start=1)
    ]
    names = ("no", "day", "place", "what", "family", "severity", "status")
    widths = (10, 24, 34, 54, 21, 13, 22)
    return listed(to, "events", rows, names, widths) or _none(to, "events", "events_none")


def _none(to: Reporter, section: str, words: str) -> list[Block]:
    return [Text(to.say(section), "heading"), Text(to.say(words))]


def _status(to: Reporter, row: Facts) -> str:
    kind = label("kind", row["kind"], to.lang)
    if row["kind"] != "potensi":
        return kind
    return f"{kind}, {label('status', row['status'], to.lang)}"


def _potensi(to: Reporter) -> list[Block]:
    rows = [
        (
            to.day(row["date_event"], "short"),
            row["place"][to.lang],
            str(row["summary"] or label("category", row["category"], to.lang)),
            to.number(row["severity"]),
            to.number(row["age_days"]),
            to.number(row["unrenewed_days"]),
        )
        for row in to.snapshot.content["situation"]["potensi"]
    ]
    names = ("day", "place", "what", "severity", "age", "quiet")
    return listed(to, "potensi", rows, names, (24, 38, 64, 14, 17, 21)) or _none(
        to, "potensi", "potensi_none"
    )


def _maps(to: Reporter, deck: Deck) -> list[Block]:
    shown = {slide.key: slide.main for slide in deck.slides}
    maps = [one for key in _MAPS for one in [shown.get(key)] if isinstance(one, Map)]
    drawn = [Drawing(HEIGHT_PX / WIDTH_PX, partial(_map, one, deck)) for one in maps]
    return [Break(), Text(to.say("maps"), "heading"), *drawn] if drawn else []


def _map(shown: Map, deck: Deck, canvas: Canvas, width: float) -> None:
    sheet = Sheet(canvas)
    with sheet.slide(0, 0, width):
        draw_map(sheet, shown, Box(0, 0, WIDTH_PX, HEIGHT_PX), deck)


def _annex(to: Reporter) -> list[Block]:
    pages = to.snapshot.content["sources"]["pages"]
    rows = [
        (
            to.number(at),
            str(row["report_id"]),
            row["when"][to.lang],
            *_source(pages, row["source_id"]),
        )
        for at, row in enumerate(to.events, start=1)
    ]
    out: list[Block] = [Break()]
    names = ("no", "report", "day", "publisher", "address")
    out += listed(to, "annex", rows, names, (10, 30, 26, 36, 76))
    named = {row["source_id"] for row in to.events}
    others = [_source(pages, key) for key in sorted(pages) if key not in named]
    out += listed(to, "annex_others", others, ("publisher", "address"), (60, 118))
    return out


def _source(pages: dict[str, Facts], key: str | None) -> tuple[str, str]:
    page = pages.get(key or "", {})
    return str(page.get("publisher") or "–"), str(page.get("url") or "–")


def _limits(to: Reporter) -> list[Block]:
    return [Text(to.say("limits"), "heading"), *(Text(f"• {words}") for words in _unknown(to))]


def _unknown(to: Reporter) -> Iterable[str]:
    content = to.snapshot.content
    first, last = (pd.Timestamp(one) for one in content["period"])
    if content["meeting"]["level"] != LEVELS[0]:
        yield text("slides.whole_province", to.lang)
    if first > to.period.start:
        yield to.say("cut_start", day=to.day(content["period"][0]))
    if last < to.period.end:
        yield to.say("cut_end", day=to.day(content["period"][1]))
    for unit in content["unwatched"]:
        until = unit["watched_until"]
        key = "watched_until" if until else "never_watched"
        yield to.say(key, name=unit["name"], day=to.day(until))
    for group in content["sources"]["groups"]:
        if (group["age_days"] or 0) > _SILENT_DAYS:
            name = group["group"]
            if group["origin"] == "source":
                name = text(f"ringkasan.sources_kind_{name}", to.lang)
            last_news = to.day(group["last_event"])
            yield to.say("silent", group=name, day=last_news, n=group["age_days"])
    vague = sum(row["date_precision"] != "day" for row in to.events)
    if vague:
        yield to.say("vague_days", n=vague)
    unknown = sum(row["date_reported"] is None for row in to.events)
    if unknown:
        yield to.say("no_report_day", n=unknown)
    if content["since"]["assumed"]:
        yield to.say("since_assumed", day=to.day(content["since"]["day"]))
    yield content["ahead"]["sub"][to.lang]
    assumed = content["people"].get("assumed")
    if assumed:
        yield assumed[to.lang]
    yield to.say("status_today")
    yield text("slides.store_limit", to.lang)
