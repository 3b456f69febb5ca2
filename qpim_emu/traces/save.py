"""Traces into files: the whole file or none."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from qpim_emu.errors import InputError
from qpim_emu.traces.formats import FORMATS

if TYPE_CHECKING:
    from qpim_emu.traces.source import Trace

__all__ = ["save_trace"]


def save_trace(trace: Trace, path: Path, *, format: str) -> None:  # noqa: A002 - the word
    """Write a trace.

    The file appears under its name only when it is complete; until then it grows beside it.

    Parameters
    ----------
    trace
        What to write.
    path
        The file, replaced if there is one.
    format
        A name of `FORMATS`.

    Raises
    ------
    InputError
        If there is no such format, the format cannot hold the trace, or the file cannot be
        written.
    """
    if format not in FORMATS:
        msg = f"format must be one of {', '.join(FORMATS)}, got {format!r}"
        raise InputError(msg)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        msg = f"trace file must be writable, got {path}: {error.strerror}"
        raise InputError(msg) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            FORMATS[format](trace, file)
        Path(name).replace(path)
    except OSError as error:
        msg = f"trace file must be writable, got {path}: {error.strerror}"
        raise InputError(msg) from error
    finally:
        Path(name).unlink(missing_ok=True)
