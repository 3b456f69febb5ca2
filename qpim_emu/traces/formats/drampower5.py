"""Command trace of DRAMPower 5 and 6: ``cycle,command,rank,bank group,bank,row,column[,data]``.

A vault is a rank (the first one traced is rank 0), its banks are numbered through in bank group
0, and a column is a block. REF is written REFA (all banks of the rank). RD and WR must carry data:
a trace holds none, so they carry zeros, a whole block each, and what the reader computes from data
(interface toggling) means nothing. A read of several blocks is one RD, since it moves no more bits
than a read of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from qpim_emu.traces.source import Trace

__all__ = ["write"]


def write(trace: Trace, file: TextIO) -> None:
    """Write the DRAM commands of a trace, closed by END."""
    data = "," + "00" * trace.spec.block_bytes
    ranks = {vault: rank for rank, vault in enumerate(trace.vaults)}
    for one in trace:
        if one.command == "MODE":
            continue
        name = "REFA" if one.command == "REF" else one.dram_name
        place = f"0,{max(one.bank, 0)},{max(one.row, 0)},{max(one.column, 0)}"
        file.write(
            f"{one.cycle},{name},{ranks[one.vault]},{place}{data if one.is_column else ''}\n"
        )
    file.write(f"{trace.end},END,0,0,0,0,0\n")
