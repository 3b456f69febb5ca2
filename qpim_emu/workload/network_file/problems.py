"""One way to refuse something in a file, and to say which file it was."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from qpim_emu.errors import InputError, NetworkFileError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["inside", "of_file", "refuse"]

LONGEST_VALUE = 80


def refuse(field: str, expected: str, value: object) -> NoReturn:
    """Raise ``field must be expected, got value``, the value cut where it is long."""
    text = value if isinstance(value, str) else repr(value)
    if len(text) > LONGEST_VALUE:
        text = f"{text[:LONGEST_VALUE]}..."
    msg = f"{field} must be {expected}, got {text}"
    raise NetworkFileError(msg)


@contextmanager
def inside(place: str) -> Iterator[None]:
    """Turn what the package refuses into a `NetworkFileError` that begins with `place`."""
    try:
        yield
    except InputError as error:
        msg = f"{place}: {error}"
        raise NetworkFileError(msg) from error


@contextmanager
def of_file(path: str | os.PathLike[str]) -> Iterator[None]:
    """Let every problem with a file, also one of the file system, begin with its path."""
    try:
        with inside(str(path)):
            yield
    except OSError as error:
        msg = f"{path}: file must be accessible, got {error.strerror or error}"
        raise NetworkFileError(msg) from error
