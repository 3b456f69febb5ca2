"""Where the files of a package go: a new folder, or a comparison with one that exists.

Whoever makes a package writes it once, file after file, into a sink. Every sink hashes what it
is given, so that making and verifying cannot differ.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

__all__ = ["ComparingSink", "Difference", "FileEntry", "FolderSink", "Sink", "Writer"]

PIECE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """Size and SHA-256 of a file."""

    bytes: int
    sha256: str


class Target(Protocol):
    """What takes the bytes of one file."""

    def write(self, data: bytes, /) -> object:
        """Take some."""


class Writer:
    """Passes the bytes of one file on, and hashes them.

    Parameters
    ----------
    target
        Where they go.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.hash = sha256()
        self.bytes = 0
        self.held: list[bytes] = []
        self.held_bytes = 0

    def write(self, data: bytes) -> None:
        """Take some bytes; they are passed on in larger pieces."""
        self.held.append(data)
        self.held_bytes += len(data)
        if self.held_bytes >= PIECE:
            self.flush()

    def flush(self) -> None:
        """Pass on what is held."""
        data = b"".join(self.held)
        self.hash.update(data)
        self.bytes += len(data)
        self.target.write(data)
        self.held.clear()
        self.held_bytes = 0

    @property
    def entry(self) -> FileEntry:
        """Size and hash of what was flushed."""
        return FileEntry(bytes=self.bytes, sha256=self.hash.hexdigest())


class Sink:
    """Takes the files of a package.

    Attributes
    ----------
    files
        Every finished file by its path in the package, in the order they were written.
    """

    def __init__(self) -> None:
        self.files: dict[str, FileEntry] = {}

    @contextmanager
    def open(self, path: str) -> Iterator[Writer]:
        """Take one file, whose `path` is relative and has ``/`` between folders."""
        with self.target(path) as target:
            writer = Writer(target)
            yield writer
            writer.flush()
        self.files[path] = writer.entry

    def write(self, path: str, content: bytes | str) -> None:
        """Take a whole file; text becomes UTF-8."""
        with self.open(path) as writer:
            writer.write(content.encode() if isinstance(content, str) else content)

    def target(self, path: str) -> AbstractContextManager[Target]:
        """Where the bytes of a file go."""
        raise NotImplementedError

    @property
    def bytes(self) -> int:
        """Bytes of all finished files."""
        return sum(entry.bytes for entry in self.files.values())


class FolderSink(Sink):
    """Writes files below a folder, as long as they fit.

    Parameters
    ----------
    root
        The folder, which exists and is empty.
    max_bytes
        Bytes that it may hold. What comes behind them is counted and dropped: `is_full` says
        so, and `bytes` how much would have been needed.
    """

    def __init__(self, root: Path, *, max_bytes: int) -> None:
        super().__init__()
        self.root = root
        self.left = max_bytes

    @property
    def is_full(self) -> bool:
        """Whether something was dropped."""
        return self.left < 0

    @contextmanager
    def target(self, path: str) -> Iterator[Target]:
        """A file of the folder."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as stream:
            yield BoundedTarget(self, stream)


@dataclass(slots=True)
class BoundedTarget:
    """Writes while the sink has room."""

    sink: FolderSink
    stream: Target

    def write(self, data: bytes) -> None:
        """Write, or only note that it would not fit."""
        self.sink.left -= len(data)
        if not self.sink.is_full:
            self.stream.write(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where a file stops being what it should be.

    Attributes
    ----------
    path
        The file.
    offset
        First byte that differs, None where the file is missing.
    """

    path: str
    offset: int | None


class ComparingSink(Sink):
    """Compares files with those of a folder, byte by byte.

    Parameters
    ----------
    root
        The folder.

    Attributes
    ----------
    differences
        One per file that differs, in the order they were written.
    """

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self.differences: list[Difference] = []

    @contextmanager
    def target(self, path: str) -> Iterator[Target]:
        """A file to compare with."""
        place = self.root / path
        if not place.is_file():
            self.differences.append(Difference(path=path, offset=None))
            yield Nowhere()
            return
        with place.open("rb") as stream:
            compared = ComparedTarget(stream)
            yield compared
            if compared.offset is None and stream.read(1):
                compared.offset = stream.tell() - 1
        if compared.offset is not None:
            self.differences.append(Difference(path=path, offset=compared.offset))


class Nowhere:
    """Drops what it is given."""

    def write(self, data: bytes, /) -> None:
        """Drop it."""


class ComparedTarget:
    """Compares what is written with what a file holds.

    Attributes
    ----------
    offset
        First byte that differs, None as long as none does.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.offset: int | None = None

    def write(self, data: bytes, /) -> None:
        """Compare the next bytes."""
        if self.offset is not None:
            return
        start = self.stream.tell()
        found = self.stream.read(len(data))
        if found != data:
            self.offset = start + first_difference(found, data)


def first_difference(found: bytes, expected: bytes) -> int:
    """Index of the first byte that differs, or the shorter length."""
    pairs = zip(found, expected, strict=False)
    shorter = min(len(found), len(expected))
    return next((i for i, (one, other) in enumerate(pairs) if one != other), shorter)
