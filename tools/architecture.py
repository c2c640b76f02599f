"""Draw the house from its imports: layers as rows, capabilities as columns, imports as arrows.

``python -m tools.architecture`` writes `PICTURE`, which changes when a layer gets a folder or an
arrow, not with every module.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "img" / "architecture.svg"
LAYERS = ("geo", "data", "analytics", "services", "pages", "commands")
ROWS = ("app", "pages", "commands", "services", "analytics", "data", "geo")
"""Layers from the top; ``app`` stands for the entries."""
ENTRIES = ("app", "cli", "serve")
ORDER = (
    "reports", "network", "hotspots", "outlook", "plan", "custody", "polling", "risk", "people",
    "warning", "actions", "briefing", "nation",
)  # fmt: skip
"""A capability may import those before it, in every layer, and never one behind it."""

_LEFT, _TOP, _WIDTH, _HEIGHT, _GAP = 250, 60, 112, 58, 10
_FIRST, _INK, _LINE, _FILL = 150, "#1d2733", "#5b6b7c", "#e8eef4"


def capability(module: str) -> str | None:
    """Return the capability of a dotted module, None for what no capability's folder holds."""
    parts = module.split(".")
    parts = parts[1:] if parts[0] == "pages" else parts
    return parts[1] if len(parts) > 1 and parts[1] in ORDER else None


def modules_named(tree: ast.AST) -> set[str]:
    """Return the dotted names a module imports from our layers, a name in a package included."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in LAYERS:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def read_modules(root: Path = ROOT) -> dict[str, set[str]]:
    """Return what each module of the house imports of it, by dotted name."""
    paths = [root / f"{name}.py" for name in ENTRIES]
    paths += [p for layer in LAYERS for p in sorted((root / layer).rglob("*.py"))]
    return {
        ".".join(p.relative_to(root).with_suffix("").parts): modules_named(
            ast.parse(p.read_text(encoding="utf-8"))
        )
        for p in paths
    }


def row_of(module: str) -> str:
    """Return the row of a dotted name."""
    layer = module.split(".", maxsplit=1)[0]
    return "app" if layer in ENTRIES else layer


def arrows(modules: Mapping[str, set[str]]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return which layer imports which, and which capability imports which, each pair once."""
    pairs = [(module, name) for module, names in modules.items() for name in names]
    layers = {(row_of(a), row_of(b)) for a, b in pairs}
    between = {(capability(a), capability(b)) for a, b in pairs}
    return (
        sorted((a, b) for a, b in layers if a != b),
        sorted((a, b) for a, b in between if a and b and a != b),
    )


def cells(modules: Mapping[str, set[str]]) -> dict[tuple[str, str], list[str]]:
    """Return the words in each cell by row and column: a folder, or the folders of the ground."""
    found: dict[tuple[str, str], set[str]] = {}
    for module in modules:
        row, column, parts = row_of(module), capability(module), module.split(".")
        if column:
            found.setdefault((row, column), set()).add(column)
        elif row == "app":
            found.setdefault((row, "shared"), set()).add(f"{module}.py")
        else:
            folder = parts[1] if len(parts) > 2 else "*.py"
            found.setdefault((row, "shared"), set()).add(folder)
    return {key: sorted(words) for key, words in found.items()}


def draw(modules: Mapping[str, set[str]]) -> str:
    """Return the picture as SVG."""
    across, between = arrows(modules)
    columns = ("shared", *ORDER)
    left = {name: _LEFT + (_FIRST + _GAP if i else 0) + max(i - 1, 0) * (_WIDTH + _GAP)
            for i, name in enumerate(columns)}  # fmt: skip
    top = {name: _TOP + i * (_HEIGHT + _GAP) for i, name in enumerate(ROWS)}
    foot = _TOP + len(ROWS) * (_HEIGHT + _GAP)
    width, height = left[ORDER[-1]] + _WIDTH + 20, foot + 190
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="13" role="img">',
        "<title>Layers, capabilities and who imports whom</title>",
        f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="{_LINE}"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for name in columns:
        middle = left[name] + (_FIRST if name == "shared" else _WIDTH) / 2
        out.append(_text(middle, _TOP - 18, name, "middle", bold=True))
    for name in ROWS:
        out.append(_text(_LEFT - 14, top[name] + _HEIGHT / 2 + 5, name, "end", bold=True))
    for (row, column), words in sorted(cells(modules).items()):
        wide = _FIRST if column == "shared" else _WIDTH
        out.append(_box(left[column], top[row], wide, words))
    out += [_layer_arc(top[a], top[b]) for a, b in across]
    middles = {name: left[name] + _WIDTH / 2 for name in ORDER}
    out += [_column_arc(middles[a], middles[b], foot) for a, b in between]
    out.append(_text(_LEFT, foot + 30, "a capability imports another →", "start"))
    out.append(_text(10, _TOP - 18, "a layer imports another ↓", "start"))
    return "\n".join([*out, "</svg>", ""])


def _text(x: float, y: float, words: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{_INK}" text-anchor="{anchor}"{weight}>{words}</text>'


def _box(x: float, y: float, width: float, words: list[str]) -> str:
    half = (len(words) + 1) // 2
    lines = [" · ".join(words)] if len(words) < 3 else [
        " · ".join(words[a:b]) for a, b in pairwise((0, half, len(words)))
    ]  # fmt: skip
    first = y + _HEIGHT / 2 + 5 - 9 * (len(lines) - 1)
    shown = [
        _text(x + width / 2, first + 18 * i, line, "middle") for i, line in enumerate(lines)
    ]  # fmt: skip
    frame = f'<rect x="{x:g}" y="{y:g}" width="{width}" height="{_HEIGHT}" rx="6" fill="{_FILL}"/>'
    return frame + "".join(shown)


def _layer_arc(start: float, end: float) -> str:
    """Return an arc at the left of the rows, the wider the farther it goes."""
    x, a, b = _LEFT - 100, start + _HEIGHT / 2 + 8, end + _HEIGHT / 2 - 8
    return _arrow(
        f"M{x:g} {a:g}C{x - abs(b - a) * 0.45:g} {a:g} {x - abs(b - a) * 0.45:g} {b:g} {x:g} {b:g}"
    )


def _column_arc(start: float, end: float, foot: float) -> str:
    a, b = (start - 8, end + 8) if start > end else (start + 8, end - 8)
    deep = foot + min(abs(a - b) * 0.28, 230)
    return _arrow(f"M{a:g} {foot:g}C{a:g} {deep:g} {b:g} {deep:g} {b:g} {foot:g}")


def _arrow(path: str) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="{_LINE}" stroke-width="1.3" marker-end="url(#tip)"/>'
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(read_modules()), encoding="utf-8")
