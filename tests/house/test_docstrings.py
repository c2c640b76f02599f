"""The check of docstrings finds what is left out and spares what is there."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tools.docstrings import faults_of


def found(source: str) -> list[str]:
    """Return rule and subject of each fault of a module."""
    return [f"{fault.rule} {fault.subject}" for fault in faults_of({"geo.m": dedent(source)})]


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        # A frame that nobody describes, and one that is described by name or in an entry.
        ('def f(rows: pd.DataFrame) -> None:\n    """Do it."""', ["frame rows"]),
        ("def f(rows: gpd.GeoDataFrame | None) -> None:\n    pass", ["frame rows"]),
        ('def f(rows: pd.DataFrame) -> None:\n    """Do it to ``rows``: `desa`."""', []),
        ('def f(rows: pd.DataFrame) -> None:\n    """Do it to ``rows``."""', ["frame rows"]),
        ('def f(parts: dict[str, pd.DataFrame]) -> None:\n    """Do it."""', ["frame parts"]),
        (
            '''
            def f(rows: pd.DataFrame, seed: int) -> None:
                """Do it.

                Parameters
                ----------
                rows
                    One per desa: ``code``.
                """
            ''',
            [],
        ),
        (
            '''
            def f(rows: pd.DataFrame) -> None:
                """Do it.

                Parameters
                ----------
                rows
                    What is there.
                """
            ''',
            ["frame rows"],
        ),
        # A series needs its index, an array its shape; so do results.
        ('def f() -> pd.Series:\n    """Return numbers."""', ["frame result"]),
        ('def f() -> pd.Series:\n    """Return numbers by code."""', []),
        ('def f() -> np.ndarray:\n    """Return numbers."""', ["frame result"]),
        ('def f() -> np.ndarray:\n    """Return (N,) numbers."""', []),
        ('def f() -> tuple[int, pd.DataFrame]:\n    """Return both."""', ["frame result"]),
        ('def f() -> pd.DataFrame:\n    """Return ``code`` and ``name``."""', []),
        ('def f(make: Callable[[], pd.DataFrame]) -> None:\n    """Do it."""', []),
        (
            'Floats = npt.NDArray[np.float64]\ndef f(y: "Floats") -> None:\n    """Do it."""',
            ["frame y"],
        ),
        ('XY = npt.NDArray[np.float64]\n"""(N, 2)"""\ndef f(y: XY) -> None:\n    """Do it."""', []),
        # A float has its unit in its name, or in words.
        ('def f(width: float) -> None:\n    """Do it."""', ["unit width"]),
        ('def f(width_km: float, share: float) -> None:\n    """Do it."""', []),
        ('def f(width: float | None) -> None:\n    """Do it to ``width`` km."""', []),
        ('def width() -> float:\n    """Return it."""', ["unit result"]),
        ('def width() -> float:\n    """Return it in km."""', []),
        # Headings in the reader's words cannot be listed, the frame that is put into words can.
        ('def f(lang: str) -> pd.DataFrame:\n    """Return it."""', []),
        ('def f(value: float, lang: str) -> str:\n    """Return it."""', []),
        ('def f(rows: pd.DataFrame, lang: str) -> str:\n    """Return it."""', ["frame rows"]),
        # An exception that is raised here is named; one that passes through is not asked for.
        ('def f() -> None:\n    """Do it."""\n    raise CodeError(1)', ["raises CodeError"]),
        (
            '''
            def f() -> None:
                """Do it.

                Raises
                ------
                CodeError
                    Always.
                """
                raise CodeError(1)
            ''',
            [],
        ),
        (
            "def _no() -> CodeError:\n    return CodeError(1)\n"
            'def f() -> None:\n    """Do it."""\n    raise _no()',
            ["raises CodeError"],
        ),
        (
            'def f() -> None:\n    """Do it."""\n    try:\n        g()\n    except A:\n'
            "        raise",
            [],
        ),
        ('def f() -> None:\n    """Do it."""\n    def g():\n        raise A\n', []),
        # What ends a transaction from inside never leaves the function; its neighbour does.
        ('def f() -> None:\n    """Do it."""\n    raise Undo', []),
        (
            'def f() -> None:\n    """Do it."""\n    if x:\n        raise Undo\n'
            "    raise UndoError",
            ["raises UndoError"],
        ),
        # Private functions and classes are their module's own; a constructor is its class's.
        ("def _f(rows: pd.DataFrame) -> None:\n    pass", []),
        ("class _C:\n    def f(self, rows: pd.DataFrame) -> None:\n        pass", []),
        ("class C:\n    def f(self, rows: pd.DataFrame) -> None:\n        pass", ["frame rows"]),
        (
            'class C:\n    """Of ``rows``."""\n    def __init__(self, rows: pd.DataFrame): ...',
            ["frame rows"],
        ),
        ('class C:\n    """Of ``rows`` `a`."""\n    def __init__(self, rows: pd.DataFrame): 1', []),
    ],
)
def test_what_is_left_out_is_found(source: str, faults: list[str]) -> None:
    ast.parse(dedent(source))
    assert found(source) == faults


def test_a_fault_names_its_function_and_what_is_left_out() -> None:
    (fault,) = faults_of({"geo.m": "def f(rows: pd.DataFrame) -> None:\n    pass"})
    assert str(fault) == "geo.m.f: frame rows"
