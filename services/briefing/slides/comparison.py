"""The slides that set a snapshot beside that of the meeting before."""

from __future__ import annotations

import pandas as pd

from services.briefing.change.compare import SINCE, YEAR, Comparison
from services.briefing.change.map import (
    LEVEL,
    class_of,
    map_legend,
    map_rows,
    points_of,
    unit_words,
)
from services.briefing.change.words import (
    counts_line,
    days,
    headline,
    limit_lines,
    said,
    score_lines,
)
from services.briefing.deck import Area, Figure, Figures, Legend, Map, Marker, Slide
from services.briefing.facts.areas import FAMILY
from services.briefing.slides.common import grid, lines
from services.briefing.slides.places import bounds_of
from services.maps import MIXED
from services.texts import label, number, signed, text

_MOST_ROWS, _MOST_TOLD, _MOST_LETTERS = 6, 3, 3
_ERROR_DIGITS = 2


def comparison_slides(found: Comparison, lang: str) -> tuple[Slide, ...]:
    """Return what changed: figures, the map of change, and what came of what was said.

    The deck that shows them is that of the later snapshot: its land is painted.
    """
    return _figures(found, lang), _changes(found, lang), _results(found, lang)


def _say(key: str, lang: str, **gaps: object) -> str:
    return text(f"compare_slide.{key}", lang, **gaps)


def _figures(found: Comparison, lang: str) -> Slide:
    first, last = days(found, lang)
    rows = found.figures
    year = rows[rows["window"].eq(YEAR)]
    since = rows[rows["window"].eq(SINCE) & ~rows["family"].isin(year["family"])]
    uneven = bool(since["before_days"].ne(since["after_days"]).any())
    row_key, of, digits = ("row_rate", "_rate", 1) if uneven else ("row_since", "", 0)
    cells = [
        (
            _say("row_year", lang, family=label("slide_family", row["family"], lang)),
            number(row["before"], lang),
            number(row["after"], lang),
            signed(row["change"], lang),
        )
        for _, row in year.iterrows()
    ]
    cells += [
        (
            _say(row_key, lang, family=label("slide_family", row["family"], lang)),
            number(row[f"before{of}"], lang, digits),
            number(row[f"after{of}"], lang, digits),
            signed(row["change"], lang),
        )
        for _, row in since.iterrows()
    ]
    heads = (_say("figure", lang), first, last, _say("change", lang))
    return Slide(
        key="banding",
        title=headline(found, lang),
        main=grid(heads, cells, (3.6, 1.7, 1.7, 1.5), _MOST_ROWS, (False, True, True, True)),
        side=(
            lines(
                (
                    counts_line("compare.watch_line", found.watch, lang),
                    counts_line("compare.potensi_line", found.potensi, lang),
                )
            ),
        ),
        notes="\n".join(limit_lines(found, lang)),
        sources=_say("source", lang),
        marks=(_say("mark", lang),) if uneven else (),
    )


def _changes(found: Comparison, lang: str) -> Slide:
    rows, family = map_rows(found), label("slide_family", FAMILY, lang)
    known = rows.dropna(subset="change")
    title = _say("title_map_unlike", lang, family=family)
    if len(known):
        title = _say(
            "title_map",
            lang,
            family=family,
            n=len(rows),
            up=int(known["change"].gt(0).sum()),
            down=int(known["change"].lt(0).sum()),
            even=int(known["change"].eq(0).sum()),
        )
    order = known.assign(size=known["change"].abs()).sort_values(
        ["size", "change", "code"], ascending=[False, False, True]
    )
    told = [unit_words(row, lang) for _, row in order.iterrows() if row["size"]]
    return Slide(
        key="banding_peta",
        title=title,
        main=_map(found, rows, lang),
        side=(lines([*told[:_MOST_TOLD], *_unlike(rows, lang)]),),
        notes="\n".join(unit_words(row, lang) for _, row in rows.iterrows()),
        sources=_say("source", lang),
    )


def _unlike(rows: pd.DataFrame, lang: str) -> list[str]:
    """Return one unit that is not compared, with its reason; none where all are."""
    return [unit_words(row, lang) for _, row in rows[rows["change"].isna()].head(1).iterrows()]


def _map(found: Comparison, rows: pd.DataFrame, lang: str) -> Map:
    land = found.later.content["land"][LEVEL]
    first, last = days(found, lang)
    drawn = rows[rows["code"].isin(points := points_of(land))]
    areas = {
        str(row["code"]): Area(
            "" if row["reason"] else class_of(row["change"])[1],
            unit_words(row, lang),
            hatched=bool(row["reason"]),
        )
        for _, row in drawn.iterrows()
    }
    markers = tuple(
        Marker(
            *points[str(row["code"])],
            colour=MIXED,
            words=unit_words(row, lang),
            label=signed(row["change"], lang)[:_MOST_LETTERS],
        )
        for _, row in drawn.dropna(subset="change").iterrows()
        if row["change"]
    )
    legend = [
        Legend(colour, words, hatched=not colour) for colour, words in map_legend(drawn, lang)
    ]
    if markers:
        legend.append(Legend(MIXED, _say("sign", lang), "circle"))
    family = label("slide_family", FAMILY, lang)
    return Map(
        key="banding",
        title=_say("map", lang, family=family, first=first, last=last),
        level=LEVEL,
        areas=areas,
        legend=tuple(legend),
        bounds=bounds_of(land, [(one.lon, one.lat) for one in markers]),
        source=_say("source", lang),
        markers=markers,
    )


def _results(found: Comparison, lang: str) -> Slide:
    first, _ = days(found, lang)
    title = _say("title_result_none", lang, day=first)
    scores = found.scores.to_dict("index")
    if FAMILY in scores:
        gaps = {name: int(scores[FAMILY][name]) for name in ("came", "areas")}
        title = _say("title_result", lang, day=first, **gaps)
    figures = (_closed(found, lang), _done(found, lang), *_came(found, lang))
    told = [
        f"{said(row['title'], lang)}: {label('compare_state', row['state'], lang)}"
        for _, row in found.warnings.iterrows()
    ]
    told += [
        f"{row['decision']} ({row['owner']}): {label('compare_state', row['state'], lang)}"
        for _, row in found.actions.iterrows()
    ]
    return Slide(
        key="banding_hasil",
        title=title,
        main=Figures(figures),
        notes="\n".join([*score_lines(found, lang), *told, *limit_lines(found, lang)]),
        access="terbatas",
        sources=_say("source", lang),
    )


def _closed(found: Comparison, lang: str) -> Figure:
    rows = found.warnings
    were = rows[~rows["state"].isin(["baru", "baru_ditutup"])]
    n = len(rows) - len(were)
    value = _share(int(were["state"].eq("ditutup").sum()), len(were), lang)
    return Figure(value, _say("closed", lang), _say("note_new", lang, n=n))


def _done(found: Comparison, lang: str) -> Figure:
    rows = found.actions
    late = int(rows["state"].eq("lewat_waktu").sum())
    value = _share(int(rows["state"].eq("selesai").sum()), len(rows), lang)
    return Figure(value, _say("done", lang), _say("note_late", lang, n=late), late > 0)


def _share(n: int, total: int, lang: str) -> str:
    return _say("of", lang, n=n, total=total) if total else "–"


def _came(found: Comparison, lang: str) -> tuple[Figure, ...]:
    """Return where conflict came beside what was said of it, and the error of that."""
    scores = found.scores.to_dict("index")
    if FAMILY not in scores:
        return ()
    row = scores[FAMILY]
    rows = found.outlook[found.outlook["family"].eq(FAMILY)].sort_values("probability")
    chances = dict.fromkeys(said(words, lang) for words in rows["chance"].iloc[[0, -1]])
    came = Figure(
        _share(int(row["came"]), int(row["areas"]), lang),
        _say("came", lang),
        _say("note_said", lang, chance=" – ".join(chances)),
    )
    if pd.isna(row["brier"]):
        return (came, Figure("–", _say("outlook_error", lang), _say("not_scored", lang)))
    error, own = (number(row[name], lang, _ERROR_DIGITS) for name in ("brier", "brier_own"))
    return (came, Figure(error, _say("outlook_error", lang), _say("note_own", lang, own=own)))
