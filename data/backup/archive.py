"""The file of a backup: one ZIP whose last bytes are the SHA-256 of all before them.

The seal finds a byte that was changed or lost anywhere, also where a reader of ZIP does not look.
What is inside is then held against the manifest, before anything of it is used.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from pydantic import ValidationError

from data.backup.manifest import FORMAT, FilePart, Manifest, TablePart, content_digest
from data.errors import BackupError, BackupFault, SourceMissingError

MANIFEST = "manifest.json"
_SEAL = b"siaga-backup sha256 "
_HEX = 64
_CHUNK = 1 << 20
_MANIFEST_BYTES = 16 << 20
_FREE_BYTES, _RATIO = 256 << 20, 100
"""A backup may unpack to so many bytes, and beyond these to so many times its own size."""
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError, LookupError,
    ArithmeticError, ValueError,
)  # fmt: skip
"""What reading a ZIP raises that is none, or none of ours."""


class Writer:
    """Writes the members of a backup, and remembers what the manifest says of them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self.tables: dict[str, TablePart] = {}
        self.files: dict[str, FilePart] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.fp = None  # what was not closed is given up: it must not be ended as if whole

    def add_table(self, name: str, lines: Iterable[bytes]) -> None:
        """Write a table from its lines, that of its columns first."""
        size, digest, count = self._add(f"tables/{name}.jsonl", lines)
        self.tables[name] = TablePart(bytes=size, sha256=digest, rows=count - 1)

    def add_file(self, name: str, content: bytes) -> None:
        """Write a file under its path below ``var/``."""
        size, digest, _ = self._add(f"files/{name}", [content])
        self.files[name] = FilePart(bytes=size, sha256=digest)

    def close(self, manifest: Manifest) -> None:
        """Write the manifest, and make room for the seal."""
        self._add(MANIFEST, [manifest.model_dump_json(indent=1).encode()])
        self._zip.comment = _SEAL + b"0" * _HEX
        self._zip.close()

    def _add(self, name: str, chunks: Iterable[bytes]) -> tuple[int, str, int]:
        """Write a member; return its bytes, their SHA-256, and how many chunks there were."""
        member = zipfile.ZipInfo(name)
        member.compress_type = zipfile.ZIP_DEFLATED
        member.external_attr = 0o600 << 16
        digest, size, count = hashlib.sha256(), 0, 0
        with self._zip.open(member, "w", force_zip64=True) as target:
            for chunk in chunks:
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                count += 1
        return size, digest.hexdigest(), count


def seal(path: Path) -> None:
    """Put the SHA-256 of a written file into its last bytes."""
    with path.open("r+b") as file:
        found = _digest_of(file, path.stat().st_size)
        file.seek(-_HEX, os.SEEK_END)
        file.write(found)
        file.flush()
        os.fsync(file.fileno())


class Archive:
    """A backup that was opened and found to be whole; see `open_archive`."""

    def __init__(self, path: Path, file: IO[bytes], folders: Mapping[str, str]) -> None:
        self.path = path
        self._hold_seal(file)
        try:
            self._zip = zipfile.ZipFile(file)
            self.manifest = self._read_manifest()
            self._hold_members(folders)
            for name, part in self.manifest.parts.items():
                self._hold_part(name, part)
        except BackupError:
            raise
        except _BROKEN as err:
            raise self._error("damaged", str(err)) from err

    def lines(self, table: str) -> Iterator[bytes]:
        """Yield the lines of a table."""
        with self._zip.open(f"tables/{table}.jsonl") as member:
            yield from member

    def content(self, name: str) -> bytes:
        """Return a file by its path below ``var/``."""
        return self._zip.read(f"files/{name}")

    def _hold_seal(self, file: IO[bytes]) -> None:
        size = file.seek(0, os.SEEK_END)
        tail = len(_SEAL) + _HEX
        file.seek(max(0, size - tail))
        end = file.read()
        if len(end) < tail or not end.startswith(_SEAL):
            raise self._error("unknown", "")
        if _digest_of(file, size) != end[len(_SEAL) :]:
            raise self._error("damaged", "SHA-256")

    def _read_manifest(self) -> Manifest:
        names = [member.filename for member in self._zip.infolist()]
        if names.count(MANIFEST) != 1 or self._zip.getinfo(MANIFEST).file_size > _MANIFEST_BYTES:
            raise self._error("incomplete", MANIFEST)
        told = self._zip.read(MANIFEST)
        if (form := _format_of(told)) not in {None, FORMAT}:
            raise self._error("newer", f"{form}; {FORMAT}")
        try:
            manifest = Manifest.model_validate_json(told)
        except ValidationError as err:
            raise self._error("damaged", MANIFEST) from err
        if manifest.content != content_digest(manifest.revision, manifest.tables, manifest.files):
            raise self._error("damaged", MANIFEST)
        return manifest

    def _hold_members(self, folders: Mapping[str, str]) -> None:
        """Hold that what is there is what the manifest names, in the folders that may be."""
        members = self._zip.infolist()
        names = [member.filename for member in members]
        expected = {MANIFEST, *self.manifest.parts}
        for name in self.manifest.files:
            folder, _, own = name.rpartition("/")
            if folder not in folders or not own.endswith(folders[folder]) or own.startswith("."):
                raise self._error("foreign", name)
        if foreign := sorted(set(names) - expected):
            raise self._error("foreign", foreign[0])
        if lacking := sorted(expected - set(names)):
            raise self._error("incomplete", lacking[0])
        if len(names) != len(expected):
            raise self._error("foreign", max(names, key=names.count))
        unpacked = sum(member.file_size for member in members)
        if unpacked > max(_FREE_BYTES, _RATIO * self.path.stat().st_size):
            raise self._error("oversized", f"{unpacked / 2**20:.0f}")

    def _hold_part(self, name: str, part: FilePart) -> None:
        digest, size, breaks = hashlib.sha256(), 0, 0
        with self._zip.open(name) as member:
            while chunk := member.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                breaks += chunk.count(b"\n")
        counted = isinstance(part, TablePart) and breaks - 1 != part.rows
        if (size, digest.hexdigest()) != (part.bytes, part.sha256) or counted:
            raise self._error("damaged", name)

    def _error(self, kind: BackupFault, detail: str) -> BackupError:
        return BackupError(self.path, kind, detail)


@contextmanager
def open_archive(path: Path, folders: Mapping[str, str]) -> Iterator[Archive]:
    """Open a backup and hold that it is whole: seal, manifest, every member.

    Parameters
    ----------
    path
        The file.
    folders
        Folders below ``var/`` that files may come from, and how the names in each end.

    Raises
    ------
    SourceMissingError
        When there is no such file.
    BackupError
        When it is no backup, or anything in it was changed, lost, added or of a later format.
    """
    if not path.exists():
        raise SourceMissingError(path)
    try:
        file = path.open("rb")
    except OSError as err:
        raise BackupError(path, "unreadable", str(err)) from err
    with file:
        yield Archive(path, file, folders)


def _format_of(told: bytes) -> str | None:
    """Return the format that a manifest says it has, None where it says none."""
    try:
        form = json.loads(told)["format"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return form if isinstance(form, str) else None


def _digest_of(file: IO[bytes], size: int) -> bytes:
    """Return the SHA-256 of a file but for its last bytes, in hexadecimal digits."""
    digest, left = hashlib.sha256(), size - _HEX
    file.seek(0)
    while left > 0 and (chunk := file.read(min(_CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest().encode()
