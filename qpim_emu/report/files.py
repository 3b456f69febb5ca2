"""Writing files: the whole file or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu import files
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_writable", "write_whole"]


def check_writable(path: Path, *, field: str) -> None:
    """Refuse a place where no file can be written, before the work whose results go there.

    Raises
    ------
    InputError
        If it is a folder or a device, or its folder does not exist or is not writable.
    """
    try:
        files.check_place(path)
    except OSError as error:
        raise not_writable(path, error, field) from error


def write_whole(path: Path, content: str | bytes, *, field: str) -> None:
    """Write a file beside its place and move it there.

    Parameters
    ----------
    path
        Where it goes.
    content
        Text (UTF-8) or bytes.
    field
        What the error calls the file.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    try:
        files.write_whole(path, content)
    except OSError as error:
        raise not_writable(path, error, field) from error


def not_writable(path: Path, error: OSError, field: str) -> InputError:
    """Make the error about a file that cannot be written."""
    return InputError(f"{field} must be writable, got {path}: {error.strerror or error}")
