"""Mode ``q15_acc64``: the rescaling of TFLite's 16x8 layers, whose accumulators have 64 bits.

Source: ``MultiplyByQuantizedMultiplier(int64_t, ...)`` of tensorflow/lite/kernels/internal/common
(the same in single- and double-rounding builds). TFLite's exponent is the negative of our shift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize.registers import wrap_int32
from qpim_emu.arith.rounding import Rounding, shift_right

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers

__all__ = ["q15_acc64", "reduced_multiplier"]

FRACTION_BITS = 15
DROPPED_BITS = 16
LARGEST = (1 << 15) - 1


def q15_acc64(accumulator: Integers, *, multiplier: Integers, shift: Integers) -> Integers:
    """Compute ``accumulator * reduced / 2**(15 + shift)``, rounded once, ties upwards.

    `reduced` is the multiplier rounded to 15 bits. A product of 48 and 15 bits and the rounding
    constant stay inside 64 bits. The result is kept in 32 bits and **wraps** there, as the C
    conversion does (the source asserts that it does not happen).

    Parameters
    ----------
    accumulator
        Up to 48 bits.
    multiplier
        Q0.31, 0..2**31 - 1; reduced to Q0.15 here.
    shift
        -7..31, the negative of TFLite's exponent.

    Examples
    --------
    >>> q15_acc64(-3, multiplier=1 << 30, shift=0), q15_acc64(5 << 40, multiplier=1 << 30, shift=31)
    (-1, 1280)
    """
    product = accumulator * reduced_multiplier(multiplier)
    return wrap_int32(shift_right(product, FRACTION_BITS + shift, Rounding.HALF_UP))


def reduced_multiplier(multiplier: Integers) -> Integers:
    """Round a Q0.31 multiplier to Q0.15, ties upwards, saturating at ``0x7FFF``.

    Examples
    --------
    >>> reduced_multiplier(0x4000_8000), hex(reduced_multiplier(0x7FFF_FFFF))
    (16385, '0x7fff')
    """
    rounded = shift_right(multiplier, DROPPED_BITS, Rounding.HALF_UP)
    return (
        np.minimum(rounded, LARGEST) if isinstance(rounded, np.ndarray) else min(rounded, LARGEST)
    )
