"""Command trace of DRAMPower 4: ``cycle,command,bank``, closed by END.

DRAMPower 4 models one device, whose banks a REF refreshes together: a trace holds one vault. A
read of several blocks is one RD, since it moves no more bits than a read of one; the gating has
no place in the format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from qpim_emu.traces.source import Trace

__all__ = ["write"]


def write(trace: Trace, file: TextIO) -> None:
    """Write the DRAM commands of a trace.

    Raises
    ------
    InputError
        If the trace holds more than one vault.
    """
    if len(trace.vaults) > 1:
        msg = f"drampower4 must trace a single vault, got {len(trace.vaults)} vaults"
        raise InputError(msg)
    for one in trace:
        if one.command != "MODE":
            file.write(f"{one.cycle},{one.dram_name},{max(one.bank, 0)}\n")
    file.write(f"{trace.end},END,0\n")
