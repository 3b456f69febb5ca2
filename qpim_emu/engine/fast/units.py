"""Requantize units in the form that emitted code takes, and which of them have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.arith.requantize import Constants, Mode, reduced_multiplier
from qpim_emu.arith.rounding import Rounding
from qpim_emu.engine.fast.kernels import requantize as kernel
from qpim_emu.engine.fast.kernels.requantize import COMMON, Coded, Later, Nothing, Unit

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.layers import Conv2d, Linear

__all__ = ["unit_of"]

ROUNDINGS: dict[Rounding, type[Coded]] = {
    Rounding.FLOOR: kernel.Floor,
    Rounding.HALF_UP: kernel.HalfUp,
    Rounding.HALF_EVEN: kernel.HalfEven,
    Rounding.HALF_AWAY: kernel.HalfAway,
    Rounding.TOWARD_ZERO: kernel.TowardZero,
}
MODES: dict[Mode, type[Coded]] = {
    Mode.SCALE_BIAS_SHIFT: kernel.ScaleBiasShift,
    Mode.Q31_DOUBLE: kernel.Q31Double,
    Mode.Q31_SINGLE: kernel.RoundedProduct,
    Mode.Q15_ACC64: kernel.RoundedProduct,
    Mode.F32_EVEN: kernel.F32Even,
    Mode.F64_AWAY: kernel.F64Away,
    Mode.F_EVEN_ZP_IN: kernel.FEvenZpIn,
    Mode.MULTITHRESHOLD: kernel.Multithreshold,
}

FRACTIONS = {Mode.Q31_SINGLE: 31, Mode.Q15_ACC64: 15}
"""Bits that a mode shifts by besides its constant."""

INT64_MAX = (1 << 63) - 1
LARGEST_SHIFT = 62
LANE_BITS = 32
LARGEST_IN_LANE = 1 << 30
"""Limits and offsets up to here are taken in lanes of 32 bits, whose ends stand for more."""


def unit_of(
    layer: Conv2d | Linear, filters: IntArray, *, output_words: int, lane_bits: int
) -> Unit:
    """Lay the constants of some filters out.

    Parameters
    ----------
    filters
        ``int64[columns]``: filter of each column.
    output_words
        Words of an output; emitted code packs codes of one word, which bipolar ones are not.
    lane_bits
        Width that holds every accumulator, 32 or 64.

    Returns
    -------
    Unit
        Constants by column, ``int64[constants, columns]``, and thresholds
        ``int64[columns or 1, T]``; `in_chunks` makes chunks of them.
    """
    mode = layer.requantize.mode
    if mode is Mode.NONE:
        return without_constants(Nothing, len(filters))
    constants = layer.requantize.of_filters(filters)
    bipolar = layer.output_format.encoding is Encoding.BIPOLAR
    if bipolar or output_words > 1 or not is_taken(mode, constants, layer, lane_bits):
        return without_constants(Later, len(filters))
    kind = ROUNDINGS[constants.rounding] if mode is Mode.SHIFT else MODES[mode]
    return lay_out(kind, values_of(mode, constants), len(filters), constants.thresholds)


def is_taken(mode: Mode, constants: Constants, layer: Conv2d | Linear, lane_bits: int) -> bool:
    """Whether no step of the emitted mode leaves its lanes, for any accumulator."""
    least, most = int(np.min(constants.shift)), int(np.max(constants.shift))
    if lane_bits == LANE_BITS and not fits_lane(mode, constants):
        return False
    if mode is Mode.SHIFT:
        return least >= 0 and most < min(lane_bits, LARGEST_SHIFT)
    if mode is Mode.SCALE_BIAS_SHIFT:
        factor = int(np.max(np.abs(constants.multiplier)))
        largest = max(int(np.max(constants.addend)), -int(np.min(constants.addend)))
        bound = (factor << (layer.accumulator.bits - 1)) + largest
        return 0 <= least <= most <= LARGEST_SHIFT and bound <= INT64_MAX
    return True


def fits_lane(mode: Mode, constants: Constants) -> bool:
    """Whether limits, moved by the zero point, and codes before the clamp fit 32 bits."""
    values = values_of(mode, constants)
    moved = [values["low"], values["high"]]
    if mode is Mode.MULTITHRESHOLD:
        moved.append(values["addend"])
    return all(np.min(v) >= -LARGEST_IN_LANE and np.max(v) <= LARGEST_IN_LANE for v in moved)


def values_of(mode: Mode, c: Constants) -> dict[str, Any]:
    """Constants as modes name them."""
    moves = mode is not Mode.F_EVEN_ZP_IN
    zero = np.asarray(c.zero_point if moves else 0, np.int64)
    shift = np.asarray(c.shift, np.int64)
    held = np.float64 if mode is Mode.F64_AWAY else np.float32
    addends = {Mode.F_EVEN_ZP_IN: c.zero_point, Mode.MULTITHRESHOLD: c.offset}
    return {
        "low": c.low - zero,
        "high": c.high - zero,
        "zero": zero,
        "multiplier": reduced_multiplier(c.multiplier) if mode is Mode.Q15_ACC64 else c.multiplier,
        "left": np.maximum(-shift, 0),
        "right": np.maximum(shift, 0),
        "before": shift + FRACTIONS.get(mode, 0) - 1,
        "addend": addends.get(mode, c.addend),
        "scale": np.asarray(c.scale, held).astype(np.float64).view(np.int64),
    }


def lay_out(kind: type[Coded], values: dict[str, Any], columns: int, thresholds: IntArray) -> Coded:
    """Make a unit of those constants that its mode takes."""
    names = (*COMMON, *kind.names)
    constants = np.empty((len(names), columns), np.int64)
    for row, name in zip(constants, names, strict=True):
        row[:] = values[name]
    return kind(constants, np.atleast_2d(thresholds))


def without_constants(kind: type[Unit], columns: int) -> Unit:
    """Make a unit that makes no codes."""
    return kind(np.empty((0, columns), np.int64), np.empty((1, 0), np.int64))
