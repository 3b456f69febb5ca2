"""Requantize units in the form that compiled code takes, and which of them have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.arith.requantize import Constants, Mode, reduced_multiplier
from qpim_emu.arith.rounding import Rounding
from qpim_emu.engine.fast.kernels import requantize as kernel
from qpim_emu.engine.fast.kernels.requantize import LATER, NOTHING, Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.layers import Conv2d, Linear

__all__ = ["LATER", "NOTHING", "unit_of"]

ROUNDINGS = {
    Rounding.FLOOR: kernel.FLOOR,
    Rounding.HALF_UP: kernel.HALF_UP,
    Rounding.HALF_EVEN: kernel.HALF_EVEN,
    Rounding.HALF_AWAY: kernel.HALF_AWAY,
    Rounding.TOWARD_ZERO: kernel.TOWARD_ZERO,
}
MODES = {
    Mode.NONE: NOTHING,
    Mode.SCALE_BIAS_SHIFT: kernel.SCALE_BIAS_SHIFT,
    Mode.Q31_DOUBLE: kernel.Q31_DOUBLE,
    Mode.Q31_SINGLE: kernel.Q31_SINGLE,
    Mode.Q15_ACC64: kernel.Q15_ACC64,
    Mode.F32_EVEN: kernel.F32_EVEN,
    Mode.F64_AWAY: kernel.F64_AWAY,
    Mode.F_EVEN_ZP_IN: kernel.F_EVEN_ZP_IN,
    Mode.MULTITHRESHOLD: kernel.MULTITHRESHOLD,
}

FRACTIONS = {kernel.Q31_SINGLE: 31, kernel.Q15_ACC64: 15}
"""Bits that a mode shifts by besides its constant."""

INT64_MAX = (1 << 63) - 1
LARGEST_SHIFT = 62


def unit_of(layer: Conv2d | Linear, filters: IntArray, *, output_words: int) -> Unit:
    """Lay the constants of some filters out.

    Parameters
    ----------
    filters
        ``int64[columns]``: filter of each column.
    output_words
        Words of an output; compiled code packs codes of one word, which bipolar ones are not.
    """
    mode = layer.requantize.mode
    columns = len(filters)
    if mode is Mode.NONE:
        return lay_out(NOTHING, None, columns)
    constants = layer.requantize.of_filters(filters)
    bits = layer.accumulator.bits
    bipolar = layer.output_format.encoding is Encoding.BIPOLAR
    if bipolar or output_words > 1 or not is_taken(mode, constants, bits):
        return lay_out(LATER, None, columns)
    number = ROUNDINGS[constants.rounding] if mode is Mode.SHIFT else MODES[mode]
    if number == kernel.HALF_UP and bits > LARGEST_SHIFT:
        return lay_out(LATER, None, columns)
    return lay_out(number, constants, columns)


def is_taken(mode: Mode, constants: Constants, bits: int) -> bool:
    """Whether no step of the compiled mode leaves 64 bits, for any accumulator of `bits` bits."""
    least, most = int(np.min(constants.shift)), int(np.max(constants.shift))
    if mode is Mode.SHIFT:
        return least >= 0 and most < LARGEST_SHIFT
    if mode is Mode.SCALE_BIAS_SHIFT:
        factor = int(np.max(np.abs(constants.multiplier)))
        largest = max(int(np.max(constants.addend)), -int(np.min(constants.addend)))
        return 0 <= least <= most <= LARGEST_SHIFT and (factor << (bits - 1)) + largest <= INT64_MAX
    return True


def lay_out(number: int, constants: Constants | None, columns: int) -> Unit:
    """Make a unit; all constants 0 where there are none."""

    def spread(value: Any, dtype: type[np.generic] = np.int64) -> NDArray[Any]:  # noqa: ANN401
        """One value per column."""
        return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype), (columns,)))

    c = constants or Constants()
    held = np.float64 if number == kernel.F64_AWAY else np.float32
    zero = np.asarray(0 if number == kernel.F_EVEN_ZP_IN else c.zero_point, np.int64)
    shift, reduced = np.asarray(c.shift, np.int64), reduced_multiplier(c.multiplier)
    return Unit(
        mode=number,
        multiplier=spread(reduced if number == kernel.Q15_ACC64 else c.multiplier),
        left=spread(np.maximum(-shift, 0)),
        right=spread(np.maximum(shift + FRACTIONS.get(number, 0), 0)),
        addend=spread(addend_of(number, c)),
        scale=spread(np.asarray(c.scale, held), np.float64),
        thresholds=np.ascontiguousarray(np.atleast_2d(c.thresholds)),
        low=spread(c.low - zero),
        high=spread(c.high - zero),
        zero=spread(zero),
    )


def addend_of(number: int, constants: Constants) -> Integers:
    """What compiled modes add before they shift or round."""
    if number == kernel.HALF_UP:
        return (np.int64(1) << np.asarray(constants.shift, np.int64)) >> 1
    if number == kernel.F_EVEN_ZP_IN:
        return constants.zero_point
    if number == kernel.MULTITHRESHOLD:
        return constants.offset
    return constants.addend
