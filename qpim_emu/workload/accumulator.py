"""Accumulator of a layer: its width and what happens when a sum leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qpim_emu.arith.formats import Format, Int
from qpim_emu.arith.integers import is_integer
from qpim_emu.errors import LayerError

__all__ = ["Accumulator", "Overflow"]

MIN_BITS, MAX_BITS = 8, 64


class Overflow(StrEnum):
    """Policy of an accumulator whose sum leaves its format."""

    WRAP = "wrap"
    """Keep the low bits; outputs whose exact total lies outside are counted."""

    SATURATE = "saturate"
    """Clip at every addition, in mapping order; clipped additions are counted."""

    TRAP = "trap"
    """Raise under the condition that ``wrap`` counts."""


@dataclass(frozen=True, slots=True, init=False)
class Accumulator:
    """Two's complement accumulator of a layer.

    Parameters
    ----------
    bits
        Width, 8..64 (default 48).
    overflow
        ``"wrap"`` (default), ``"saturate"`` or ``"trap"``.

    Raises
    ------
    LayerError
        If the width or the policy is not one of those.
    """

    bits: int
    overflow: Overflow

    def __init__(self, *, bits: int = 48, overflow: Overflow | str = Overflow.WRAP) -> None:
        if not is_integer(bits) or not MIN_BITS <= bits <= MAX_BITS:
            msg = f"accumulator bits must be an integer in {MIN_BITS}..{MAX_BITS}, got {bits!r}"
            raise LayerError(msg)
        if not isinstance(overflow, str) or overflow not in list(Overflow):
            msg = f"accumulator overflow must be one of {', '.join(Overflow)}, got {overflow!r}"
            raise LayerError(msg)
        object.__setattr__(self, "bits", int(bits))
        object.__setattr__(self, "overflow", Overflow(overflow))

    @property
    def format(self) -> Format:
        """The two's complement format of the register."""
        return Int(self.bits)
