"""Constants of a layer whose windows drop low bits: exact quotients and rounded ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.arith.rounding import Rounding, shift_right
from qpim_emu.errors import LayerError

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["divide_half_even", "exact_quotient"]


def exact_quotient(values: IntArray, shift: int, *, field: str) -> IntArray:
    """Divide by ``2**shift`` where every value is a multiple of it.

    Raises
    ------
    LayerError
        If a value is no multiple of ``2**shift``.
    """
    left_over = values & ((1 << shift) - 1)
    if left_over.any():
        value = int(values[left_over != 0].flat[0])
        msg = f"{field} must be a multiple of {1 << shift} to drop {shift} bits, got {value}"
        raise LayerError(msg)
    return values >> shift


def divide_half_even(values: IntArray, shift: int) -> IntArray:
    """Divide by ``2**shift``, rounding half to even."""
    return shift_right(values, shift, Rounding.HALF_EVEN)
