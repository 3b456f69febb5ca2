"""Output codes read from a table of pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.binary import Binary
from qpim_emu.workload.operations.limits import (
    CODES,
    integer_in,
    integer_pair,
    require_integer_format,
    sequence_of,
    smallest_format,
)

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["PairLookup"]

MOST_BITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLookup(Binary):
    """``table[(a - firsts[0]) * 2**bits[1] + b - firsts[1]]``: any function of two codes.

    It holds what a framework computes in floats for each pair of codes.

    Parameters
    ----------
    table
        Output codes, ``2**(bits[0] + bits[1])`` of them; the second code counts faster.
    bits
        Widths of the first and the second code, 1 or more, at most 16 together.
    firsts
        Smallest code of each: 0, or minus half of its ``2**bits`` codes.

    Raises
    ------
    LayerError
        If the table has another number of entries, an entry is no integer of 17 bits, or `bits`
        or `firsts` are others.

    Examples
    --------
    >>> larger = PairLookup(table=(0, 1, 1, 1), bits=(1, 1), firsts=(0, 0))
    >>> larger.compute(np.array([[0, 1, 0]]), np.array([[0, 0, 1]]))
    array([[0, 1, 1]])
    """

    table: tuple[int, ...]
    bits: tuple[int, int]
    firsts: tuple[int, int]

    def __post_init__(self) -> None:
        widths = integer_pair(self.bits, (1, MOST_BITS - 1), field="bits")
        if sum(widths) > MOST_BITS:
            msg = f"bits must be at most {MOST_BITS} together, got {widths}"
            raise LayerError(msg)
        firsts = integer_pair(self.firsts, CODES, field="firsts")
        for first, width in zip(firsts, widths, strict=True):
            if first not in {0, -(1 << (width - 1))}:
                msg = f"firsts must be 0 or {-(1 << (width - 1))}, got {first}"
                raise LayerError(msg)
        entries = tuple(
            integer_in(entry, CODES, field="table")
            for entry in sequence_of(self.table, field="table")
        )
        if len(entries) != 1 << sum(widths):
            msg = f"table must have {1 << sum(widths)} entries, got {len(entries)}"
            raise LayerError(msg)
        for field, value in (("table", entries), ("bits", widths), ("firsts", firsts)):
            object.__setattr__(self, field, value)

    def output_format(self, *formats: Format) -> Format:
        """Smallest format that holds every entry; every pair of input codes must have one."""
        for stored, first, width in zip(formats, self.firsts, self.bits, strict=True):
            require_integer_format(stored, self)
            last = first + (1 << width) - 1
            if stored.min < first or stored.max > last:
                msg = f"input of PairLookup must be in {first}..{last}, got {stored}"
                raise LayerError(msg)
        return smallest_format(min(self.table), max(self.table))

    def compute(self, *codes: IntArray) -> IntArray:
        """Read the table at every pair of codes."""
        rows = codes[0] - self.firsts[0]
        columns = self.spread(*codes) - self.firsts[1]
        entries: IntArray = np.array(self.table, np.int64)[(rows << self.bits[1]) + columns]
        return entries
