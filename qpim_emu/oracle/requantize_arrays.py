"""Requantization of whole layers: `qpim_emu.oracle.requantize` in NumPy, proven equal to it.

A fraction is a pair of arrays, numerator and denominator, of ``int64`` where a bound on the
values present allows it and of Python integers elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from qpim_emu.oracle.exact import ExactArray, exact_array, largest
from qpim_emu.oracle.requantize import BEYOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.requantize import Requantize

__all__ = ["output_codes"]

Scaler: TypeAlias = "Callable[[IntArray, Requantize], ExactArray]"

INT64_FLOAT = 2.0**62
"""Whole floats below this magnitude are converted to int64 at once."""


def output_codes(unit: Requantize, accumulators: IntArray) -> tuple[IntArray, int]:
    """Output codes of a layer and the number of codes that the clamp changed.

    Parameters
    ----------
    unit
        The requantization; its per-filter constants follow axis 1.
    accumulators
        ``int64[images, filters, rows, columns]``.
    """
    held = accumulators.astype(np.int64)
    if unit.mode == "none":
        return held, 0
    codes = MODES[str(unit.mode)](held, unit)
    if unit.mode not in {"f_even_zp_in", "multithreshold"}:
        codes = plus(codes, column(unit.zero_point))
    clamped = codes
    if unit.low is not None:
        clamped = np.maximum(clamped, column(unit.low))
    if unit.high is not None:
        clamped = np.minimum(clamped, column(unit.high))
    return clamped.astype(np.int64), int(np.count_nonzero(clamped != codes))


def column(value: object) -> ExactArray:
    """Shape a scalar or one value per filter to meet ``[images, filters, rows, columns]``."""
    return np.asarray(value).reshape(1, -1, 1, 1)


def plus(left: ExactArray, right: ExactArray) -> ExactArray:
    """Add exactly."""
    bound = largest(left) + largest(right)
    return np.asarray(exact_array(left, bound) + exact_array(right, bound))


def times(left: ExactArray, right: ExactArray) -> ExactArray:
    """Multiply exactly (the operands must fit as well: a product with 0 is small)."""
    bound = max(largest(left) * largest(right), largest(left), largest(right))
    return np.asarray(exact_array(left, bound) * exact_array(right, bound))


def power(exponents: ExactArray) -> ExactArray:
    """``2**e`` for exponents of 0 or more; negative ones give 1."""
    powers = [2 ** max(int(e), 0) for e in exponents.flat]
    found = np.array(powers, dtype=object).reshape(exponents.shape)
    return exact_array(found, max(powers))


def divided(numerator: ExactArray, shift: ExactArray, rounding: str) -> ExactArray:
    """``numerator / 2**shift`` with shifts of either sign, rounded.

    Half a unit is added as ``(2 * numerator + denominator) // (2 * denominator)``, so twice the
    larger magnitude and the denominator bound every intermediate value.
    """
    numerator, denominator = times(numerator, power(-shift)), power(shift)
    bound = 2 * largest(numerator) + 2 * largest(denominator)
    return np.asarray(
        ROUNDINGS[rounding](exact_array(numerator, bound), exact_array(denominator, bound))
    )


def half_up(n: ExactArray, d: ExactArray) -> ExactArray:
    """Round to nearest, ties upwards."""
    return np.asarray((2 * n + d) // (2 * d))


def half_even(n: ExactArray, d: ExactArray) -> ExactArray:
    """Round half up, then bring ties that became odd back by one."""
    rounded = half_up(n, d)
    tie = (2 * n + d) % (2 * d) == 0
    return np.asarray(rounded - tie * (rounded % 2))


def mirrored(rounding: Callable[[Any, Any], Any], n: ExactArray, d: ExactArray) -> ExactArray:
    """Round magnitudes and give back the sign."""
    magnitude = rounding(abs(n), d)
    return np.asarray(np.where(n < 0, -magnitude, magnitude))


ROUNDINGS: Mapping[str, Callable[[ExactArray, ExactArray], ExactArray]] = {
    "floor": lambda n, d: np.asarray(n // d),
    "toward_zero": lambda n, d: mirrored(lambda p, q: p // q, n, d),
    "half_up": half_up,
    "half_even": half_even,
    "half_away": lambda n, d: mirrored(half_up, n, d),
}


def int32(values: ExactArray) -> ExactArray:
    """Keep what a C conversion to ``int32_t`` keeps."""
    return np.asarray((plus(values, np.array(2**31)) % 2**32).astype(np.int64) - 2**31)


def shift(a: IntArray, unit: Requantize) -> ExactArray:
    """Mode ``shift``."""
    return divided(a, column(unit.shift), str(unit.rounding))


def scale_bias_shift(a: IntArray, unit: Requantize) -> ExactArray:
    """Mode ``scale_bias_shift``."""
    addend = 0 if unit.addend is None else unit.addend
    affine = plus(times(a, column(unit.multiplier)), column(addend))
    return divided(affine, column(unit.shift), "floor")


def q31_double(a: IntArray, unit: Requantize) -> ExactArray:
    """Mode ``q31_double``."""
    amount = column(unit.shift)
    moved = int32(times(a, power(-amount)))
    high = divided(times(moved, column(unit.multiplier)), np.array(31), "half_up")
    return divided(np.minimum(high, 2**31 - 1), np.maximum(amount, 0), "half_away")


def q31_single(a: IntArray, unit: Requantize) -> ExactArray:
    """Mode ``q31_single``."""
    product = times(a, column(unit.multiplier))
    return int32(divided(product, 31 + column(unit.shift), "half_up"))


def q15_acc64(a: IntArray, unit: Requantize) -> ExactArray:
    """Mode ``q15_acc64``."""
    reduced = divided(column(unit.multiplier), np.array(16), "half_up")
    product = times(a, np.minimum(reduced, 2**15 - 1))
    return int32(divided(product, 15 + column(unit.shift), "half_up"))


def f64_away(a: IntArray, unit: Requantize) -> ExactArray:
    """Mode ``f64_away``."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        product = a.astype(np.float64) * column(unit.scale).astype(np.float64)
        whole = np.trunc(product)
        away = abs(product - whole) >= 1 / 2  # exact; not a number where infinite, so false
        return integers(whole + np.where(away, np.sign(product), 0))


def f32_even(a: IntArray, unit: Requantize) -> ExactArray:
    """Mode ``f32_even``."""
    with np.errstate(over="ignore", under="ignore"):
        product = a.astype(np.float32) * column(unit.scale).astype(np.float32)
    return integers(np.rint(product))


def f_even_zp_in(a: IntArray, unit: Requantize) -> ExactArray:
    """Mode ``f_even_zp_in``."""
    with np.errstate(over="ignore", under="ignore"):
        factor = column(unit.scale).astype(np.float32).astype(np.float64)
        product = a.astype(np.float64) * factor
    return integers(np.rint(product + column(unit.zero_point).astype(np.float64)))


def integers(whole: ExactArray) -> ExactArray:
    """Convert whole floats of any size; infinities become `BEYOND`."""
    if whole.size == 0 or float(abs(whole).max()) < INT64_FLOAT:
        return whole.astype(np.int64)
    finite = np.frompyfunc(integer, 1, 1)(whole)
    return np.asarray(finite, dtype=object)


def integer(whole: float) -> int:
    """Convert one whole float."""
    if np.isinf(whole):
        return BEYOND if whole > 0 else -BEYOND
    return int(whole)


def multithreshold(a: IntArray, unit: Requantize) -> ExactArray:
    """Mode ``multithreshold``: one comparison of the whole layer per threshold."""
    thresholds = np.atleast_2d(np.asarray(unit.thresholds))
    counts = np.zeros(a.shape, dtype=np.int64)
    for i in range(thresholds.shape[1]):
        counts += column(thresholds[:, i]) <= a
    return plus(counts, column(0 if unit.offset is None else unit.offset))


MODES: Mapping[str, Scaler] = {
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
