"""Mode ``q31_single``: the rescaling of TFLite builds with ``TFLITE_SINGLE_ROUNDING``.

Source: ``MultiplyByQuantizedMultiplier(int32_t, ...)`` of tensorflow/lite/kernels/internal/common.
TFLite's exponent is the negative of our shift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.arith.requantize.registers import wrap_int32
from qpim_emu.arith.rounding import Rounding, shift_right

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers

__all__ = ["q31_single"]

FRACTION_BITS = 31


def q31_single(accumulator: Integers, *, multiplier: Integers, shift: Integers) -> Integers:
    """Compute ``accumulator * multiplier / 2**(31 + shift)``, rounded once, ties upwards.

    The product has at most 62 bits and is shifted right by 1..62, so 64 bits hold every step.
    The result is kept in 32 bits: where a left shift leaves them it **wraps**, as the C
    conversion does (the source asserts that it does not happen).

    Parameters
    ----------
    accumulator
        Up to 32 bits.
    multiplier
        Q0.31, 0..2**31 - 1.
    shift
        -30..31, the negative of TFLite's exponent.

    Examples
    --------
    >>> q31_single(-3, multiplier=1 << 30, shift=0), q31_single(-3, multiplier=1 << 30, shift=1)
    (-1, -1)
    """
    scaled = shift_right(accumulator * multiplier, FRACTION_BITS + shift, Rounding.HALF_UP)
    return wrap_int32(scaled)
