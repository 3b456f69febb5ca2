"""ReadWriteTrace of Ramulator 2.1: ``R|W channel,rank,bank group,bank,row,column``.

A vault is a channel; rank (or pseudo channel) and bank group are 0, banks are numbered through,
and a column is a block. A read of several blocks is one R of the first of them. The format has no
time: Ramulator sends the requests as fast as its memory takes them, in the order of the trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from qpim_emu.traces.source import Trace

__all__ = ["write"]


def write(trace: Trace, file: TextIO) -> None:
    """Write the column commands of a trace."""
    for one in trace:
        if one.is_column:
            kind = "W" if one.command == "WR" else "R"
            file.write(f"{kind} {one.vault},0,0,{one.bank},{one.row},{one.column}\n")
