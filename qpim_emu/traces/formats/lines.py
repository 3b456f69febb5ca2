"""JSON Lines: one object per command, with the fields of the CSV; the mask is an integer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from qpim_emu.traces.source import Trace

__all__ = ["write"]

FIELDS = ("cycle", "command", "vault", "bank", "row", "column", "mask", "blocks")


def write(trace: Trace, file: TextIO) -> None:
    """Write a trace; -1 stands for "has none"."""
    file.writelines(
        json.dumps({name: getattr(one, name) for name in FIELDS}) + "\n" for one in trace
    )
