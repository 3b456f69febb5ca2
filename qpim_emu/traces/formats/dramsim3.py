"""Address trace of DRAMsim3: ``0xADDRESS READ|WRITE cycle``, one line per column command.

Addresses are those of DRAMsim3's mapping ``rocorabgbach``: from the low end, the bytes of a block,
the channel (a vault), the bank, no bank group and no rank, the column (a block), the row. A read
of several blocks is one READ of the first of them. DRAMsim3 schedules the requests itself: the
cycle is when a request arrives, and rows are opened, closed and refreshed as its policies have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.traces.source import Trace

__all__ = ["address", "write"]


def write(trace: Trace, file: TextIO) -> None:
    """Write the column commands of a trace.

    Raises
    ------
    InputError
        If vaults, banks, columns or bytes per block are no power of two.
    """
    check_geometry(trace.spec)
    for one in trace:
        if one.is_column:
            where = address(trace.spec, one.vault, bank=one.bank, row=one.row, column=one.column)
            kind = "WRITE" if one.command == "WR" else "READ"
            file.write(f"0x{where:X} {kind} {one.cycle}\n")


def address(spec: Spec, vault: int, *, bank: int, row: int, column: int) -> int:
    """Byte address of a block.

    Examples
    --------
    >>> from qpim_emu.hardware import PAPER
    >>> hex(address(PAPER, 3, bank=2, row=1, column=5))
    '0xd460'
    """
    block = ((row * spec.columns + column) * spec.banks + bank) * spec.vaults + vault
    return block * spec.block_bytes


def check_geometry(spec: Spec) -> None:
    """Refuse what an address of bit fields cannot hold."""
    for name in ("vaults", "banks", "columns", "block_bytes"):
        size = getattr(spec, name)
        if size & (size - 1):
            msg = f"{name} must be a power of two for dramsim3, got {size}"
            raise InputError(msg)
