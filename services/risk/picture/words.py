"""Gambaran keamanan in words: the finding, the map of one family, and the lines of a place."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pandas as pd

from analytics.reports.places import inside
from analytics.risk.picture import HIGHER, grave_events, stood
from geo.maps.land import Dots, Outlined, Painted
from geo.maps.layers import escape
from services.dataset import Dataset
from services.hotspots.counts import report_points
from services.hotspots.headline import gravest
from services.hotspots.map import points_layer
from services.maps import CLASS, land_order
from services.risk.picture.lines import PARAMS, Picture, PictureQuery, picture
from services.risk.ranking import election_at
from services.texts import day, event_day, label, number, text
from services.wording import place_of, source_links, tag

WORDS = ("lebih_tinggi", "belum_dapat_dibedakan", "lebih_rendah")
COLOUR = dict(zip(WORDS, (CLASS["panas_99"], CLASS[""], CLASS["dingin_99"]), strict=True))
MARK = {"lebih_tinggi": "▲", "belum_dapat_dibedakan": "○", "lebih_rendah": "▼"}
"""A shape beside each colour."""
_SCALE_TOP = 8.0
"""The scale of a relative risk runs from 1/8 to 8, in steps of doubling."""
_TRACE = 0.1
MOST_LISTED = 12


def finding(found: Picture, lang: str) -> str:
    """Return the one sentence of a picture: what stands out and where, else the gravest event."""
    data, query = found.data, found.query
    if query.place is None and found.leads is None:
        waiting = potensi_words(found.potensi, lang)
        return text("gambaran.none", lang, grave=_grave_words(found, lang), potensi=waiting)
    if found.leads is not None:
        return _leading(found, *found.leads, lang)
    family = family_told(found)
    risk = [risk_words(found, family, lang)] if family in found.own.index else []
    history = _history_words(found, lang)
    leads = bool(risk) and found.own["word"][family] == HIGHER
    told = [*risk, *history] if leads else [*history, *risk]
    rest = "; ".join([*told, potensi_words(found.potensi, lang)])
    return text("gambaran.headline", lang, place=data.place_names[found.code], rest=rest)


def family_told(found: Picture) -> str:
    """Return the family that the headline is about; that of the map where none stands out."""
    if found.leads is not None:
        return found.leads[0]
    higher = (
        str(name)
        for name, row in found.own.iterrows()
        if row["word"] == HIGHER and row["affairs"] >= PARAMS.affairs_min
    )
    return next(higher, found.query.family)


def open_picture(data: Dataset, as_of: date) -> None:
    """Work out what the picture asks of the tables while nothing is chosen."""
    asked = PictureQuery(as_of, election_at(data, as_of))
    picture(data, replace(asked, family=family_told(picture(data, asked))))


def _leading(found: Picture, family: str, code: str, lang: str) -> str:
    """Return the sentence of the unit that stands out: how much, what is open, how grave."""
    row = found.risks[family].loc[[code]].iloc[0]
    potensi = found.potensi[inside(stood(found.potensi), code)]
    grave = gravest(grave_events(found.data.countable, found.query.as_of, code))
    parts = [
        _times_clause(found, family, row, lang),
        potensi_words(potensi, lang),
        *_grave_short(grave, lang),
    ]
    place = found.data.names[code]
    return text("gambaran.headline", lang, place=place, rest="; ".join(parts))


def _history_words(found: Picture, lang: str) -> list[str]:
    """Return the latest of the history of a place, if it has one, and how long it is."""
    if found.history.empty:
        return []
    last = found.history.iloc[0]
    return [
        text(
            "gambaran.history_last",
            lang,
            what=_category(last, lang),
            day=_history_day(last, lang),
            n=number(len(found.history), lang),
        )
    ]


def _history_day(row: pd.Series, lang: str) -> str:
    return "–" if pd.isna(row["date"]) else event_day(row["date"], row["precision"], lang)


def _family(family: str, lang: str) -> str:
    return label("family", family, lang).lower()


def _counted(row: pd.Series, lang: str) -> dict[str, str]:
    """Return how many affairs there were, and how many were expected; a trace is no zero."""
    few = 0 < row["expected"] < _TRACE
    expected = number(_TRACE if few else row["expected"], lang, 1)
    return {"n": number(row["affairs"], lang), "expected": f"< {expected}" if few else expected}


def _times(row: pd.Series, lang: str) -> dict[str, str]:
    return {
        "median": number(row["median"], lang, 1),
        "low": number(row["low"], lang, 1),
        "high": number(row["high"], lang, 1),
    }


def risk_words(found: Picture, family: str, lang: str) -> str:
    """Return the relative risk of the place in a family as a clause."""
    row = found.own.loc[[family]].iloc[0]
    name = _family(family, lang)
    if row["word"] == WORDS[1]:
        if row["affairs"]:
            return text("gambaran.cannot_tell", lang, family=name, **_counted(row, lang))
        # What came after watching ended is not counted, and stands in history.
        key = "gambaran.no_affair" if found.view.facts["watched"] else "gambaran.unwatched"
        return text(key, lang, family=name, end=day(found.view.end, lang))
    return _times_clause(found, family, row, lang)


def _times_clause(found: Picture, family: str, row: pd.Series, lang: str) -> str:
    """Return how many times what is expected; with its chance where the interval holds 1."""
    clause = text("gambaran.higher", lang, family=_family(family, lang), **_times(row, lang))
    if row["word"] != HIGHER or row["low"] > 1:
        return clause
    threshold = number(found.view.params.threshold, lang, 2)
    chance = number(100 * row["p_above"], lang)
    return clause + text("gambaran.chance", lang, threshold=threshold, chance=chance)


def potensi_words(rows: pd.DataFrame, lang: str) -> str:
    """Return how many potensi are open, and how long the most neglected waits for news.

    ``rows`` are of `analytics.reports.overview.open_potensi`.
    """
    if rows.empty:
        return text("gambaran.potensi_none", lang)
    return text(
        "gambaran.potensi_n",
        lang,
        n=number(len(rows), lang),
        days=number(rows["unrenewed_days"].max(), lang),
    )


def _grave_words(found: Picture, lang: str) -> str:
    row = found.gravest
    if row is None:
        return text("gambaran.grave_none", lang)
    since = pd.Timestamp(found.query.as_of) - pd.Timedelta(days=PARAMS.gravest_days)
    recent = row["date_event"] >= since
    return text(
        "gambaran.grave_year" if recent else "gambaran.grave",
        lang,
        what=_category(row, lang).lower(),
        place=found.data.names.get(str(row["unit"]), str(row["unit"])),
        day=event_day(row["date_event"], row["date_precision"], lang),
        severity=int(row["severity"]),
    )


def _grave_short(row: pd.Series | None, lang: str) -> list[str]:
    if row is None:
        return []
    when = event_day(row["date_event"], row["date_precision"], lang)
    return [text("gambaran.grave_short", lang, severity=int(row["severity"]), day=when)]


def _category(row: pd.Series, lang: str) -> str:
    return label("category", row["category"], lang)


def sub_line(found: Picture, lang: str, key: str = "gambaran.sub") -> str:
    """Return day of knowledge, period and n in one line; ``key`` is that of the text."""
    query, view = found.query, found.view
    return text(
        key,
        lang,
        day=day(query.as_of, lang, "short"),
        start=day(view.start, lang, "short"),
        end=day(view.end, lang, "short"),
        n=number(view.n_affairs, lang),
        family=_family(query.family, lang),
    )


def risk_rows(found: Picture, lang: str) -> str:
    """Return the relative risks as bars with intervals, a row each.

    A place has a row per family; the province has none of its own, so its kabupaten have one each
    in the family of the map.
    """
    if found.query.place is None:
        rows = found.risks[found.query.family].sort_values("median", ascending=False)
        names = [html.escape(str(name)) for name in rows["name"]]
    else:
        rows = found.own
        names = [tag(family, lang) for family in rows.index]
    if not rows["expected"].sum():
        return f'<div class="sb-empty">{html.escape(text("gambaran.nothing_counted", lang))}</div>'
    lines = [
        f'<tr><th scope="row">{name}</th><td>{_interval(row)}</td>'
        f'<td title="{html.escape(_counted_words(row, lang))}">'
        f"<b>{_times_words(row, lang)}</b></td>"
        f"<td>{_short_word(row, lang)}</td></tr>"
        for name, (_, row) in zip(names, rows.iterrows(), strict=True)
    ]
    head = "".join(
        f'<th scope="col">{html.escape(words)}</th>' if words else "<td></td>"
        for words in (
            "",
            "",
            text("gambaran.times_head", lang, share=number(100 * found.view.params.interval, lang)),
            "",
        )
    )
    return f'<table class="sb-lines"><tr>{head}</tr>{"".join(lines)}</table>'


def _counted_words(row: pd.Series, lang: str) -> str:
    head, counted = text("gambaran.counted_head", lang), " / ".join(_counted(row, lang).values())
    return f"{head}: {counted}"


def _times_words(row: pd.Series, lang: str) -> str:
    if not row["expected"]:
        return "–"  # no affair of this family anywhere: nothing is compared
    return html.escape(text("gambaran.times", lang, **_times(row, lang)))


def _word(row: pd.Series, lang: str) -> str:
    word = str(row["word"])
    return f"{MARK.get(word, '')} {html.escape(label('risk_word', word, lang))}"


def _short_word(row: pd.Series, lang: str) -> str:
    """Return the word of a risk; of one that cannot be told apart its mark alone, to be read."""
    if row["word"] != WORDS[1]:
        return _word(row, lang)
    title = html.escape(label("risk_word", WORDS[1], lang), quote=True)
    return f'<span title="{title}">{MARK[WORDS[1]]}</span>'


def _at(value: float) -> float:
    """Return where a relative risk stands on the scale, in per cent from the left."""
    steps = math.log2(min(max(value, 1 / _SCALE_TOP), _SCALE_TOP)) / math.log2(_SCALE_TOP)
    return round(50 + 50 * steps, 1)


def _interval(row: pd.Series) -> str:
    """Return an interval with its median as a bar; the line in the middle is "as expected"."""
    if not row["expected"]:
        return ""
    low, middle, high = (_at(float(row[name])) for name in ("low", "median", "high"))
    colour = COLOUR.get(str(row["word"]), "")
    fill = "#9aa7b0" if row["word"] == WORDS[1] else colour
    return (
        '<div class="sb-ci"><i></i>'
        f'<b style="left:{low}%;width:{high - low:.1f}%;background:{fill}"></b>'
        f'<u style="left:{middle}%"></u></div>'
    )


def risk_layers(found: Picture, lang: str) -> list[Dots | Painted | Outlined]:
    """Return the parts of the map coloured by the word of the chosen family, and its reports."""
    codes = land_order(found.data, found.map_level).codes
    rows = found.risks[found.query.family].reindex(list(codes))
    chosen = found.query.place
    layers: list[Dots | Painted | Outlined] = [
        Painted(
            level=found.map_level,
            fills={str(code): COLOUR.get(str(word)) for code, word in rows["word"].items()},
            tips={str(code): _tip(found, row, lang) for code, row in rows.iterrows()},
            selected=chosen,
        )
    ]
    if chosen is not None and found.level != found.map_level:
        layers.append(Outlined(found.level, chosen))
    dots = report_points(found.data, found.view.reports)
    if len(dots):
        layers.append(points_layer(dots, found.view.reports, found.data, lang))
    return layers


def _tip(found: Picture, row: pd.Series, lang: str) -> str:
    code = str(row.name)
    lines = [f"<b>{escape(found.data.place_names[code])}</b>"]
    if pd.isna(row["median"]):
        return lines[0]
    family = found.query.family
    lines.append(f"{escape(label('family', family, lang))}: {_word(row, lang)}")
    lines.append(escape(text("gambaran.times", lang, **_times(row, lang))))
    lines.append(escape(text("gambaran.counted", lang, **_counted(row, lang))))
    return "<br>".join(lines)


def legend(found: Picture, lang: str) -> list[tuple[str | None, str, int | None]]:
    """Return the three words with the number of units that each is said of."""
    counts = found.risks[found.query.family]["word"].value_counts()
    return [
        (COLOUR[word], f"{MARK[word]} {label('risk_word', word, lang)}",
         int(counts.get(word, 0)))
        for word in WORDS
    ]  # fmt: skip


def potensi_items(rows: pd.DataFrame, found: Picture, lang: str) -> list[str]:
    """Return ``rows`` of `open_potensi` as HTML, latest news first: age, owner, place, source."""
    ordered = rows.sort_values("unrenewed_days", kind="stable").head(MOST_LISTED)
    return [_potensi_item(row, found, lang) for _, row in ordered.iterrows()]


def _potensi_item(row: pd.Series, found: Picture, lang: str) -> str:
    data = found.data
    owner = row["agency"]
    owned = (
        text("gambaran.no_owner", lang)
        if pd.isna(owner)
        else text("gambaran.owner", lang, agency=str(owner))
    )
    age = text("gambaran.unrenewed", lang, days=number(row["unrenewed_days"], lang),
               day=day(row["renewed"], lang, "short"))  # fmt: skip
    stale = text("gambaran.stale", lang)
    mark = f' <span class="sb-alarm">{html.escape(stale)}</span>' if row["stale"] else ""
    links = _sources(row["report_id"], row["source_id"], found, lang)
    return (
        f'<span class="when">{html.escape(age)}</span>{mark}<br>{tag(row["family"], lang)} '
        f"<b>{html.escape(place_of(row, data, lang))}</b><br>{html.escape(str(row['summary']))}"
        f'<br><span class="sb-note">{html.escape(owned)} · {links}</span>'
    )


def _sources(entry_id: object, source: object, found: Picture, lang: str) -> str:
    """Return links to the sources of a report or dispute by the names of who published them."""
    links = source_links(str(entry_id), source, found.data, lang)
    return links or html.escape(text("report.no_source", lang))


def history_items(rows: pd.DataFrame, found: Picture, lang: str) -> Iterator[str]:
    """Yield ``rows`` of `place_history` as HTML, newest first: day, what, TPS or desa, source."""
    for _, row in rows.head(MOST_LISTED).iterrows():
        yield _history_item(row, found, lang)


def history_place(row: pd.Series, found: Picture, lang: str) -> str:
    """Return where a ``row`` of `place_history` was: its TPS where known, and the unit."""
    place = found.data.place_names.get(str(row["code"]), str(row["code"]))
    if pd.isna(row["tps"]):
        return place
    return text("dispute.tps", lang, tps=row["tps"], place=place)


def _history_item(row: pd.Series, found: Picture, lang: str) -> str:
    when = _history_day(row, lang)
    facts = [] if pd.isna(row["severity"]) else [
        text("report.severity", lang, n=int(row["severity"]))
    ]  # fmt: skip
    if pd.notna(row["deadline"]):
        facts.append(text("dispute.deadline", lang, day=day(row["deadline"], lang, "short")))
    told = [str(row[name]) for name in ("summary", "result") if pd.notna(row[name])][:1]
    sources = [
        _sources(entry, row[name], found, lang)
        for name, entry in (("source_id", row["entry_id"]), ("other_source_id", ""))
        if pd.notna(row[name])
    ]
    tail = " · ".join([*map(html.escape, facts), *dict.fromkeys(sources)])
    return (
        f'<span class="when">{html.escape(when)}</span> <b>{html.escape(_category(row, lang))}</b>'
        f" · {html.escape(history_place(row, found, lang))}"
        + "".join(f"<br>{html.escape(words)}" for words in told)
        + f'<br><span class="sb-note">{tail}</span>'
    )
