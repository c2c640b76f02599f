"""Say which public functions leave out of their docstring what their types cannot say.

A docstring must give, of every public function and method of `LAYERS`:

* ``frame``: for a parameter or a result that is or holds a DataFrame, its columns; a Series, its
  index; an array, its shape. A parameter is described in its entry under Parameters or in the
  paragraph that names it in double backticks, a result under Returns or in the text. A type alias
  with a string below it that says so needs no more words.
* ``unit``: for a parameter or a result that is a float without a unit in its name, its unit or
  range.
* ``raises``: each exception that the body raises itself, by name under Raises or, in
  backticks, in the text.

A function with a ``lang`` puts things into the reader's words: the headings of the frame that it
returns are texts, and a number that it words is in whatever unit it comes.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("geo", "analytics", "data", "services")

_EACH = r"\b(index|indexed|per|by|each|every|any)\b"
_SHAPE = r"\([\w +*]+,[^()]*\)|\b\w+ x \w+|\bshape\b"
TELLS = {
    "DataFrame": r"`[^`]+`|\b([Cc]olumns?|[Ii]ndex|tables?|EPSG:\d+|any frame)\b",
    "Series": rf"`[^`]+`|{_SHAPE}|{_EACH}|EPSG:",
    "array": rf"`[^`]+`|{_SHAPE}|{_EACH}",
}
"""What a description says at least, for the most demanding type in an annotation."""
TYPES = {
    "DataFrame": "DataFrame", "GeoDataFrame": "DataFrame", "Series": "Series",
    "GeoSeries": "Series", "ndarray": "array", "NDArray": "array",
}  # fmt: skip
UNIT_IN_NAME = re.compile(
    r"(^|_)(km2?|m2?|cm|kmh|kn|min|minutes?|s|seconds|h|hours?|days?|months|years|pct|percent|share"
    r"|ratio|factor|quantile|alpha|deg|degrees|lon|lat|weight|probability)(_|$)"
)
UNIT = re.compile(
    r"\b(minutes?|min|hours?|seconds?|days?|months?|years?|epoch|km|kilomet\w+|met\w+|degrees?|knots?"
    r"|percent|per|share|fraction|ratio|times|probability|chance|quantile|factor|weight|count"
    r"|number|units? of|any unit|pixels?|p value|0 to|above|below|at least|at most)\b|[%°²]|0–1",
    re.IGNORECASE,
)
NEVER_LEAVES = {"NotImplementedError", "Undo"}
"""Exceptions that no caller sees: of what is abstract, and `data.store.engine.Undo`, which ends the
transaction it is raised in and is caught there."""
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Fault(NamedTuple):
    """What the docstring of a function, named in full, lacks: rule and subject."""

    function: str
    rule: str
    subject: str

    def __str__(self) -> str:
        return f"{self.function}: {self.rule} {self.subject}"


class Doc:
    """A docstring taken apart: entries of Parameters by name, other sections, text by paragraph."""

    def __init__(self, text: str | None) -> None:
        head, *rest = SECTION.split(cleandoc(text or ""))
        self.text = head
        self.sections = dict(zip(rest[::2], rest[1::2], strict=True))
        self.entries: dict[str, str] = {}
        for part in ("Parameters", "Attributes"):
            entries = re.split(r"^(\S.*)\n", self.sections.get(part, ""), flags=re.MULTILINE)
            for names, body in zip(entries[1::2], entries[2::2], strict=True):
                self.entries |= {
                    name.strip(" *"): body for name in names.partition(":")[0].split(",")
                }

    def of_parameter(self, name: str) -> str:
        """Return what is said of a parameter, without its own name; empty when nothing is."""
        if name in self.entries:
            return self.entries[name]
        paragraphs = "\n".join([self.text, self.sections.get("Returns", "")]).split("\n\n")
        found = next((p for p in paragraphs if f"``{name}``" in p), "")
        return found.replace(f"``{name}``", "")

    def of_result(self) -> str:
        """Return what is said of the result."""
        return self.sections.get("Returns", "") or self.sections.get("Yields", "") or self.text


def names_in(annotation: ast.expr | None) -> Iterator[str]:
    """Yield the bare names of the types in an annotation, without those of callables."""
    if annotation is None:
        return
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        yield from names_in(ast.parse(annotation.value, mode="eval").body)
    elif isinstance(annotation, ast.Attribute):
        yield annotation.attr
    elif isinstance(annotation, ast.Name):
        yield annotation.id
    elif not (
        isinstance(annotation, ast.Subscript) and "Callable" in set(names_in(annotation.value))
    ):
        for child in ast.iter_child_nodes(annotation):
            if isinstance(child, ast.expr):
                yield from names_in(child)


def frame_kind(annotation: ast.expr | None, aliases: Mapping[str, str]) -> str | None:
    """Return the key of `TELLS` that an annotation asks for, None when it holds no frame."""
    kinds = {{**TYPES, **aliases}.get(name) for name in names_in(annotation)}
    return next((kind for kind in TELLS if kind in kinds), None)


def is_float(annotation: ast.expr | None) -> bool:
    """Return whether an annotation is a float or an optional one."""
    return annotation is not None and ast.unparse(annotation) in {"float", "float | None"}


def aliases_of(tree: ast.Module) -> dict[str, str]:
    """Return the frame kind by name of what a module assigns; blank for all that needs no words."""
    found = {}
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            base = node.value.value if isinstance(node.value, ast.Subscript) else node.value
            kind = frame_kind(base, {}) if isinstance(base, ast.Attribute) else None
            told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            words = str(after.value.value) if told else ""  # type: ignore[union-attr]
            described = kind is None or re.search(TELLS[kind], words)
            found[node.targets[0].id] = "" if described else str(kind)
    return found


def raised(function: Function, tree: ast.Module) -> set[str]:
    """Return the exceptions that a body raises itself, or lets a helper of its module make."""
    makers = {
        node.name: str(next(names_in(node.returns), ""))
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    found, ahead = set(), list(ast.iter_child_nodes(function))
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Raise) and node.exc is not None:
            call = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = next(names_in(call), "")
            found.add(makers.get(name, name))
        ahead += ast.iter_child_nodes(node)
    return {n for n in found if n[:1].isupper() and n not in NEVER_LEAVES}


def has_unit(name: str, words: str) -> bool:
    """Return whether a name or the words about it give a unit or a range."""
    return bool(UNIT_IN_NAME.search(name) or UNIT.search(words))


def function_faults(
    name: str, function: Function, doc: Doc, tree: ast.Module, aliases: Mapping[str, str]
) -> list[Fault]:
    """Return what a docstring lacks of its function."""
    faults = []
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    in_words = any(arg.arg == "lang" for arg in named)
    for arg in named:
        words, kind = doc.of_parameter(arg.arg), frame_kind(arg.annotation, aliases)
        if kind and not re.search(TELLS[kind], words):
            faults.append(Fault(name, "frame", arg.arg))
        if is_float(arg.annotation) and not (in_words or has_unit(arg.arg, words)):
            faults.append(Fault(name, "unit", arg.arg))
    words, kind = doc.of_result(), frame_kind(function.returns, aliases)
    if kind and not in_words and not re.search(TELLS[kind], words):
        faults.append(Fault(name, "frame", "result"))
    if is_float(function.returns) and not has_unit(function.name, words):
        faults.append(Fault(name, "unit", "result"))
    told = doc.sections.get("Raises", "") + " ".join(re.findall("`[^`]+`", doc.text))
    missing = [error for error in sorted(raised(function, tree)) if error not in told]
    return faults + [Fault(name, "raises", error) for error in missing]


def module_faults(module: str, tree: ast.Module, aliases: Mapping[str, str]) -> list[Fault]:
    """Return the faults of a module; a constructor is described by its class."""
    faults = []
    for node in tree.body:
        if isinstance(node, Function):
            faults += _of(f"{module}.{node.name}", node, node, tree, aliases)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, Function):
                    home = node if inner.name == "__init__" else inner
                    name = f"{module}.{node.name}.{inner.name}"
                    faults += _of(name, inner, home, tree, aliases)
    return faults


def _of(
    name: str, function: Function, home: ast.ClassDef | Function, tree: ast.Module,
    aliases: Mapping[str, str],
) -> list[Fault]:  # fmt: skip
    if function.name.startswith("_") and function.name != "__init__":
        return []
    return function_faults(name, function, Doc(ast.get_docstring(home)), tree, aliases)


def faults_of(sources: Mapping[str, str]) -> list[Fault]:
    """Return the faults of modules given by dotted name."""
    trees = {module: ast.parse(source) for module, source in sources.items()}
    own = {module: aliases_of(tree) for module, tree in trees.items()}
    aliases = {name: kind for found in own.values() for name, kind in found.items() if kind}
    return [
        fault
        for module, tree in trees.items()
        for fault in module_faults(module, tree, {**aliases, **own[module]})
    ]


def house_faults(root: Path = ROOT) -> list[Fault]:
    """Return the faults of the layers under a root."""
    paths = [p for layer in LAYERS for p in sorted((root / layer).rglob("*.py"))]
    return faults_of(
        {
            ".".join(p.relative_to(root).with_suffix("").parts): p.read_text(encoding="utf-8")
            for p in paths
        }
    )


def main() -> int:
    """Print what is wrong; return the exit code."""
    faults = house_faults()
    print("\n".join(map(str, faults)) or "docstrings: nothing to report")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
