"""Numbers are written as the language writes them: in tables, texts, fields and charts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pandas as pd
import pytest

from services.hotspots.tables import decimals, readable, setting
from services.texts import read_number, text

ROOT = Path(__file__).resolve().parents[2]
FIELDS, COLUMN = {"number_input", "slider"}, "NumberColumn"
SAME_IN_BOTH = 999
"""A whole number up to here is written the same in both languages."""
NO_AMOUNT = ("seed", "places.lon", "places.lat")
"""Fields of numbers that are no amounts: a seed, and coordinates that are pasted."""
WRITTEN = re.compile(r"^[<>^+]?,?\.?\d*[fg,]$|,d$")
OWN_TABLES = {
    "pages/components/show.py": "this is where tables are drawn",
    "pages/components/bring.py": "rows of a file, as they stand in it",
}
NOT_READ = {
    "services/hotspots/tables.py": "this is where tables and settings are written",
    "services/plan/tracks.py": "coordinates of GPX",
    "services/briefing/files/svg.py": "coordinates of SVG",
    "services/risk/picture/words.py": "widths of a style sheet",
    "services/risk/picture/tables.py": "widths of a style sheet",
    "services/network/piers.py": "the range of coordinates that an error expects",
}
"""Modules that write numbers for machines."""
CHART = re.compile(r"%\{[^}]*:[^}]*[fd%]\}|tickformat=\"[.,][^\"]*\"")


def test_decimals_are_as_many_as_the_column_needs() -> None:
    table = pd.DataFrame(
        {
            "index": [0.1, 0.179, None],
            "police": pd.array([304, None, 1377], dtype="Int64"),
            "share": [0.0, 12.5, 100.0],
            "long": [1 / 3, 0.5, 0.0],
            "name": ["a", "b", "c"],
            "yes": [True, False, True],
        }
    )
    assert decimals(table) == {"index": 3, "police": 0, "share": 1, "long": 3}


@pytest.mark.parametrize(
    ("value", "digits", "lang", "words"),
    [
        (0.179, 3, "id", "0,179"),
        (1822, 0, "id", "1.822"),
        (1822.5, 1, "id", "1.822,5"),
        (1822.5, 1, "en", "1,822.5"),
        (float("nan"), 3, "id", "–"),
    ],
)
def test_a_number_is_written_as_its_language_does(
    value: float, digits: int, lang: str, words: str
) -> None:
    assert readable(value, digits, lang) == words


def test_a_missing_whole_number_is_a_dash_not_zero() -> None:
    assert readable(pd.NA, 0, "id") == "–"  # type: ignore[arg-type]


def test_settings_keep_what_is_written_in_the_file() -> None:
    assert setting(0.35, "id") == "0,35"
    assert setting((0.9, 1, "a"), "id") == "0,9; 1; a"
    assert setting(0.35, "en") == "0.35"


def number_of(node: ast.expr) -> float | None:
    """Return the number an expression of constants stands for; None for any other."""
    try:
        value = eval(compile(ast.Expression(node), "", "eval"), {"__builtins__": {}})
    except Exception:
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def fields_past_the_language(source: str) -> list[str]:
    """Return the fields and columns that Streamlit would write as ``150000`` or ``3.00``."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        words = ast.unparse(node)
        if node.func.attr == "dataframe" and "on_select" not in words:
            found.append(words)  # `show.table` writes its numbers
        if node.func.attr == COLUMN:
            ends = {k.arg: number_of(k.value) for k in node.keywords if k.arg}
            most = ends.get("max_value")
            if most is None or most > SAME_IN_BOTH or not isinstance(ends.get("step"), int):
                found.append(words)
        elif node.func.attr in FIELDS and not any(name in words for name in NO_AMOUNT):
            given = [number_of(one) for one in node.args[1:]]
            if any(isinstance(one, float) or (one or 0) > SAME_IN_BOTH for one in given):
                found.append(words)
    return found


def written_past_the_language(source: str) -> list[str]:
    """Return the numbers of f-strings that have the marks of one language."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FormattedValue)
        and node.format_spec is not None
        and WRITTEN.search(
            "".join(str(p.value) for p in ast.walk(node.format_spec) if isinstance(p, ast.Constant))
        )
    ]


def test_no_field_chart_or_sentence_writes_numbers_past_the_language() -> None:
    found = {}
    for path in (p for layer in ("pages", "services") for p in (ROOT / layer).rglob("*.py")):
        source, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        asked = name.startswith("pages") and name not in OWN_TABLES
        wrong = fields_past_the_language(source) if asked else []
        wrong += [] if name in NOT_READ else written_past_the_language(source)
        # Each figure that writes numbers says how; one layout may serve several.
        if CHART.search(source) and "separators=" not in source:
            wrong.append("separators")
        if wrong:
            found[name] = wrong
    assert found == {}


def test_the_check_finds_what_it_is_for() -> None:
    for field in (
        "st.number_input(w, 1.0, 600.0, a)",
        "st.number_input(w, 20, 5000, a, 20)",
        "st.number_input(w, 0, 10**6)",
        'c.NumberColumn(w, min_value=0, format="localized")',
        "c.NumberColumn(w, max_value=24.0)",
        "st.dataframe(rows, hide_index=True)",
    ):
        assert fields_past_the_language(field), field
    assert not fields_past_the_language("st.number_input(w, 1, 50, a); st.number_input(t('seed'))")
    assert written_past_the_language('f"{x:,.1f}"')
    assert written_past_the_language('f"{x:.3f} {y:g}"')
    assert not written_past_the_language('f"{when:%d/%m} {n:02d} {x}"')


@pytest.mark.parametrize(
    ("words", "indonesian", "english"),
    [
        ("150.000", 150_000.0, 150.0),
        ("3,00", 3.0, 3.0),
        ("3.5", 3.5, 3.5),
        ("0,005", 0.005, None),
        ("1,234.5", None, 1234.5),
        ("nan", None, None),
        ("", None, None),
    ],
)
def test_what_is_typed_is_read_as_it_is_written(
    words: str, indonesian: float | None, english: float | None
) -> None:
    assert (read_number(words, "id"), read_number(words, "en")) == (indonesian, english)


def test_a_whole_number_in_a_text_has_the_marks_of_its_language() -> None:
    one = {"places": 4116, "warehouses": 1, "piers": 1, "trucks": 1}
    assert text("needs.sub", "id", **one).startswith("4.116 ")
    assert text("needs.sub", "en", **one).startswith("4,116 ")
