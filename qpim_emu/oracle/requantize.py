"""Requantization by definition: exact fractions, one output at a time.

Every mode says in rationals what its source computes in registers. Only the float modes use
floats, as NumPy scalars of the type that the source names; what follows the last float
operation is exact again.

Sources: MultiplyByQuantizedMultiplier (tensorflow/lite/kernels/internal/common.cc) and the two
fixed-point steps of gemmlowp (fixedpoint.h); LiteRT reference fully_connected.h; ONNX Runtime
MlasRequantizeOutput; onnx/reference/ops/op_qlinear_conv.py; QONNX MultiThreshold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qpim_emu.workload.requantize import Requantize

__all__ = ["BEYOND", "ROUNDINGS", "FilterConstants", "constants_of", "output_code", "scaled"]

HALF = Fraction(1, 2)

BEYOND = 2**1100
"""Stands for an infinite product: larger than any finite float64, so beyond every clamp."""

ROUNDINGS: Mapping[str, Callable[[Fraction], int]] = {
    "floor": math.floor,
    "toward_zero": math.trunc,
    "half_up": lambda x: math.floor(x + HALF),
    "half_even": round,
    "half_away": lambda x: math.trunc(x + HALF if x >= 0 else x - HALF),
}
"""The integer next to a fraction, by name of the rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterConstants:
    """Constants of the unit for one filter, as Python numbers; 0 where a mode has none.

    `shift` divides by ``2**shift``; a negative one multiplies.
    """

    multiplier: int
    shift: int
    addend: int
    scale: float
    thresholds: tuple[int, ...]
    offset: int
    zero_point: int
    rounding: str


def constants_of(unit: Requantize, m: int) -> FilterConstants:
    """Constants of filter `m`."""

    def integer(name: str) -> int:
        return int(for_filter(getattr(unit, name), m, axes=0))

    return FilterConstants(
        multiplier=integer("multiplier"),
        shift=integer("shift"),
        addend=integer("addend"),
        scale=float(for_filter(unit.scale, m, axes=0)),
        thresholds=tuple(int(t) for t in np.ravel(for_filter(unit.thresholds, m, axes=1))),
        offset=integer("offset"),
        zero_point=integer("zero_point"),
        rounding=str(unit.rounding),
    )


def for_filter(value: object, m: int, *, axes: int) -> np.ndarray[tuple[int, ...], np.dtype]:
    """Entry `m` of a constant that has a leading axis of filters beyond its own `axes`."""
    if value is None:
        return np.zeros((0,) * axes)
    array = np.asarray(value)
    return array[m] if array.ndim > axes else array


def output_code(unit: Requantize, accumulator: int, m: int) -> tuple[int, int]:
    """Output code of one accumulator of filter `m`, and 1 if the clamp changed it.

    With mode ``none`` that is the accumulator itself.
    """
    if unit.mode == "none":
        return accumulator, 0
    code = scaled(str(unit.mode), accumulator, constants_of(unit, m))
    clamped = code
    if unit.low is not None:
        clamped = max(clamped, int(for_filter(unit.low, m, axes=0)))
    if unit.high is not None:
        clamped = min(clamped, int(for_filter(unit.high, m, axes=0)))
    return clamped, int(clamped != code)


def scaled(mode: str, accumulator: int, c: FilterConstants) -> int:
    """Code of an accumulator before the clamp, with the zero point."""
    if mode in {"f_even_zp_in", "multithreshold"}:
        return MODES[mode](accumulator, c)
    return MODES[mode](accumulator, c) + c.zero_point


def power(exponent: int) -> Fraction:
    """``2**exponent`` for an exponent of either sign."""
    return Fraction(2) ** exponent


def int32(value: int) -> int:
    """Keep what a C conversion to ``int32_t`` keeps."""
    return (value + 2**31) % 2**32 - 2**31


def shift(a: int, c: FilterConstants) -> int:
    """Round ``a / 2**shift`` as asked."""
    return ROUNDINGS[c.rounding](a / power(c.shift))


def scale_bias_shift(a: int, c: FilterConstants) -> int:
    """Round ``(a * multiplier + addend) / 2**shift`` down."""
    return math.floor((a * c.multiplier + c.addend) / power(c.shift))


def q31_double(a: int, c: FilterConstants) -> int:
    """Shift left in 32 bits, multiply by a Q0.31 fraction, divide by a power of two.

    The multiplication adds 2**30 to a product of 0 or more and 1 - 2**30 to a negative one and
    then truncates: for positive products that is half up. The negative tie ``-(n + 1/2)`` becomes
    ``-(n + 1) + 2**-31``, truncated to ``-n``: half up as well. It saturates at 2**31 - 1. The
    division rounds when the remainder exceeds half the divisor, or half and a bit for negative
    numbers, whose remainder counts up from the floor: half away from zero.
    """
    left, right = max(-c.shift, 0), max(c.shift, 0)
    high = ROUNDINGS["half_up"](Fraction(int32(a * 2**left) * c.multiplier, 2**31))
    return ROUNDINGS["half_away"](Fraction(min(high, 2**31 - 1), 2**right))


def q31_single(a: int, c: FilterConstants) -> int:
    """Round ``a * multiplier / 2**(31 + shift)`` half up, keep 32 bits."""
    return int32(ROUNDINGS["half_up"](a * c.multiplier / power(31 + c.shift)))


def q15_acc64(a: int, c: FilterConstants) -> int:
    """Do as `q31_single` with the multiplier reduced to Q0.15, rounded half up, below 1."""
    reduced = min(ROUNDINGS["half_up"](Fraction(c.multiplier, 2**16)), 2**15 - 1)
    return int32(ROUNDINGS["half_up"](a * reduced / power(15 + c.shift)))


def f64_away(a: int, c: FilterConstants) -> int:
    """Round ``double(a) * double(scale)`` half away from zero."""
    with np.errstate(over="ignore", under="ignore"):
        product = np.int64(a).astype(np.float64) * np.float64(c.scale)
    return nearest(product, "half_away")


def f32_even(a: int, c: FilterConstants) -> int:
    """Round ``float(a) * float(scale)`` half to even."""
    with np.errstate(over="ignore", under="ignore"):
        product = np.int64(a).astype(np.float32) * np.float64(c.scale).astype(np.float32)
    return nearest(product, "half_even")


def f_even_zp_in(a: int, c: FilterConstants) -> int:
    """Round ``double(a) * float(scale) + zero point``, computed in double, half to even."""
    with np.errstate(over="ignore", under="ignore"):
        factor = np.float64(c.scale).astype(np.float32).astype(np.float64)
        product = np.int64(a).astype(np.float64) * factor
        return nearest(product + np.float64(c.zero_point), "half_even")


def nearest(value: np.float32 | np.float64, rounding: str) -> int:
    """Round the exact value of a float; infinities become `BEYOND`."""
    if np.isinf(value):
        return BEYOND if value > 0 else -BEYOND
    return ROUNDINGS[rounding](Fraction(float(value)))


def multithreshold(a: int, c: FilterConstants) -> int:
    """Count the thresholds at or below the accumulator, from `offset` upwards."""
    return c.offset + sum(1 for threshold in c.thresholds if threshold <= a)


MODES: Mapping[str, Callable[[int, FilterConstants], int]] = {
    "shift": shift,
    "scale_bias_shift": scale_bias_shift,
    "q31_double": q31_double,
    "q31_single": q31_single,
    "q15_acc64": q15_acc64,
    "f64_away": f64_away,
    "f32_even": f32_even,
    "f_even_zp_in": f_even_zp_in,
    "multithreshold": multithreshold,
}
