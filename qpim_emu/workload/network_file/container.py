"""The container: a plain zip file of named entries, written atomically and read with care.

Reading uses `zipfile`, which accepts much (data before the archive, zip64, names that leave the
folder). What could cost memory or hide something is refused before it is asked to look: the end
record must be the last bytes of the file, and everything is bounded by what it declares.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from qpim_emu.files import open_whole
from qpim_emu.workload.network_file.problems import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["MAX_BYTES", "Container", "open_container", "write_container"]

MAX_BYTES = 2 << 30
"""What the arrays of a file may take in memory unless the caller says otherwise: 2 GiB."""

MAX_ENTRIES = 16384
MAX_DIRECTORY_BYTES = 4 << 20
OTHER_BYTES = 16 << 20  # directory, header and the heads of arrays, at most
CHUNK_BYTES = 1 << 20

ENTRY_NAME = re.compile(r"header\.json|[a-z0-9_]+(/[a-z0-9_]+)*\.npy")

END_RECORD = struct.Struct("<4s4H2LH")
END_SIGNATURE, ZIP64_SIGNATURE, ZIP64_LOCATOR_BYTES = b"PK\5\6", b"PK\6\7", 20

EPOCH = (1980, 1, 1, 0, 0, 0)
READ_BY_ALL = stat.S_IFREG | 0o644
ON_UNIX = 3

ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # a compression or a version that zipfile does not know
    RuntimeError,  # an encrypted entry
    ValueError,  # a name that is no text, a place that no file has
    struct.error,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The entries of an open file.

    Attributes
    ----------
    sizes
        Declared size of every entry in bytes, by name.
    max_bytes
        What its arrays may take.
    """

    file: zipfile.ZipFile
    sizes: Mapping[str, int]
    max_bytes: int

    def read(self, name: str, *, limit: int) -> bytes:
        """Read an entry of at most `limit` bytes.

        Raises
        ------
        NetworkFileError
            If there is none, it is larger, or its bytes are damaged.
        """
        size = self.sizes.get(name)
        if size is None:
            refuse("entries", f"all there, {name} included", "none of that name")
        if size > limit:
            refuse(f"size of {name}", f"at most {limit} bytes", size)
        try:
            with self.file.open(name) as stream:
                data = b"".join(iter(lambda: stream.read(CHUNK_BYTES), b""))
        except ZIP_ERRORS as error:
            refuse(name, "an undamaged entry", str(error))
        if len(data) != size:
            refuse(f"size of {name}", f"{size} bytes as declared", len(data))
        return data


@contextmanager
def open_container(path: str | os.PathLike[str], *, max_bytes: int) -> Iterator[Container]:
    """Open a file whose directory is sound.

    Raises
    ------
    NetworkFileError
        If it is no regular file, no plain zip, or has entries that do not belong there.
    OSError
        If it cannot be opened.
    """
    source = read_path(path)
    status = source.stat()
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for somebody to write
        refuse("path", "a regular file", stat.filemode(status.st_mode))
    if status.st_size > max_bytes + OTHER_BYTES:
        refuse("size of the file", f"at most {max_bytes + OTHER_BYTES} bytes", status.st_size)
    with source.open("rb") as stream:
        check_end_record(stream)
        try:
            file = zipfile.ZipFile(stream)
        except ZIP_ERRORS as error:
            refuse("file", "a zip file", str(error))
        with file:
            yield Container(file=file, sizes=sizes_of(file), max_bytes=max_bytes)


def read_path(path: str | os.PathLike[str]) -> Path:
    """Read a path that names something."""
    found = Path(path)
    if not found.name or "\0" in found.name:
        refuse("path", "the name of a file", repr(str(path)))
    return found


def check_end_record(stream: IO[bytes]) -> None:
    """Refuse a file that does not end as a plain zip does, right behind its directory."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - END_RECORD.size - ZIP64_LOCATOR_BYTES))
    tail = stream.read()
    if len(tail) < END_RECORD.size or tail[-END_RECORD.size :][:4] != END_SIGNATURE:
        refuse("file", "a zip file without a comment", f"{size} bytes that end otherwise")
    fields = END_RECORD.unpack(tail[-END_RECORD.size :])
    _, disk, first_disk, here, entries, directory_bytes, offset, comment_bytes = fields
    if tail.startswith(ZIP64_SIGNATURE) or disk or first_disk or comment_bytes or here != entries:
        refuse("file", "a plain zip file in one piece", f"an end record of {fields[1:]}")
    if entries > MAX_ENTRIES:
        refuse("number of entries", f"at most {MAX_ENTRIES}", entries)
    if directory_bytes > MAX_DIRECTORY_BYTES:
        refuse("size of the directory", f"at most {MAX_DIRECTORY_BYTES} bytes", directory_bytes)
    if offset + directory_bytes != size - END_RECORD.size:
        refuse("end of the directory", f"{size - END_RECORD.size}", offset + directory_bytes)
    stream.seek(0)


def sizes_of(file: zipfile.ZipFile) -> dict[str, int]:
    """Size of every entry, once names and kinds of compression are found in order."""
    sizes: dict[str, int] = {}
    for entry in file.infolist():
        if not ENTRY_NAME.fullmatch(entry.filename):
            refuse("entry name", "header.json or lower-case words and .npy", repr(entry.filename))
        if entry.filename in sizes:
            refuse("entry names", "different", f"{entry.filename} twice")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            refuse(f"compression of {entry.filename}", "none or deflate", entry.compress_type)
        sizes[entry.filename] = entry.file_size
    return sizes


def write_container(path: str | os.PathLike[str], entries: Mapping[str, bytes]) -> None:
    """Write entries in the order of their names, all or nothing.

    The same entries give the same bytes, whenever and wherever (with the same zlib). The file
    appears under its name once it is complete.

    Raises
    ------
    NetworkFileError
        If there are more entries, or larger ones, than a plain zip takes.
    OSError
        If the file cannot be written.
    """
    if len(entries) > MAX_ENTRIES:
        refuse("number of entries", f"at most {MAX_ENTRIES}", len(entries))
    with open_whole(read_path(path)) as stream:
        write_entries(stream, entries)


def write_entries(stream: IO[bytes], entries: Mapping[str, bytes]) -> None:
    """Write a zip file without zip64 records."""
    try:
        with zipfile.ZipFile(stream, "w", allowZip64=False) as file:
            for name in sorted(entries):
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system, entry.external_attr = ON_UNIX, READ_BY_ALL << 16
                file.writestr(entry, entries[name], compresslevel=9)
    except zipfile.LargeZipFile as error:
        refuse("size of the file", "that of a plain zip", str(error))
