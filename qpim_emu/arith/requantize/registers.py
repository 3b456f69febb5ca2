"""Steps that several modes share: ``int32`` registers and the two directions of a shift."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import IntArray

__all__ = ["INT32_MAX", "left_and_right", "wrap_int32"]

SIGN_BIT = 1 << 31
INT32_MAX = SIGN_BIT - 1
INT32_MASK = (1 << 32) - 1


@overload
def wrap_int32(value: int) -> int: ...
@overload
def wrap_int32(value: IntArray) -> IntArray: ...
def wrap_int32(value: Integers) -> Integers:
    """Keep the low 32 bits, as a two's complement number (values of at most 63 bits)."""
    return ((value + SIGN_BIT) & INT32_MASK) - SIGN_BIT


def left_and_right(shift: Integers) -> tuple[Integers, Integers]:
    """Split a shift (positive right, negative left) into two amounts of 0 or more."""
    if isinstance(shift, np.ndarray):
        return np.maximum(-shift, 0), np.maximum(shift, 0)
    return max(-shift, 0), max(shift, 0)
