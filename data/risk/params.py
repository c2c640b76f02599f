"""Parameters of the risk indices: the file a province ships, or one that the reader gives."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pandas as pd
from pydantic import ConfigDict, TypeAdapter, ValidationError

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.paths import shipped_dir
from data.settings_checks import faults_of, is_, one_of


@dataclass(frozen=True)
class Parameter:
    """One parameter as its file gives it."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    value: Any
    unit: Annotated[str, is_(lambda unit, _: bool(unit), "a unit")]
    basis: Annotated[str, one_of("fakta", "anggapan")]
    note: str = ""
    source_url: str = ""


PARAMS_FILE = "risk.toml"
"""Its name in the folder of a province."""
COLUMNS = ("key", *(one.name for one in fields(Parameter)))
_PARAMETER = TypeAdapter(Parameter)


@dataclass(frozen=True, eq=False)
class ParameterFile:
    """A file of parameters, not yet checked against their ranges.

    Attributes
    ----------
    rows
        ``key`` (dotted), ``value``, ``unit``, ``basis`` (fakta or anggapan), ``note``,
        ``source_url`` (empty where there is none).
    relevance
        Value by category and stage.
    """

    rows: pd.DataFrame = field(repr=False)
    relevance: dict[str, dict[str, float]] = field(repr=False)

    @property
    def values(self) -> dict[str, object]:
        """Value by key."""
        return dict(zip(self.rows["key"], self.rows["value"], strict=True))


def read_risk_params(path: Path | str | None = None) -> ParameterFile:
    """Read a file of risk parameters.

    Parameters
    ----------
    path
        A TOML file in the form of the shipped ``risk.toml``; None for that of the province.

    Raises
    ------
    SourceMissingError
        When there is no such file.
    FileUnreadableError
        When it is no TOML, or has no parameters.
    SchemaError
        When a parameter has no value, unit or basis, or something unknown beside them.
    """
    file = Path(path) if path is not None else shipped_dir() / PARAMS_FILE
    if not file.is_file():
        raise SourceMissingError(file)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise FileUnreadableError(file, "not_toml", str(err)) from err
    rows = list(_rows(content.get("parameter", {}), "", file))
    relevance = content.get("relevansi", {})
    if not rows or not relevance:
        raise FileUnreadableError(file, "not_toml", "[parameter.…] [relevansi.…]")
    return ParameterFile(pd.DataFrame(rows, columns=list(COLUMNS)), relevance)


def _rows(table: dict[str, Any], prefix: str, file: Path) -> Iterator[dict[str, Any]]:
    """Yield the parameters of nested tables; a table with a value is a parameter."""
    for name, inner in table.items():
        key = f"{prefix}{name}"
        if isinstance(inner, dict) and "value" not in inner:
            yield from _rows(inner, f"{key}.", file)
            continue
        try:
            yield {"key": key, **asdict(_PARAMETER.validate_python(inner))}
        except ValidationError as err:
            raise SchemaError(
                str(file), faults_of(err, {"": Parameter}, f"parameter.{key}")
            ) from err
