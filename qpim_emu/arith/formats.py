"""Integer formats: a width and a signedness as one value.

A format knows its range and how a value is wrapped or saturated into it, so that no other
part of the emulator spells out a ``0xFF``. `Int`, `UInt` and `BIPOLAR` are the formats users
write; `parse_format` reads the spellings of FINN and QONNX (``"INT4"``, ``"uint6"``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from qpim_emu.arith.integers import is_integer
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["BIPOLAR", "Encoding", "Format", "FormatLike", "Int", "UInt", "parse_format"]

from enum import StrEnum

MAX_FORMAT_BITS = 64


class Encoding(StrEnum):
    """How the bits of a field are read as a number."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    BIPOLAR = "bipolar"


@dataclass(frozen=True, slots=True)
class Format:
    """An integer format of `bits` bits.

    Parameters
    ----------
    bits
        Width in bits, 1..64 (1 for ``bipolar``).
    encoding
        ``signed`` (two's complement), ``unsigned``, or ``bipolar`` (one bit, values -1 and +1,
        stored as ``(value + 1) / 2``).

    Raises
    ------
    InputError
        If the width is outside 1..64, a bipolar format is wider than one bit, or there is no
        such encoding.

    Examples
    --------
    >>> Int(4).min, Int(4).max, Int(4).wrap(9), Int(4).saturate(9)
    (-8, 7, -7, 7)
    """

    bits: int
    encoding: Encoding

    def __post_init__(self) -> None:
        if not is_integer(self.bits):
            msg = f"bits must be an integer, got {self.bits!r}"
            raise InputError(msg)
        if not isinstance(self.encoding, str) or self.encoding not in list(Encoding):
            msg = f"encoding must be one of {', '.join(Encoding)}, got {self.encoding!r}"
            raise InputError(msg)
        object.__setattr__(self, "bits", int(self.bits))
        object.__setattr__(self, "encoding", Encoding(self.encoding))
        limit = 1 if self.encoding is Encoding.BIPOLAR else MAX_FORMAT_BITS
        if not 1 <= self.bits <= limit:
            msg = f"bits of {self.encoding} must be in 1..{limit}, got {self.bits}"
            raise InputError(msg)

    def __str__(self) -> str:
        if self.encoding is Encoding.BIPOLAR:
            return "bipolar"
        return f"{'int' if self.is_signed else 'uint'}{self.bits}"

    @property
    def is_signed(self) -> bool:
        """True for two's complement."""
        return self.encoding is Encoding.SIGNED

    @property
    def min(self) -> int:
        """Smallest value."""
        if self.encoding is Encoding.BIPOLAR:
            return -1
        return -(1 << (self.bits - 1)) if self.is_signed else 0

    @property
    def max(self) -> int:
        """Largest value."""
        return (1 << (self.bits - 1)) - 1 if self.is_signed else (1 << self.bits) - 1

    def contains(self, value: int) -> bool:
        """Whether `value` is one of the values of the format."""
        if self.encoding is Encoding.BIPOLAR:
            return value in {-1, 1}
        return self.min <= value <= self.max

    def wrap(self, value: int) -> int:
        """Bring `value` into the format modulo ``2**bits`` (not defined for bipolar)."""
        return (value - self.min) % (1 << self.bits) + self.min

    def saturate(self, value: int) -> int:
        """Clip `value` to the nearest value of the format."""
        return min(max(value, self.min), self.max)

    @overload
    def to_field(self, value: int) -> int: ...
    @overload
    def to_field(self, value: IntArray) -> IntArray: ...
    def to_field(self, value: int | IntArray) -> int | IntArray:
        """Encode a value of the format as its unsigned bit field (right-justified)."""
        if self.encoding is Encoding.BIPOLAR:
            return (value + 1) >> 1
        return value & ((1 << self.bits) - 1)

    @overload
    def from_field(self, field: int) -> int: ...
    @overload
    def from_field(self, field: IntArray) -> IntArray: ...
    def from_field(self, field: int | IntArray) -> int | IntArray:
        """Read an unsigned bit field of `bits` bits as the value it stands for."""
        if self.encoding is Encoding.BIPOLAR:
            return 2 * field - 1
        if self.is_signed:
            return field - ((field >> (self.bits - 1)) << self.bits)
        return field

    def find_outside(self, values: IntArray) -> IntArray:
        """Flat indices of the values that do not belong to the format, ``int64[n]``."""
        if self.encoding is Encoding.BIPOLAR:
            return np.flatnonzero((values != -1) & (values != 1))
        if values.size and self.contains(int(values.min())) and self.contains(int(values.max())):
            return np.zeros(0, np.int64)
        return np.flatnonzero((values < self.min) | (values > self.max))


def Int(bits: int) -> Format:  # noqa: N802 - spelled like the type names of quantization tools
    """Two's complement format of `bits` bits."""
    return Format(bits, Encoding.SIGNED)


def UInt(bits: int) -> Format:  # noqa: N802 - spelled like the type names of quantization tools
    """Unsigned format of `bits` bits."""
    return Format(bits, Encoding.UNSIGNED)


BIPOLAR = Format(1, Encoding.BIPOLAR)
"""One bit standing for -1 or +1, stored as ``(value + 1) / 2``."""

type_pattern = re.compile(r"(u?int)([1-9][0-9]?)")
FormatLike = Format | str


def parse_format(text: FormatLike, *, field: str = "type") -> Format:
    """Read a format, or the name of one as FINN and QONNX spell it.

    Parameters
    ----------
    text
        A `Format`, or ``"INT4"``, ``"uint6"``, ``"BINARY"`` (one unsigned bit), ``"BIPOLAR"``
        in any case.
    field
        What to call the value in the error message.

    Raises
    ------
    InputError
        If `text` is no such name.

    Examples
    --------
    >>> str(parse_format("UINT6"))
    'uint6'
    """
    if isinstance(text, Format):
        return text
    name = text.strip().lower() if isinstance(text, str) else ""
    if name == "bipolar":
        return BIPOLAR
    if name == "binary":
        return UInt(1)
    match = type_pattern.fullmatch(name)
    if match is None:
        msg = f"{field} must be a format like Int(4), 'uint6' or 'bipolar', got {text!r}"
        raise InputError(msg)
    if int(match[2]) > MAX_FORMAT_BITS:
        msg = f"{field} must have 1..{MAX_FORMAT_BITS} bits, got {text!r}"
        raise InputError(msg)
    return (Int if match[1] == "int" else UInt)(int(match[2]))
