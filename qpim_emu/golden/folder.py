"""Folders that appear whole under their name, or not at all."""

from __future__ import annotations

import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qpim_emu.errors import PackageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["new_folder"]


@contextmanager
def new_folder(path: Path, *, marker: str, replace: bool) -> Iterator[Path]:
    """Give an empty folder beside `path` that takes its place once the block ends well.

    Whatever ends the block early, an interrupt too, removes it and leaves `path` as it was.

    Parameters
    ----------
    path
        Where the folder is to be.
    marker
        A file by which a folder of the kind that may be replaced is known.
    replace
        Whether such a folder may be replaced. Anything else is never removed.

    Raises
    ------
    PackageError
        If there is something under that name that may not be replaced, or no folder can be
        made there.
    """
    place = path.resolve()
    check_place(place, path, marker=marker, replace=replace)
    token = secrets.token_hex(4)
    part = place.with_name(f".{place.name[:100]}.{token}.part")
    try:
        part.mkdir()
    except OSError as error:
        msg = f"out must be a folder that can be made, got {path}: {error.strerror}"
        raise PackageError(msg) from error
    try:
        yield part
        if replace:
            put_in_place(part, place, token)
        else:
            claim(part, place, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def check_place(place: Path, given: Path, *, marker: str, replace: bool) -> None:
    """Refuse a place that is taken."""
    if not place.name or not place.parent.is_dir():
        msg = f"out must be a new folder in one that exists, got {given}"
        raise PackageError(msg)
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return
    if not (place / marker).is_file():
        msg = f"out must be a new folder, got {given}, which holds something else"
        raise PackageError(msg)
    if not replace:
        msg = f"out must be a new folder, got {given}, which exists (--force replaces it)"
        raise PackageError(msg)


def claim(part: Path, place: Path, given: Path) -> None:
    """Let a finished folder take a name that was free; nobody else may have taken it since."""
    try:
        part.rename(place)
    except OSError as error:
        msg = f"out must be a new folder, got {given}, which was made meanwhile: {error.strerror}"
        raise PackageError(msg) from error


def put_in_place(part: Path, place: Path, token: str) -> None:
    """Let a finished folder take its name; what was there goes only when it has."""
    old = place.with_name(f".{place.name[:100]}.{token}.old")
    if place.exists():
        place.rename(old)
    try:
        part.rename(place)
    except BaseException:
        if old.exists():
            old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)
