"""Mode ``q31_double``: the default rescaling of TFLite and TFLite Micro, rounding twice.

Source: ``MultiplyByQuantizedMultiplier(int32_t, ...)`` of tensorflow/lite/kernels/internal/common
without ``TFLITE_SINGLE_ROUNDING``, and the two steps it takes from gemmlowp's fixedpoint.h.
TFLite's exponent is the negative of our shift.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from qpim_emu.arith.requantize.registers import INT32_MAX, left_and_right, wrap_int32
from qpim_emu.arith.rounding import Rounding, shift_right

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import IntArray

__all__ = ["doubling_high_multiply", "q31_double"]

FRACTION_BITS = 31


@overload
def q31_double(accumulator: int, *, multiplier: int, shift: int) -> int: ...
@overload
def q31_double(accumulator: IntArray, *, multiplier: Integers, shift: Integers) -> IntArray: ...
@overload
def q31_double(accumulator: Integers, *, multiplier: Integers, shift: Integers) -> Integers: ...
def q31_double(accumulator: Integers, *, multiplier: Integers, shift: Integers) -> Integers:
    """Compute ``accumulator * multiplier / 2**(31 + shift)``, rounded twice.

    1. A negative shift first moves the accumulator left, **wrapping** at 32 bits (the C code
       multiplies two ``int32``).
    2. *Saturating rounding doubling high multiply*: the product over ``2**31``, to nearest, ties
       towards plus infinity. Its only overflow, the square of the most negative number, gives
       the most positive one.
    3. *Rounding divide by power of two*: a positive shift, to nearest, ties away from zero.

    Parameters
    ----------
    accumulator
        Up to 32 bits.
    multiplier
        Q0.31, signed 32 bits.
    shift
        -31..31, the negative of TFLite's exponent.

    Examples
    --------
    >>> q31_double(-3, multiplier=1 << 30, shift=0), q31_double(-3, multiplier=1 << 30, shift=1)
    (-1, -1)
    """
    left, right = left_and_right(shift)
    return shift_right(
        doubling_high_multiply(wrap_int32(accumulator << left), multiplier),
        right,
        Rounding.HALF_AWAY,
    )


@overload
def doubling_high_multiply(a: int, b: int) -> int: ...
@overload
def doubling_high_multiply(a: IntArray, b: Integers) -> IntArray: ...
@overload
def doubling_high_multiply(a: Integers, b: Integers) -> Integers: ...
def doubling_high_multiply(a: Integers, b: Integers) -> Integers:
    """Multiply two ``int32`` and keep the high half of twice the product.

    The product of 32-bit numbers has at most 63 bits. gemmlowp writes the rounding as a signed
    nudge and a truncating division; both together are `Rounding.HALF_UP`.
    """
    high = shift_right(a * b, FRACTION_BITS, Rounding.HALF_UP)
    return high - (high > INT32_MAX)  # 2**31, from two times -2**31, is the only such value
