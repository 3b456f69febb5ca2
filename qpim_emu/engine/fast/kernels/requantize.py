"""Compiled requantization of rows of accumulators, for constants that need no more than 64 bits.

These are the functions of `qpim_emu.arith.requantize` once more, as loops over the filters of a
row, written so that compilers make vector code of them. The definitions are there;
`tests/unit/engine/test_fast_requantize.py` compares every mode and rounding with them, exhaustively
for narrow accumulators. `qpim_emu.engine.fast.units` says which constants are taken, and hands the
others to the definitions themselves.

No float here may be contracted or reassociated: `compiled` allows the compiler neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from qpim_emu.typing import FloatArray, IntArray, WordArray

__all__ = [
    "F32_EVEN",
    "F64_AWAY",
    "FLOOR",
    "F_EVEN_ZP_IN",
    "HALF_AWAY",
    "HALF_EVEN",
    "HALF_UP",
    "LATER",
    "MULTITHRESHOLD",
    "Q15_ACC64",
    "Q31_DOUBLE",
    "Q31_SINGLE",
    "SCALE_BIAS_SHIFT",
    "TOWARD_ZERO",
    "Out",
    "Unit",
    "requantize_rows",
]

(
    FLOOR,
    HALF_UP,
    HALF_EVEN,
    HALF_AWAY,
    TOWARD_ZERO,
    SCALE_BIAS_SHIFT,
    Q31_DOUBLE,
    Q31_SINGLE,
    Q15_ACC64,
    F32_EVEN,
    F64_AWAY,
    F_EVEN_ZP_IN,
    MULTITHRESHOLD,
) = range(13)
"""Modes; those named like roundings are ``shift`` with that rounding."""

NOTHING = -1
"""Mode of a unit that gives the accumulators out as they are."""

LATER = -2
"""Mode of a unit that compiled code cannot stand for; the definitions make the codes."""

INT32_MAX = (1 << 31) - 1
FLOAT_LIMIT = float(1 << 62)
HALF = 0.5


class Unit(NamedTuple):
    """Constants of a job's filters, one per column.

    Attributes
    ----------
    mode
        One of the names of this module.
    multiplier
        ``int64``; of ``q15_acc64`` the reduced one.
    left, right
        ``int64``: bits to shift, 0 to 63.
    addend
        ``int64``: ``scale_bias_shift``'s addend, ``f_even_zp_in``'s zero point,
        ``multithreshold``'s offset.
    scale
        ``float64``.
    thresholds
        ``int64[columns or 1, T]``.
    low, high, zero
        ``int64``: limits of the clamp, and what is added after it.
    """

    mode: int
    multiplier: IntArray
    left: IntArray
    right: IntArray
    addend: IntArray
    scale: FloatArray
    thresholds: IntArray
    low: IntArray
    high: IntArray
    zero: IntArray


class Out(NamedTuple):
    """What rows of totals become.

    Attributes
    ----------
    codes
        ``uint16[rows, columns]``: low bits of the codes.
    clamped
        ``int64[rows]``: codes of the row that the clamp changed.
    """

    codes: WordArray
    clamped: IntArray


@compiled
def floor_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """``shift``, rounding down."""
    first, past = span
    right = unit.right[first:past]
    low, high, zero = unit.low[first:past], unit.high[first:past], unit.zero[first:past]
    for r in range(totals.shape[0]):
        taken, given, count = totals[r][first:past], out.codes[r][first:past], 0
        for c in range(taken.shape[0]):
            value = taken[c] >> right[c]
            code = max(value, low[c])
            code = min(code, high[c])
            count += 1 if code != value else 0
            given[c] = np.uint16(code + zero[c])
        out.clamped[r] = count


@compiled
def half_up_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """``shift``, ties upwards: half of the divisor is added, then rounded down."""
    first, past = span
    right, addend = unit.right[first:past], unit.addend[first:past]
    low, high, zero = unit.low[first:past], unit.high[first:past], unit.zero[first:past]
    for r in range(totals.shape[0]):
        taken, given, count = totals[r][first:past], out.codes[r][first:past], 0
        for c in range(taken.shape[0]):
            value = (taken[c] + addend[c]) >> right[c]
            code = max(value, low[c])
            code = min(code, high[c])
            count += 1 if code != value else 0
            given[c] = np.uint16(code + zero[c])
        out.clamped[r] = count


@compiled
def carry(mode: int, floor: int, half: int, sticky: int, negative: int) -> int:
    """Carry into the floor, as `qpim_emu.arith.rounding` explains; others than `floor` 0 or 1."""
    if mode == HALF_EVEN:
        return half & (floor | sticky)
    if mode == HALF_AWAY:
        return half & (sticky | (1 - negative))
    return negative & (half | sticky)  # TOWARD_ZERO


@compiled
def shifted(mode: int, value: int, shift: int) -> int:
    """Shift right by 0 to 62 bits and round, half a unit being the first bit shifted out."""
    below = max(shift - 1, 0)
    half = (value >> below) & min(shift, 1)
    sticky = min(value & ((1 << below) - 1), 1)
    floor = value >> shift
    return floor + carry(mode, floor, half, sticky, -(value >> 63))


@compiled
def nearest_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """``shift`` with any other rounding."""
    first, past = span
    right = unit.right[first:past]
    low, high, zero = unit.low[first:past], unit.high[first:past], unit.zero[first:past]
    for r in range(totals.shape[0]):
        taken, given, count = totals[r][first:past], out.codes[r][first:past], 0
        for c in range(taken.shape[0]):
            value = shifted(unit.mode, taken[c], right[c])
            code = max(value, low[c])
            code = min(code, high[c])
            count += 1 if code != value else 0
            given[c] = np.uint16(code + zero[c])
        out.clamped[r] = count


@compiled
def multiply_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """``scale_bias_shift``, where sums fit 64 bits."""
    first, past = span
    multiplier, addend, right = (
        unit.multiplier[first:past],
        unit.addend[first:past],
        unit.right[first:past],
    )
    low, high, zero = unit.low[first:past], unit.high[first:past], unit.zero[first:past]
    for r in range(totals.shape[0]):
        taken, given, count = totals[r][first:past], out.codes[r][first:past], 0
        for c in range(taken.shape[0]):
            value = (taken[c] * multiplier[c] + addend[c]) >> right[c]
            code = max(value, low[c])
            code = min(code, high[c])
            count += 1 if code != value else 0
            given[c] = np.uint16(code + zero[c])
        out.clamped[r] = count


@compiled
def q31_double_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """``q31_double``."""
    first, past = span
    multiplier, left, right = (
        unit.multiplier[first:past],
        unit.left[first:past],
        unit.right[first:past],
    )
    low, high, zero = unit.low[first:past], unit.high[first:past], unit.zero[first:past]
    for r in range(totals.shape[0]):
        taken, given, count = totals[r][first:past], out.codes[r][first:past], 0
        for c in range(taken.shape[0]):
            moved = np.int64(np.int32(taken[c] << left[c]))
            halved = (moved * multiplier[c] + (1 << 30)) >> 31
            halved -= 1 if halved > INT32_MAX else 0
            value = shifted(HALF_AWAY, halved, right[c])
            code = max(value, low[c])
            code = min(code, high[c])
            count += 1 if code != value else 0
            given[c] = np.uint16(code + zero[c])
        out.clamped[r] = count


@compiled
def product_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """``q31_single`` and ``q15_acc64``, which shift by 1 bit or more."""
    first, past = span
    multiplier, right = unit.multiplier[first:past], unit.right[first:past]
    low, high, zero = unit.low[first:past], unit.high[first:past], unit.zero[first:past]
    for r in range(totals.shape[0]):
        taken, given, count = totals[r][first:past], out.codes[r][first:past], 0
        for c in range(taken.shape[0]):
            scaled = taken[c] * multiplier[c]
            rounded = (scaled >> right[c]) + ((scaled >> (right[c] - 1)) & 1)
            value = np.int64(np.int32(rounded))
            code = max(value, low[c])
            code = min(code, high[c])
            count += 1 if code != value else 0
            given[c] = np.uint16(code + zero[c])
        out.clamped[r] = count


@compiled
def f32_even_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """``f32_even``."""
    first, past = span
    scale = unit.scale[first:past]
    low, high, zero = unit.low[first:past], unit.high[first:past], unit.zero[first:past]
    for r in range(totals.shape[0]):
        taken, given, count = totals[r][first:past], out.codes[r][first:past], 0
        for c in range(taken.shape[0]):
            whole = np.float64(np.rint(np.float32(taken[c]) * np.float32(scale[c])))
            value = np.int64(min(max(whole, -FLOAT_LIMIT), FLOAT_LIMIT))
            code = max(value, low[c])
            code = min(code, high[c])
            count += 1 if code != value else 0
            given[c] = np.uint16(code + zero[c])
        out.clamped[r] = count


@compiled
def f64_away_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """``f64_away``."""
    first, past = span
    scale = unit.scale[first:past]
    low, high, zero = unit.low[first:past], unit.high[first:past], unit.zero[first:past]
    for r in range(totals.shape[0]):
        taken, given, count = totals[r][first:past], out.codes[r][first:past], 0
        for c in range(taken.shape[0]):
            product = min(max(np.float64(taken[c]) * scale[c], -FLOAT_LIMIT), FLOAT_LIMIT)
            whole = np.trunc(product)
            fraction = product - whole
            carried = (1 if fraction >= HALF else 0) - (1 if fraction <= -HALF else 0)
            value = np.int64(whole) + carried
            code = max(value, low[c])
            code = min(code, high[c])
            count += 1 if code != value else 0
            given[c] = np.uint16(code + zero[c])
        out.clamped[r] = count


@compiled
def f_even_zp_in_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """``f_even_zp_in``."""
    first, past = span
    scale, addend = unit.scale[first:past], unit.addend[first:past]
    low, high, zero = unit.low[first:past], unit.high[first:past], unit.zero[first:past]
    for r in range(totals.shape[0]):
        taken, given, count = totals[r][first:past], out.codes[r][first:past], 0
        for c in range(taken.shape[0]):
            whole = np.rint(np.float64(taken[c]) * scale[c] + np.float64(addend[c]))
            value = np.int64(min(max(whole, -FLOAT_LIMIT), FLOAT_LIMIT))
            code = max(value, low[c])
            code = min(code, high[c])
            count += 1 if code != value else 0
            given[c] = np.uint16(code + zero[c])
        out.clamped[r] = count


@compiled
def reached(ascending: IntArray, total: int) -> int:
    """Count the thresholds that are at most `total`."""
    first, past = 0, ascending.shape[0]
    while first < past:
        middle = (first + past) >> 1
        if ascending[middle] <= total:
            first = middle + 1
        else:
            past = middle
    return first


@compiled
def threshold_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """``multithreshold``."""
    first, past = span
    thresholds, addend = unit.thresholds, unit.addend[first:past]
    low, high, zero = unit.low[first:past], unit.high[first:past], unit.zero[first:past]
    for r in range(totals.shape[0]):
        taken, given, count = totals[r][first:past], out.codes[r][first:past], 0
        for c in range(taken.shape[0]):
            ascending = thresholds[first + c if len(thresholds) > 1 else 0]
            value = addend[c] + reached(ascending, taken[c])
            code = max(value, low[c])
            code = min(code, high[c])
            count += 1 if code != value else 0
            given[c] = np.uint16(code + zero[c])
        out.clamped[r] = count


@compiled
def requantize_rows(unit: Unit, span: tuple[int, int], totals: IntArray, out: Out) -> None:
    """Requantize rows of accumulators.

    Parameters
    ----------
    unit
        Constants.
    span
        First column to take, and the one past the last.
    totals
        Accumulators, ``int64[rows, columns]``.
    out
        Where codes and counts go.
    """
    if unit.mode == FLOOR:
        floor_rows(unit, span, totals, out)
    elif unit.mode == HALF_UP:
        half_up_rows(unit, span, totals, out)
    elif unit.mode <= TOWARD_ZERO:
        nearest_rows(unit, span, totals, out)
    elif unit.mode == SCALE_BIAS_SHIFT:
        multiply_rows(unit, span, totals, out)
    elif unit.mode == Q31_DOUBLE:
        q31_double_rows(unit, span, totals, out)
    elif unit.mode <= Q15_ACC64:
        product_rows(unit, span, totals, out)
    elif unit.mode == F32_EVEN:
        f32_even_rows(unit, span, totals, out)
    elif unit.mode == F64_AWAY:
        f64_away_rows(unit, span, totals, out)
    elif unit.mode == F_EVEN_ZP_IN:
        f_even_zp_in_rows(unit, span, totals, out)
    else:
        threshold_rows(unit, span, totals, out)
