"""What Streamlit reads as Markdown holds no text of a file or a person that is not made plain."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRST = {
    "button", "caption", "checkbox", "date_input", "download_button", "error", "expander",
    "file_uploader", "form_submit_button", "header", "info", "markdown", "multiselect",
    "number_entry", "number_input", "pills", "popover", "radio", "segmented_control",
    "select_slider", "selectbox", "slider", "spinner", "status", "subheader", "success", "tabs",
    "text_area", "text_input", "time_input", "toast", "toggle", "warning",
}  # fmt: skip
"""Elements whose first argument is Markdown."""
HANDING_ON = {
    "_clock", "amount", "choice", "maybe", "number_entry", "past_day", "several", "switch", "typed",
}  # fmt: skip
"""Functions of ours whose second argument is the title of an element."""
SECOND = {"progress", "page_link", *HANDING_ON}
BY_NAME = {"help", "label", "title", "words"}
CHOICES = {"pills", "radio", "segmented_control"}
"""Elements that read each of their choices as Markdown."""
ALLOWED = {
    ("entrance", "info"): "how to ask for access, from the settings of whoever runs the server",
    ("entrance", "error"): "an address of the server",
    ("entrance", "popover"): "an account, which a pattern holds to letters, digits and points",
    ("lodged", "success"): "a day, a horizon and a digest",
    ("ends", "download_button"): "the name of a format",
}
WORDS = {"t", "text", "label"}
"""What gives words of the catalogue; what is put into their gaps is looked at."""
HARMLESS = {
    "day", "int", "len", "near_day", "number", "plain", "round", "setting",
    "sum", "title", "_place_words",
}  # fmt: skip
"""What gives a number, a day or a plain text."""


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def parts_of(words: ast.expr) -> list[ast.expr] | None:
    """Return what an expression is put together of; None where that cannot be told."""
    if isinstance(words, ast.Call) and name_of(words) in WORDS:
        return [one.value for one in words.keywords]
    if isinstance(words, ast.Call):
        return [] if name_of(words) in HARMLESS else None
    for kind, fields in _PARTS.items():
        if isinstance(words, kind):
            found = [getattr(words, field) for field in fields]
            return [one for some in found for one in (some if isinstance(some, list) else [some])]
    return None


_PARTS: dict[type[ast.expr], tuple[str, ...]] = {
    ast.Constant: (), ast.IfExp: ("body", "orelse"), ast.BoolOp: ("values",),
    ast.JoinedStr: ("values",), ast.FormattedValue: ("value",), ast.BinOp: ("left", "right"),
    ast.List: ("elts",), ast.Tuple: ("elts",), ast.Starred: ("value",), ast.Dict: ("values",),
    ast.ListComp: ("elt",), ast.DictComp: ("value",),
}  # fmt: skip


def is_plain(words: ast.expr, values: dict[str, list[ast.expr]], seen: frozenset[str]) -> bool:
    """Return whether an expression holds nothing but the product's own words and numbers."""
    if isinstance(words, ast.Name):
        if words.id.isupper():
            return True
        given = [] if words.id in seen else values.get(words.id, [])
        return bool(given) and all(is_plain(one, values, seen | {words.id}) for one in given)
    parts = parts_of(words)
    return parts is not None and all(is_plain(one, values, seen) for one in parts)


def assigned(function: ast.AST) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            given = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            names = node.targets[0]
            taken = names.elts if isinstance(names, ast.Tuple) else [names]
            for name, one in zip(taken, given, strict=False):
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).append(one)
        if isinstance(node, ast.NamedExpr):
            found.setdefault(node.target.id, []).append(node.value)
    return found


def told(call: ast.Call) -> Iterator[ast.expr]:
    """Yield what of a call is read as Markdown."""
    name = name_of(call)
    if name not in FIRST | SECOND:
        return
    place = int(name in SECOND)
    yield from call.args[place : place + 1]
    for one in call.keywords:
        if one.arg in BY_NAME:
            yield one.value
        if one.arg == "format_func" and name in CHOICES and isinstance(one.value, ast.Lambda):
            yield one.value.body


def is_handed_on(words: ast.expr, function: ast.FunctionDef) -> bool:
    """Return whether words are the title that a function was given, whose callers are looked at."""
    given = [one.arg for one in function.args.args]
    return function.name in HANDING_ON and isinstance(words, ast.Name) and words.id in given


def marked(source: str, name: str = "") -> list[str]:
    """Return each place where something may be read as Markdown that is not plain."""
    tree, found = ast.parse(source), []
    for function in [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]:
        values = assigned(function)
        for call in [one for one in ast.walk(function) if isinstance(one, ast.Call)]:
            for words in told(call):
                allowed = (name, name_of(call)) in ALLOWED or is_handed_on(words, function)
                if not allowed and not is_plain(words, values, frozenset()):
                    found.append(f"{call.lineno}: {name_of(call)}({ast.unparse(words)})")
    return sorted(set(found))


PAGES = sorted([ROOT / "app.py", *(ROOT / "pages").rglob("*.py")])


def test_pages_make_texts_plain_before_markdown_reads_them() -> None:
    found = {path.stem: marked(path.read_text(encoding="utf-8"), path.stem) for path in PAGES}
    assert {name: places for name, places in found.items() if places} == {}


def test_the_search_finds_what_is_not_plain_and_spares_what_is() -> None:
    for words in (
        "name",
        "row['name']",
        "t('a.b', name=row['name'])",
        "f'{name}'",
        "t('a') if x else name",
        "explain(error)",
    ):
        assert len(marked(f"def f(name, st):\n    st.warning({words})")) == 1, words
        assert marked(f"def f(name, st):\n    st.warning(plain({words}))") == []
        assert len(marked(f"def f(name, st):\n    words = {words}\n    st.button(words)")) == 1
    for words in ("'a'", "t('a.b')", "t('a.b', n=len(rows))", "t('a') if x else ''", "plain(name)"):
        assert marked(f"def f(st):\n    st.warning({words})") == [], words
    choices = "st.radio(t('a'), rows, format_func=lambda one: {})"
    assert len(marked(f"def f(st):\n    {choices.format('names[one]')}")) == 1
    assert marked(f"def f(st):\n    {choices.format('plain(names[one])')}") == []
    assert marked("def f(st):\n    st.button(t('a'), help=name)") != []
