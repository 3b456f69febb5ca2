"""Operations on pairs of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.oracle.operations.elementwise import clamped
from qpim_emu.oracle.operations.fixed_point import rescaled, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Add, Mul, PairLookup, Sub

__all__ = ["add", "mul", "pair_lookup", "sub"]


def pairwise(function: Callable[[int, int], int], first: IntArray, second: IntArray) -> IntArray:
    """Apply a function to each code of the first input and its partner in the second."""
    result = np.empty(first.shape, np.int64)
    for place in np.ndindex(first.shape):
        partner = second[place[0]].reshape(-1)[partner_index(place[1:], second.shape[1:])]
        result[place] = function(int(first[place]), int(partner))
    return result


def partner_index(place: tuple[int, ...], shape: tuple[int, ...]) -> int:
    """Flat index of the partner in an image of the second input of this shape."""
    if all(size == 1 for size in shape):
        return 0
    if len(shape) == 1:  # one per channel, which is the first axis
        return place[0]
    index = 0
    for here, size in zip(place, shape, strict=True):
        index = index * size + (here if size > 1 else 0)
    return index


def add(operation: Add, first: IntArray, second: IntArray) -> IntArray:
    """Sum of both operands at their common scale, rescaled."""
    return pairwise(lambda a, b: scaled_sum(operation, a, b, 1), first, second)


def sub(operation: Sub, first: IntArray, second: IntArray) -> IntArray:
    """Difference of both operands at their common scale, rescaled."""
    return pairwise(lambda a, b: scaled_sum(operation, a, b, -1), first, second)


def scaled_sum(operation: Add | Sub, a: int, b: int, sign: int) -> int:
    """Output code of a pair."""
    operands = [
        rescaled(
            (code - operation.zero_points[i]) * 2**operation.left_shift,
            operation.multipliers[i],
            operation.shifts[i],
        )
        for i, code in enumerate((a, b))
    ]
    total = wrapped(operands[0] + sign * operands[1])
    scaled = rescaled(total, operation.output_multiplier, operation.output_shift)
    return clamped(scaled + operation.output_zero_point, operation.low, operation.high)


def mul(operation: Mul, first: IntArray, second: IntArray) -> IntArray:
    """Product of what is above the zero points, rescaled."""

    def new_code(a: int, b: int) -> int:
        product = (a - operation.zero_points[0]) * (b - operation.zero_points[1])
        scaled = rescaled(wrapped(product), operation.multiplier, operation.shift)
        return clamped(scaled + operation.output_zero_point, operation.low, operation.high)

    return pairwise(new_code, first, second)


def pair_lookup(operation: PairLookup, first: IntArray, second: IntArray) -> IntArray:
    """Entry of each pair, its codes counted from the first of each."""
    rows, columns = (
        range(f, f + 2**b) for f, b in zip(operation.firsts, operation.bits, strict=True)
    )
    entries = dict(zip(((a, b) for a in rows for b in columns), operation.table, strict=True))
    return pairwise(lambda a, b: entries[a, b], first, second)
