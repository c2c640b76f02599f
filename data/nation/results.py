"""The folder that a batch over a nation writes: a file per area and stage, and what is done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import SourceMissingError
from data.export import refused_by_disk, require_writable
from data.nation.folder import MARK, read_parquet, write_json, write_parquet

SUMMARY = "batch.json"
NATION = "nation"
"""Stands where a code of an area stands, for all of them."""
_STATE = ".state"
_PARTS = ".parts"


@dataclass(frozen=True)
class Done:
    """What is kept of a task that ended.

    Attributes
    ----------
    digest
        Of all that it was made from: another one, and the task is done again.
    seconds
        Time on the clock on the wall.
    rows
        Rows that went in.
    peak_mib
        Most memory that its process had had by then.
    cpu_s
        Seconds of the processor, of all its threads: the same beside other work.
    """

    digest: str
    seconds: float
    rows: int
    peak_mib: float
    cpu_s: float


class BatchFolder:
    """What a batch writes.

    Parameters
    ----------
    path
        The folder; made where it is not there.
    simulasi
        Whether what it is made from is made up; each file says so.
    """

    def __init__(self, path: Path, *, simulasi: bool) -> None:
        self.path = path
        self.simulasi = simulasi

    def make(self) -> None:
        """Make the folder where it is missing, before anything is worked out that it is to hold.

        Raises
        ------
        FileUnreadableError
            When there can be no such folder, or it may not be written to.
        """
        with refused_by_disk(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        require_writable(self.path / SUMMARY)

    def file(self, stage: str, code: str) -> Path:
        """Return the path of what a stage says of an area."""
        return self.path / stage / f"{code}.parquet"

    def write(self, stage: str, code: str, frame: pd.DataFrame) -> None:
        """Write what a stage says of an area, whole or not at all.

        Parameters
        ----------
        stage, code
            Name of the stage, code of the area.
        frame
            Written without its index.
        """
        write_parquet(self.file(stage, code), frame, simulasi=self.simulasi)

    def write_document(self, stage: str, code: str, document: Mapping[str, Any]) -> None:
        """Write what a stage says of an area beside its frame, as JSON, whole or not at all."""
        write_json(self.path / stage / f"{code}.json", document)

    def read(self, stage: str, code: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return what a stage says of an area, all columns or the named ones.

        Raises
        ------
        SourceMissingError, FileUnreadableError, SchemaError
            Without the file, when it is none, when a column is missing.
        """
        return read_parquet(self.file(stage, code), columns)

    def read_all(self, stage: str, codes: Sequence[str]) -> pd.DataFrame:
        """Return what a stage says of several areas, one below the other; all columns."""
        return pd.concat([self.read(stage, code) for code in codes], ignore_index=True)

    def state(self, stage: str, code: str) -> Done | None:
        """Return what is kept of a task; None while it has not ended, or is not readable."""
        path = self.path / _STATE / stage / f"{code}.json"
        try:
            return Done(**json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None  # what cannot be read is done again

    def keep_state(self, stage: str, code: str, done: Done) -> None:
        """Keep that a task ended, after what it wrote."""
        write_json(self.path / _STATE / stage / f"{code}.json", asdict(done))

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write what became of the whole batch."""
        write_json(self.path / SUMMARY, summary)

    def summary(self) -> dict[str, Any]:
        """Return what became of the whole batch.

        Raises
        ------
        SourceMissingError
            When no batch has ended in the folder.
        """
        path = self.path / SUMMARY
        if not path.is_file():
            raise SourceMissingError(path)
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    @contextmanager
    def split(self, stage: str, key: str) -> Iterator[Split]:
        """Yield a writer of rows that come in parts and go to a file per area.

        The files take their names at the end and all together; after an error, or a process that
        was killed, none of them is changed.
        """
        parts = self.path / _PARTS / stage / key
        shutil.rmtree(parts, ignore_errors=True)
        parts.mkdir(parents=True)
        split = Split(parts, simulasi=self.simulasi)
        try:
            yield split
        finally:
            split.close()
        (self.path / stage).mkdir(parents=True, exist_ok=True)
        for path in sorted(parts.glob("*.parquet")):
            path.replace(self.path / stage / path.name)
        shutil.rmtree(parts)


class Split:
    """Writes rows to a file per area as they come; see `BatchFolder.split`."""

    def __init__(self, folder: Path, *, simulasi: bool) -> None:
        self._folder = folder
        self._mark = {MARK: b"true" if simulasi else b"false"}
        self._writers: dict[str, pq.ParquetWriter] = {}

    def add(self, code: str, frame: pd.DataFrame) -> None:
        """Add rows to the file of an area; every part has the same columns.

        Parameters
        ----------
        code
            Of the area.
        frame
            Written without its index. One without rows makes a file without rows.
        """
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if code not in self._writers:
            schema = table.schema.with_metadata({**(table.schema.metadata or {}), **self._mark})
            path = self._folder / f"{code}.parquet"
            self._writers[code] = pq.ParquetWriter(path, schema, compression="zstd")
        writer = self._writers[code]
        writer.write_table(table.cast(writer.schema))

    def close(self) -> None:
        """End all files."""
        for writer in self._writers.values():
            writer.close()
