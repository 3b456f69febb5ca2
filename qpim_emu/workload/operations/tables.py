"""Tables of functions that TFLite Micro computes in fixed point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.constants import quantize_multiplier
from qpim_emu.arith.requantize import q31_double
from qpim_emu.arith.rounding import Rounding, shift_right
from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.limits import integer_in, real_number

if TYPE_CHECKING:
    from typing import Protocol

    from qpim_emu.typing import IntArray

    class Function(Protocol):
        """A function of `qpim_emu.arith.fixed_point`."""

        def __call__(self, raw: IntArray, *, integer_bits: int) -> IntArray: ...


__all__ = ["TABLE_BITS", "table_of"]

TABLE_BITS = 8
INTEGER_BITS = 4
FRACTION_BITS = 31 - INTEGER_BITS
LARGEST_LEFT_SHIFT = 31


def table_of(
    function: Function,
    scale: float,
    zero_point: int,
    *,
    dropped_bits: int,
    output_zero_point: int,
) -> tuple[int, ...]:
    """Tabulate a fixed-point function for every int8 code.

    Parameters
    ----------
    function
        From and to raw fixed-point integers, see `qpim_emu.arith.fixed_point`.
    scale, zero_point
        Of the input; the scale is rounded to float32 first.
    dropped_bits
        Fraction bits of the result that the output code does not have.
    output_zero_point
        Added to it.

    Raises
    ------
    LayerError
        If the scale or the zero point is out of range.
    """
    low, high = -(1 << (TABLE_BITS - 1)), (1 << (TABLE_BITS - 1)) - 1
    integer_in(zero_point, (low, high), field="input_zero_point")
    multiplier, left = input_constants(scale)
    radius = (((1 << INTEGER_BITS) - 1) << FRACTION_BITS) >> left
    values = np.arange(low, high + 1) - zero_point
    inside = np.abs(values) < radius
    raw = q31_double(np.where(inside, values, 0), multiplier=multiplier, shift=-left)
    result = shift_right(function(raw, integer_bits=INTEGER_BITS), dropped_bits, Rounding.HALF_AWAY)
    codes = np.clip(result + output_zero_point, low, high)
    entries = np.where(inside, codes, np.where(values <= -radius, low, high))
    return tuple(entries.tolist())


def input_constants(scale: float) -> tuple[int, int]:
    """Multiplier and left shift that give an input its fixed-point format."""
    held = float(np.float32(real_number(scale, field="input_scale")))
    if not 2.0 ** -(FRACTION_BITS + 1) <= held < 1 << INTEGER_BITS:
        msg = f"input_scale must be in 2**-{FRACTION_BITS + 1} .. {1 << INTEGER_BITS}, got {scale}"
        raise LayerError(msg)
    multiplier, shift = quantize_multiplier(held * (1 << FRACTION_BITS))
    return multiplier, -shift
