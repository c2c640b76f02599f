"""A warning in words: its title, why it was raised, what to do, and what it rests on."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from analytics.warning.rules import LEVELS, Rule
from analytics.warning.silence import AREA
from services.dataset import Dataset
from services.reports.watch import weights
from services.texts import day, event_day, label, number, text
from services.warning.today import rules
from services.wording import source_name

Facts = Mapping[str, Any]


class _Asked(NamedTuple):
    """What the reason of a rule is worded from."""

    facts: Facts
    data: Dataset
    rule: Rule
    lang: str


_OTHER = "lainnya"
_LETTERS, _AGENCY_LETTERS = 110, 28
"""Of a summary in a reason, and of an agency in a title."""


def warning_title(row: pd.Series, data: Dataset, lang: str) -> str:
    """Return place and matter of a ``row`` of `services.warning.today.warnings_on`, <= 14 words."""
    place = short_place(str(row["place_code"]), data)
    return text("warning.title", lang, place=place, what=_TITLES[row["rule"]](row["facts"], lang))


def short_place(code: str, data: Dataset) -> str:
    """Return a unit with its kabupaten, such as ``Desa …, Kab. …``."""
    parts = data.place_names.get(code, code).split(", ")
    return parts[0] if len(parts) == 1 else f"{parts[0]}, {parts[-1]}"


def _title_due(facts: Facts, lang: str) -> str:
    left = int(facts["days_to"])
    if left < 0:
        return text("warning.title_overdue", lang, n=-left)
    kind = label("warning_due", facts["kind"], lang)
    key = "warning.title_due" if left else "warning.title_due_today"
    return text(key, lang, kind=kind, n=left) if left else text(key, lang, kind=kind)


def _title_logistics(facts: Facts, lang: str) -> str:
    left = int(facts["days_left"])
    if left < 0:
        return text("warning.title_logistics_after", lang)
    return text("warning.title_logistics", lang, n=left)


def _title_potensi(facts: Facts, lang: str) -> str:
    named = facts["category"] != _OTHER
    category = (
        label("category", facts["category"], lang) if named else label("kind", "potensi", lang)
    )
    if facts["stale"]:
        return text("warning.title_stale", lang, category=category, n=facts["unrenewed_days"])
    return text("warning.title_potensi", lang, category=category)


def _title_silence(facts: Facts, lang: str) -> str:
    if facts["what"] == AREA:
        when, n = _day(facts["last"], lang, "short"), int(facts["n_places"])
        if n > 1:
            return text("warning.title_areas", lang, n=n, day=when)
        return text("warning.title_area", lang, day=when)
    agency = textwrap.shorten(str(facts["agency"]), _AGENCY_LETTERS, placeholder=" …")
    return text("warning.title_agency", lang, agency=agency, n=facts["silent_days"])


_TITLES: dict[str, Callable[[Facts, str], str]] = {
    "putusan": _title_due,
    "logistik": _title_logistics,
    "aksi": lambda facts, lang: text("warning.title_assembly", lang, n=facts["days_to"]),
    "potensi": _title_potensi,
    "klaster": lambda facts, lang: text("warning.title_cluster", lang, n=facts["observed"]),
    "tempat": lambda _, lang: text("warning.title_place", lang),
    "hening": _title_silence,
}


def warning_reason(row: pd.Series, data: Dataset, lang: str) -> str:
    """Return which rule fired on what, of a ``row`` of `services.warning.today.warnings_on`."""
    facts: Facts = row["facts"]
    body = _BODIES[row["rule"]](_Asked(facts, data, rules()[row["rule"]], lang))
    also = [label("warning_rule", name, lang) for name in facts.get("also", ())]
    said = [_strength(row, lang)]
    if also:
        said.append(text("warning.also", lang, rules=", ".join(also)))
    name = label("warning_rule", row["rule"], lang)
    return text("warning.reason", lang, rule=name, body=body, strength=" ".join(said))


def _strength(row: pd.Series, lang: str) -> str:
    level, facts = label("warning_level", row["level"], lang).lower(), row["facts"]
    if "level_by" in facts:
        by = label("warning_rule", facts["level_by"], lang)
        return text("warning.strength_by", lang, level=level, rule=by)
    least = rules()[row["rule"]].levels[LEVELS.index(row["level"])]
    value, threshold = (number(one, lang, 1) for one in (facts["strength"], least))
    return text("warning.strength", lang, value=value, level=level, least=threshold)


def _due(asked: _Asked) -> str:
    facts, _, rule, lang = asked
    left = int(facts["days_to"])
    what = _shortened(facts["title"]) or label("warning_due", facts["kind"], lang)
    shared = {"what": what, "day": _day(facts["due"], lang), "n": abs(left)}
    shared |= {"tied": facts["n_tied"], "days": rule.days("tied_days")}
    if left < 0:
        return text("warning.reason_overdue", lang, **shared)
    return text("warning.reason_due", lang, items=facts["n_items"], **shared)


def _logistics(asked: _Asked) -> str:
    facts, _, rule, lang = asked
    days = rule.days("report_days")
    parts = {
        "n_reports": text("warning.lack_reports", lang, n=facts["n_reports"], days=days),
        "n_behind": text("warning.lack_behind", lang, n=facts.get("n_behind", 0)),
        "behind_days": text("warning.lack_days", lang, n=facts.get("behind_days", 0)),
        "missing": text("warning.lack_missing", lang, n=facts.get("missing", 0)),
        "late_tps": text("warning.lack_tps", lang, n=facts.get("late_tps", 0)),
    }
    said = [words for name, words in parts.items() if facts.get(name)]
    if "in_time_share" in facts:
        share = number(100 * facts["in_time_share"], lang, 1)
        said.append(text("warning.lack_plan", lang, share=share))
    left = int(facts["days_left"])
    key = "warning.reason_logistics_after" if left < 0 else "warning.reason_logistics"
    name = label("election", facts["election"], lang)
    return text(key, lang, election=name, n=abs(left), list="; ".join(said))


def _assembly(asked: _Asked) -> str:
    facts, _, _, lang = asked
    return text(
        "warning.reason_assembly",
        lang,
        what=_shortened(facts["title"]) or label("family", "unjuk_rasa", lang),
        n=facts["days_to"],
        tied=facts["n_tied"],
        own=facts["n_own"],
    )


def _potensi(asked: _Asked) -> str:
    facts, data, rule, lang = asked
    shared = {
        "open": facts["n_open"],
        "severity": facts["severity"],
        "unrenewed": facts["unrenewed_days"],
        "what": _report_words(facts["report_id"], data, lang),
    }
    if facts["stale"]:
        return text("warning.reason_stale", lang, days=rule.days("stale_days"), **shared)
    return text(
        "warning.reason_potensi",
        lang,
        recent=facts["n_recent"],
        days=rule.days("rising_days"),
        violent=facts["n_violent"],
        violent_days=rule.days("violent_days"),
        **shared,
    )


def _cluster(asked: _Asked) -> str:
    facts, _, _, lang = asked
    return text(
        "warning.reason_cluster",
        lang,
        observed=facts["observed"],
        expected=number(facts["expected"], lang, 1),
        months=number(facts["recurrence_months"], lang, 1),
        day=_day(facts["window_start"], lang),
        scanned=_day(facts["scanned_on"], lang),
    )


def _place(asked: _Asked) -> str:
    facts, data, _, lang = asked
    return text(
        "warning.reason_place",
        lang,
        score=number(facts["score"], lang, 1),
        konflik=facts["n_konflik"],
        potensi=facts["n_potensi"],
        agenda=facts["n_agenda"],
        now=facts["n_now"],
        before=facts["n_before"],
        days=weights().change_days,
        what=_report_words(facts["report_id"], data, lang),
    )


def _silence(asked: _Asked) -> str:
    facts, _, _, lang = asked
    shared = {
        "agency": facts["agency"],
        "day": _day(facts["last"], lang),
        "days": facts["silent_days"],
    }
    if facts["what"] == AREA:
        return text("warning.reason_area", lang, n=facts["n_places"], **shared)
    usual, gaps = facts["usual_days"], facts["n_gaps"]
    return text("warning.reason_agency", lang, usual=usual, gaps=gaps, **shared)


_BODIES: dict[str, Callable[[_Asked], str]] = {
    "putusan": _due,
    "logistik": _logistics,
    "aksi": _assembly,
    "potensi": _potensi,
    "klaster": _cluster,
    "tempat": _place,
    "hening": _silence,
}


def warning_action(row: pd.Series, lang: str) -> str:
    """Return the action that a ``row`` of `services.warning.today.warnings_on` suggests."""
    if row["facts"].get("stale"):
        return text("warning.action_stale", lang)
    return _ACTIONS[rules()[row["rule"]].action](lang)


_ACTIONS: dict[str, Callable[[str], str]] = {
    "putusan": lambda lang: text("warning.action_putusan", lang),
    "logistik": lambda lang: text("warning.action_logistik", lang),
    "aksi": lambda lang: text("warning.action_aksi", lang),
    "potensi": lambda lang: text("warning.action_potensi", lang),
    "klaster": lambda lang: text("warning.action_klaster", lang),
    "tempat": lambda lang: text("warning.action_tempat", lang),
    "hening": lambda lang: text("warning.action_hening", lang),
}


def evidence_links(row: pd.Series, data: Dataset, lang: str) -> list[tuple[str, str]]:
    """Return what a ``row`` of `services.warning.today.warnings_on` rests on.

    Pairs of words and address: of the source where one is known, else of a page of the product on
    the day of the warning. An affair is left out where its reports are listed.
    """
    as_of, found = str(row["facts"]["as_of"]), []
    told = {one for kind, one in row["evidence"] if kind == "report"}
    reports = data.reports[data.reports["report_id"].isin(told)].set_index("report_id")
    reports = reports[~reports.index.duplicated()]
    agenda = data.agenda.drop_duplicates("agenda_id").set_index("agenda_id")
    shown = set(reports["perkara_id"])
    for kind, one in row["evidence"]:
        if kind == "report" and one in reports.index:
            report = reports.loc[one]
            words = _report_words(one, data, lang)
            found.append((words, _source(report, data) or _page("linimasa", as_of)))
            further = data.sources_of(one, report["source_id"])[1:]
            found += [
                (source_name(key, data, lang, alone=False), data.source_urls[key])
                for key in further
            ]
        elif kind == "agenda" and one in agenda.index:
            item = agenda.loc[one]
            words = f"{day(item['date_start'], lang, 'short')}: {_shortened(item['title'])}"
            found.append((words, _source(item, data) or _page("linimasa", as_of)))
        elif kind != "affair" or one not in shown:
            found.append(_other(kind, one, data, as_of, lang))
    return found


def _other(kind: str, one: str, data: Dataset, as_of: str, lang: str) -> tuple[str, str]:
    """Return words and address of what is neither report nor agenda."""
    if kind == "dispute":
        return _dispute(one, data, as_of, lang)
    first, _, rest = one.partition("/")
    page, on = "distribusi", as_of
    if kind == "scan":
        level = label("level", rest.rpartition("/")[2], lang).lower()
        words = text("warning.evidence_scan", lang, level=level, day=_day(first, lang, "short"))
        page, on = "hotspot", first
    elif kind == "coverage":
        place, when = short_place(first, data), _day(rest, lang, "short")
        words, page = text("warning.evidence_coverage", lang, place=place, day=when), "data"
    elif kind == "agency":
        words, page = text("warning.evidence_agency", lang, agency=one), "data"
    elif kind == "affair":
        title = str(data.affair_titles.get(one, one))
        words, page = text("warning.evidence_affair", lang, title=title), "linimasa"
    elif kind == "procurement":
        item = label("procurement_item", rest.partition("/")[0], lang)
        words = text("warning.evidence_procurement", lang, item=item)
    elif kind == "receipts":
        words = text("warning.evidence_receipts", lang, election=label("election", first, lang))
    else:
        words = text("warning.evidence_plan", lang)
    return words, _page(page, on)


def _dispute(one: str, data: Dataset, as_of: str, lang: str) -> tuple[str, str]:
    rows = data.read("disputes")
    own = rows[rows["dispute_id"].eq(one)].iloc[0]
    place = data.place_names.get(str(own["unit_code"]), str(own["unit_code"]))
    kind = label("dispute_kind", own["kind"], lang)
    words = text("warning.evidence_dispute", lang, kind=kind, place=place)
    return words, _source(own, data) or _page("kerawanan", as_of)


def _page(name: str, as_of: str) -> str:
    return f"/{name}?tanggal={as_of}"


def _source(row: pd.Series, data: Dataset) -> str:
    url = data.source_urls.get(str(row["source_id"]))
    return url if isinstance(url, str) else ""


def _report_words(report_id: str, data: Dataset, lang: str) -> str:
    rows = data.reports[data.reports["report_id"].eq(report_id)]
    if rows.empty:
        return ""
    report = rows.iloc[0]
    when = event_day(report["date_event"], report["date_precision"], lang)
    return f"{when}: {_shortened(report['summary'])}"


def _shortened(words: object) -> str:
    if not isinstance(words, str):
        return ""
    return textwrap.shorten(words.rstrip("."), _LETTERS, placeholder=" …") + "."


def _day(iso: str, lang: str, style: str = "long") -> str:
    return day(date.fromisoformat(iso), lang, style)


def warning_json(row: pd.Series, data: Dataset, lang: str) -> dict[str, object]:
    """Return a ``row`` of `services.warning.today.warnings_on` for programs; unknown is null."""
    chance = float(row["probability"])
    return {
        "id": row["warning_id"],
        "rule": row["rule"],
        "level": row["level"],
        "place_code": row["place_code"],
        "place": data.place_names.get(str(row["place_code"]), str(row["place_code"])),
        "place_level": row["place_level"],
        "stage": None if pd.isna(row["stage"]) else row["stage"],
        "since": row["since"].date().isoformat(),
        "horizon_days": int(row["horizon_days"]),
        "probability": None if pd.isna(chance) else round(chance, 3),
        "confidence": row["confidence"],
        "title": warning_title(row, data, lang),
        "reason": warning_reason(row, data, lang),
        "action": warning_action(row, lang),
        "owner": row["owner"],
        "subject": row["subject"],
        "evidence": [{"kind": kind, "id": one} for kind, one in row["evidence"]],
        "facts": row["facts"],
    }
