"""Comma-separated values: a header, then one line per command; the mask in hexadecimal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from qpim_emu.traces.source import Trace

__all__ = ["HEADER", "write"]

HEADER = "cycle,command,vault,bank,row,column,mask,blocks"


def write(trace: Trace, file: TextIO) -> None:
    """Write a trace; -1 stands for "has none", and the mask is that of one word."""
    digits = -(-trace.spec.word_bits // 4)
    file.write(HEADER + "\n")
    file.writelines(
        f"{one.cycle},{one.command},{one.vault},{one.bank},{one.row},{one.column},"
        f"0x{one.mask:0{digits}x},{one.blocks}\n"
        for one in trace
    )
