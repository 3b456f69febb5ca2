"""Files that are read with a bound, and written whole or not at all, never over a device."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_place", "open_whole", "read_bounded", "write_whole"]

PIECE = 1 << 20


def check_place(path: str | os.PathLike[str]) -> Path:
    """Find the file that a path names, following links, before there is anything to write.

    Returns
    -------
    Path
        The file to write: a regular one, or a new one in a folder that exists.

    Raises
    ------
    OSError
        If it is a folder, a device or anything else, or its folder does not exist.
    """
    place = Path(path).resolve()
    if place.exists():
        mode = place.stat().st_mode
        if stat.S_ISDIR(mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "no regular file")
    elif not place.parent.is_dir():
        raise OSError(errno.ENOENT, "no such folder")
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    return place


def read_bounded(path: str | os.PathLike[str], *, most: int) -> bytes:
    """Read a regular file of at most `most` bytes: a pipe may block, a device never end.

    Raises
    ------
    OSError
        If it is anything else, or cannot be read.
    """
    place = Path(path)
    if not stat.S_ISREG(place.stat().st_mode):
        raise OSError(errno.EINVAL, "no regular file")
    data = bytearray()
    with place.open("rb") as stream:
        # in pieces: one read of the bound would take that much memory for the smallest file
        while len(data) <= most and (piece := stream.read(min(PIECE, most + 1 - len(data)))):
            data += piece
    if len(data) > most:
        raise OSError(errno.EFBIG, f"more than {most} bytes")
    return bytes(data)


@contextmanager
def open_whole(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name once it is complete.

    Whatever ends the writing early, an interrupt too, leaves what was there before.

    Raises
    ------
    OSError
        As `check_place`, or if it cannot be written.
    """
    place = check_place(path)
    part = place.with_name(f".{place.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream:
            yield stream
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write text (UTF-8) or bytes to a file: the whole file or nothing.

    Raises
    ------
    OSError
        As `open_whole`.
    """
    with open_whole(path) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
