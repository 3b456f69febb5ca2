"""Tables between whose entries integers are interpolated, as TFLite's 16-bit kernels do.

Functions of reals are evaluated in decimals, far more precisely than any rounding below looks, and
rounded to the float or the integer that the source names: the tables are the same on every machine.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

Float: TypeAlias = np.float32 | np.float64

__all__ = ["TableFloat", "exp_table", "interpolated", "reciprocal_table", "sigmoid_table"]

DIGITS = 40
ENTRIES = 512
STEP_BITS = 7
HALF_STEP = 1 << (STEP_BITS - 1)
CODE_MIN, CODE_MAX = -(1 << 15), (1 << 15) - 1
RANGE = CODE_MAX - CODE_MIN
EXP_RANGE = 10
"""``exp`` is tabulated from -10 to 0; what is below counts as -10."""
SIGMOID_ENTRIES = 256
SIGMOID_STEPS = 24
"""Entries of the logistic function for each unit of its argument."""
SIGMOID_ONE = 1 << 16


class TableFloat(StrEnum):
    """The float that tables are computed in: TFLite Micro's, or LiteRT's."""

    FLOAT32 = "float32"
    FLOAT64 = "float64"


KINDS: Mapping[TableFloat, type[Float]] = {
    TableFloat.FLOAT32: np.float32,
    TableFloat.FLOAT64: np.float64,
}


def exact_exp(value: float | Decimal) -> Decimal:
    """Compute ``exp`` to forty digits."""
    with localcontext() as context:
        context.prec = DIGITS
        return Decimal(value).exp()


@cache
def exp_table(table_float: TableFloat) -> IntArray:
    """Tabulate ``exp`` on [-10, 0] in Q0.15, ``int64[513]``, see `populated`."""
    kind = KINDS[table_float]
    low = kind(EXP_RANGE) / kind(RANGE) * kind(-RANGE)
    return populated(lambda value: kind(float(exact_exp(float(value)))), low, kind(0))


@cache
def reciprocal_table(table_float: TableFloat) -> IntArray:
    """Tabulate ``1 / (1 + x)`` on [0, 1] in Q0.15, ``int64[513]``, see `populated`."""
    kind = KINDS[table_float]
    high = kind(1) / kind(RANGE) * kind(RANGE)
    return populated(lambda value: kind(1) / (kind(1) + value), kind(0), high)


def populated(function: Callable[[Float], Float], low: Float, high: Float) -> IntArray:
    """Tabulate a function of floats at 513 places, for codes of 16 bits from `low` to `high`.

    Every step is rounded to the float that `low` and `high` are. Each entry is the function's
    value in units of ``2 / 65535``, less half of what linear interpolation is too large by in
    the middle of its interval. Source: ``LUTPopulateInt16`` of TFLite's kernels
    (internal/common.h).
    """
    kind = type(low)
    unit = kind(2) / kind(RANGE)
    inverse = kind(1 << 16) / (unit * kind(CODE_MAX) - unit * kind(CODE_MIN))
    step = (high - low) / kind(ENTRIES)
    places = [low + kind(i) * step for i in range(ENTRIES + 1)]
    values = np.array([function(place) for place in places]) * inverse
    middle = away(np.array([function(place + step / kind(2)) for place in places[:-1]]) * inverse)
    samples = away(values[:-1])
    too_large = away((values[1:] + samples) / kind(2)) - middle
    last = away(np.array([function(high)]) * inverse)
    entries = np.concatenate([samples - away(too_large / kind(2)), last])
    return frozen(np.clip(entries, CODE_MIN, CODE_MAX))


def away(values: NDArray[Float]) -> NDArray[Float]:
    """Round to the nearest integer, ties away from zero; exact for magnitudes up to 2**22."""
    whole: NDArray[Float] = np.copysign(np.floor(np.abs(values) + values.dtype.type(1 / 2)), values)
    return whole


def frozen(values: NDArray[np.generic]) -> IntArray:
    """Integers that nobody changes."""
    table: IntArray = values.astype(np.int64)
    table.setflags(write=False)
    return table


def interpolated(codes: IntArray, table: IntArray) -> IntArray:
    """Read a table of 513 entries at codes of 16 bits (``LUTLookup`` in internal/common.h)."""
    index = (codes >> STEP_BITS) + (ENTRIES >> 1)
    slope = table[index + 1] - table[index]
    between: IntArray = (slope * (codes & ((1 << STEP_BITS) - 1)) + HALF_STEP) >> STEP_BITS
    values: IntArray = table[index] + between
    return values


@cache
def sigmoid_table() -> IntArray:
    """Tabulate the logistic function at ``i / 24`` in Q0.16, ``int64[256]``.

    Each entry is raised by half of what linear interpolation is too small by in the middle of
    its interval, and then rounded; the last one is the largest of 16 bits. These are the numbers
    of ``sigmoid_table_uint16`` in TFLite's internal/common.h, which does not say how they came
    about.
    """

    def value(place: Decimal) -> Decimal:
        return SIGMOID_ONE / (1 + exact_exp(-place / SIGMOID_STEPS))

    half = Decimal(1) / 2
    entries = []
    for i in range(SIGMOID_ENTRIES - 1):
        here, middle, behind = value(Decimal(i)), value(i + half), value(Decimal(i + 1))
        entries.append(int(here + (middle - (here + behind) / 2) / 2 + half))
    return frozen(np.array([*entries, SIGMOID_ONE - 1]))
