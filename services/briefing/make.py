"""Files of a rakor, all drawn from its snapshot and what was chosen of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from analytics.reports.rakor import (
    REPORTING_MONTHS,
    RakorMark,
    ReportingPeriod,
    period_of,
    previous_period,
)
from data.clock import today
from geo.errors import ParameterError
from services.briefing.change.compare import Comparison
from services.briefing.choice import Choice, apply_choice, chosen
from services.briefing.deck import Deck
from services.briefing.fit import check_fit
from services.briefing.meetings import EXAMPLE, draft_on, meeting_on
from services.briefing.slides.build import deck_of, told
from services.briefing.slides.comparison import comparison_slides
from services.briefing.slides.fitted import fitted
from services.briefing.snapshot import Progress, Snapshot, last_snapshot, preview
from services.dataset import Dataset

PPTX, PDF, NOTES, HTML, REPORT = FORMATS = ("pptx", "pdf", "notes", "html", "report")
SUFFIXES = {PPTX: ".pptx", PDF: ".pdf", NOTES: ".pdf", HTML: ".html", REPORT: ".pdf"}
MIME = {
    PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    PDF: "application/pdf",
    NOTES: "application/pdf",
    HTML: "text/html",
    REPORT: "application/pdf",
}


def deck_shown(snapshot: Snapshot, choice: Choice, lang: str) -> Deck:
    """Return the slides of a snapshot as they were chosen.

    Raises
    ------
    DoesNotFitError
        When something on a slide has no room.
    """
    return as_chosen(deck_of(snapshot, lang), choice)


def as_chosen(deck: Deck, choice: Choice) -> Deck:
    """Return all slides of a snapshot as they were chosen; see `deck_shown`."""
    shown = apply_choice(deck, choice)
    check_fit(shown)
    return shown


def file_of(
    kind: str, snapshot: Snapshot, choice: Choice, lang: str, progress: Progress | None = None
) -> bytes:
    """Return a file of a rakor.

    Parameters
    ----------
    kind
        One of `FORMATS`; ``report`` tells of the reporting period of the meeting.
    progress
        Told how many steps are done, of how many; may raise to stop.

    Raises
    ------
    ParameterError
        For a kind that is none.
    DoesNotFitError
        When something on a slide has no room.
    """
    if kind not in FORMATS:
        raise ParameterError("format", kind, ", ".join(FORMATS))
    if kind == REPORT:
        from services.briefing.report import report_pdf

        return report_pdf(snapshot, lang, str(snapshot.meeting["period"]))
    return deck_file(kind, deck_shown(snapshot, choice, lang), progress)


def deck_compared(found: Comparison, lang: str) -> Deck:
    """Return a comparison as slides of their own, behind the first slide of the later snapshot.

    Raises
    ------
    DoesNotFitError
        When something on a slide has no room.
    """
    later = told(found.later, lang)
    deck = fitted(replace(later, slides=(later.slides[0], *comparison_slides(found, lang))))
    check_fit(deck)
    return deck


def deck_file(kind: str, deck: Deck, progress: Progress | None = None) -> bytes:
    """Return slides as a file of a kind, which is any of `FORMATS` but the report.

    Raises
    ------
    DoesNotFitError, CannotDrawError
        When something on a slide has no room, or cannot be drawn.
    """
    return _drawn(kind)(deck, progress)


def _drawn(kind: str) -> Callable[[Deck, Progress | None], bytes]:
    """Return what draws a deck; each brings a library that takes a while to load."""
    if kind == PPTX:
        from services.briefing.files.pptx import pptx_bytes

        return pptx_bytes
    if kind == PDF:
        from services.briefing.files.pdf import slides_pdf

        return slides_pdf
    if kind == NOTES:
        from services.briefing.files.pdf import notes_pdf

        return lambda deck, _: notes_pdf(deck)
    from services.briefing.files.html import html_file

    return lambda deck, _: html_file(deck)


def snapshot_on(data: Dataset, day: date, office: str) -> tuple[Snapshot, Choice]:
    """Return the snapshot of a day, and what was chosen of it.

    That of the province's meeting on that day which was kept last; where none was kept, what one
    taken now would hold, which is not kept: of a day to come, what is known today. Without a
    meeting the day is an example.

    Raises
    ------
    BeforeDataError
        For a day before anything is known.
    """
    meeting = meeting_on(data, day)
    known = min(day, today())
    if meeting is None:
        return preview(data, draft_on(data, day, office, EXAMPLE).row(), known, office), Choice()
    choice = chosen(data, meeting.meeting_id).choice
    kept = last_snapshot(data, meeting.meeting_id)
    return kept or preview(data, meeting.row(), known, office), choice


def snapshot_of_period(data: Dataset, month: str, year: int, office: str) -> Snapshot:
    """Return what is known at the end of a reporting period, or today while it runs; not kept.

    It holds all reports of the period, also where a rakor met within it.

    Parameters
    ----------
    month
        ``B04``, ``B08`` or ``B12``.

    Raises
    ------
    ParameterError
        For a period that is none or has not begun.
    BeforeDataError
        For one before anything is known.
    """
    period = period_named(month, year)
    last = min(period.end.date(), today())
    before = previous_period(period)
    mark = RakorMark(before.end, before.key, assumed=True)
    return preview(data, draft_on(data, last, office, EXAMPLE).row(), last, office, mark=mark)


def period_named(month: str, year: int) -> ReportingPeriod:
    """Return a reporting period by its name.

    Raises
    ------
    ParameterError
        When there is none of that name, or it has not begun.
    """
    known = {f"B{number:02d}": number for number in REPORTING_MONTHS}
    if month not in known or not 1 <= year < date.max.year:
        raise ParameterError("period", f"{month} {year}", ", ".join(known))
    period = period_of(date(year, known[month], 1))
    if period.start.date() > today():
        raise ParameterError("period", period.key, f"… {period_of(today()).key}")
    return period
