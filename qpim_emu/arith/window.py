"""Operand windows: which bits of a data word a layer reads, and as what number.

::

    word (W = 16)    15 14 13 12 11 10  9  8  7  6  5  4  3  2  1  0
    Int(4), shift 4                           [ p = 4  ]
    operand mask      0  0  0  0  0  0  0  0  1  1  1  1  0  0  0  0

``field = (word & operand_mask) >> shift`` and ``operand = extend(field)``; the zero point is
subtracted by the lanes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from qpim_emu.arith.formats import Format
from qpim_emu.arith.integers import is_integer
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """An operand window: a format and the position of its lowest bit in the word.

    Parameters
    ----------
    format
        Precision and encoding of the operand.
    shift
        Bit of the word that the operand's lowest bit comes from (``lo``), 0 for codes.

    Raises
    ------
    InputError
        If `format` is no `Format`, or `shift` no integer of 0 or more.

    Examples
    --------
    >>> from qpim_emu.arith.formats import Int
    >>> Window(Int(4), shift=4).operand(0x12F5)
    -1
    """

    format: Format
    shift: int = 0

    def __post_init__(self) -> None:
        given: object = self.format
        if not isinstance(given, Format):
            msg = f"format of a window must be a Format like Int(4), got {given!r}"
            raise InputError(msg)
        if not is_integer(self.shift) or self.shift < 0:
            msg = f"shift must be an integer of 0 or more, got {self.shift!r}"
            raise InputError(msg)
        object.__setattr__(self, "shift", int(self.shift))

    def __str__(self) -> str:
        return f"{self.format}" if self.shift == 0 else f"{self.format}<<{self.shift}"

    @property
    def precision(self) -> int:
        """Width p of the operand in bits."""
        return self.format.bits

    @property
    def past(self) -> int:
        """First bit above the window, ``shift + precision``."""
        return self.shift + self.precision

    @property
    def field_mask(self) -> int:
        """Bits of the right-justified field."""
        return (1 << self.precision) - 1

    @property
    def operand_mask(self) -> int:
        """Bits of the word that belong to the operand."""
        return self.field_mask << self.shift

    @overload
    def operand(self, word: int) -> int: ...
    @overload
    def operand(self, word: IntArray) -> IntArray: ...
    def operand(self, word: int | IntArray) -> int | IntArray:
        """Read the operand out of a word (before the zero point is subtracted)."""
        return self.format.from_field((word & self.operand_mask) >> self.shift)
