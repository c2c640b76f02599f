"""Write what can be imported from its declarations: fields, headings, rules, options and limits.

``python -m tools.import_docs`` writes `PAGES`; the prose stands in ``import_docs.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, get_args

from commands import imports as command
from data.ingest.files.limits import Limits
from data.ingest.kind import Field, Kind
from data.ingest.tables import TABLES
from data.ingest.words import expected
from data.store.rule import Rule
from data.store.rules import ALLOWED, BOUNDS, rules_on
from data.store.rules import TABLES as STORED
from services.ingest.kinds import CHECKED, KINDS, entry_of
from services.ingest.templates import field_words
from services.texts import label

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"en": ROOT / "docs" / "import.md", "id": ROOT / "docs" / "import.id.md"}
PROSE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_ANY_DAY = date(2024, 2, 14)
"""Rules that compare with a day are named alike on every day."""
_SHOWN_ELSEWHERE = {"too_long"}
_OF_MADE_VALUES = {"word_unknown", "malformed", "precision_wrong"}
"""Reasons that say nothing of a cell where the column is made of cells with other names."""
_SAID = {"said": command._SAID}


def page(lang: str) -> str:
    """Return the page of a language."""
    tabular = [entry.kind for entry in (*KINDS.values(), *CHECKED.values())]
    parts = [_kind_part(kind, lang) for kind in tabular]
    parts.append(f"### table\n\n{PROSE['about']['table'][lang]}\n")
    parts += [_kind_part(entry_of(f"table {name}").kind, lang) for name in TABLES]
    filled = {"options": _options(lang), "limits": _limits(lang), "kinds": "\n".join(parts)}
    text = str(PROSE["page"][lang])
    for gap, filling in filled.items():
        text = text.replace(f"{{{gap}}}", filling.strip())
    return text.lstrip()


def _words(name: str, lang: str) -> str:
    return str(PROSE["words"][name][lang])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def _options(lang: str) -> str:
    rows = []
    for name, (annotation, _) in command._OPTIONS.items():
        option = get_args(annotation)[1]
        # What stands first in an option that is annotated is its flag, not a default.
        flag = option.default if isinstance(option.default, str) else f"--{name.replace('_', '-')}"
        words = option.help if lang == "en" else PROSE["option"][name][lang]
        rows.append((f"`{flag}`", words))
    return _table([_words("option", lang), _words("meaning", lang)], rows)


def _limits(lang: str) -> str:
    usual = Limits()
    rows = [
        (
            f"`SIAGA_MAX_{one.name.upper()}`",
            PROSE["limit"][one.name][lang],
            str(getattr(usual, one.name)),
        )
        for one in fields(Limits)
    ]
    heads = [_words(name, lang) for name in ("variable", "meaning", "usual")]
    return _table(heads, rows)


def _kind_part(kind: Kind, lang: str) -> str:
    """Return what is to be known of a kind: words, needs, key, options and its fields."""
    own = kind.name.startswith("table ")
    title = f"#### {kind.name}" if own else f"### {label('import_kind', kind.name, lang)}"
    lines = [title if own else f"{title} (`{kind.name}`)", ""]
    if not own:
        lines += [PROSE["about"][kind.name][lang], ""]
        lines += [_words("whole", lang), ""] if kind.whole else []
    lines += [f"* {_words('needs', lang)}: {_needs(kind, lang)}"]
    lines += [f"* {_words('key', lang)}: {key}"] if (key := _key(kind)) else []
    options = [flag for one in kind.options for flag in _SAID.get(one, (one,))]
    if options:
        lines += [f"* {_words('options', lang)}: {', '.join(f'`--{one}`' for one in options)}"]
    heads = [_words(name, lang) for name in ("field", "headings", "holds", "rules", "example")]
    rows = [_row(kind, field, lang) for field in kind.fields]
    if own:
        heads, rows = heads[:4], [row[:4] for row in rows]
    return "\n".join([*lines, "", _table(heads, rows), ""])


def _key(kind: Kind) -> str:
    """Return the fields that tell rows apart; none where the key is made of other cells."""
    names = {field.name for field in kind.fields}
    keys = [
        one if one in names else kind.fields_of(one)[0] for one in kind.keys if one not in kind.made
    ]
    whole = len(keys) == len(kind.keys) and names.issuperset(keys)
    return ", ".join(f"`{name}`" for name in keys) if whole else ""


def _needs(kind: Kind, lang: str) -> str:
    """Return the sets of fields of which one must be there, group by group."""
    groups = []
    known = {field.name for field in kind.fields}
    for need in kind.needs:
        sets = [" + ".join(f"`{n}`" for n in some) for some in need.any_of if known >= set(some)]
        groups.append(f" {_words('or', lang)} ".join(sets))
    return "; ".join(groups)


def _row(kind: Kind, field: Field, lang: str) -> tuple[str, ...]:
    tiers = " › ".join(", ".join(tier) for tier in kind.headings[field.name])
    holds = field_words(field, lang)
    if field.default is not None:
        holds += f"; {_words('default', lang)} {field.default}"
    rules = "; ".join(dict.fromkeys(_rules(kind, field, lang)))
    return f"`{field.name}`", tiers, holds, rules, _example(field, lang)


def _example(field: Field, lang: str) -> str:
    text = (field.example or (field.type.example if field.type else "")).split("|")[0]
    gaps = {name: f"‹{words[lang]}›" for name, words in PROSE["gap"].items()}
    return "" if text == "-" else text.format(**gaps)


def _rules(kind: Kind, field: Field, lang: str) -> Iterable[str]:
    """Yield the rules of the table that a field is blamed for first."""
    asked = {name for need in kind.needs for some in need.any_of for name in some}
    always = {
        name
        for need in kind.needs
        for name in set(need.any_of[0]).intersection(*map(set, need.any_of))
    }
    named = kind.table.name if kind.table.name in STORED else None
    for rule in rules_on(named, _ANY_DAY) if named else ():
        blamed = kind.fields_of(rule.column)
        shown = next((name for name in blamed if name in asked), blamed[0])
        if shown != field.name or rule.reason in _SHOWN_ELSEWHERE:
            continue
        if _is_required(kind, rule):
            if field.name in always:
                yield expected("required", lang)
            elif field.name in asked and rule.reason != "required":
                yield expected(rule.reason, lang)
        else:
            yield from _rule_words(kind, field, rule, lang)


def _is_required(kind: Kind, rule: Rule) -> bool:
    """Return whether a rule is the one that a column is never empty."""
    first = next(r for r in rules_on(kind.table.name, _ANY_DAY) if r.column == rule.column)
    return rule is first and not kind.table.c[rule.column].nullable


def _rule_words(kind: Kind, field: Field, rule: Rule, lang: str) -> Iterable[str]:
    key = (kind.table.name, rule.column)
    if rule.reason in _OF_MADE_VALUES and rule.column != field.name:
        return
    if rule.reason == "required":  # together with another cell: the words of the kind say when
        return
    if rule.reason == "word_unknown":
        if field.type and not field.type.choices:
            yield ", ".join(ALLOWED[key])
    elif key in BOUNDS and rule.reason == BOUNDS[key].reason:
        yield _span(key)
    elif rule.reason == "malformed" and lang == "en":
        yield rule.expected
    else:
        yield expected(rule.reason, lang)


def _span(key: tuple[str, str]) -> str:
    """Return bounds in signs."""
    bounds: Any = BOUNDS[key]
    low = f"{'>' if bounds.above else '≥'} {bounds.low:.10g}"
    return low if bounds.high == float("inf") else f"{low}, ≤ {bounds.high:.10g}"


if __name__ == "__main__":
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
