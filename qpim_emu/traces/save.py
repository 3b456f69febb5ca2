"""Traces into files: the whole file or none."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from qpim_emu.errors import InputError
from qpim_emu.files import open_whole
from qpim_emu.traces.formats import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

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
        with open_whole(path) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
            FORMATS[format](trace, text)
            text.flush()
            text.detach()
    except OSError as error:
        msg = f"trace file must be writable, got {path}: {error.strerror}"
        raise InputError(msg) from error
