"""Pooling and means, window by window."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.oracle.operations.elementwise import clamped
from qpim_emu.oracle.operations.fixed_point import rescaled, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import AveragePool2d, GlobalAveragePool2d, MaxPool2d, Mean

__all__ = ["average_pool", "global_average_pool", "max_pool", "mean"]


def half_away(value: Fraction) -> int:
    """Nearest integer, ties away from zero."""
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(Fraction(1, 2) - value)


def window_codes(
    operation: MaxPool2d | AveragePool2d, image: IntArray, padding: list[int]
) -> Iterator[list[int]]:
    """Codes of one channel's pixels under each window, row by row.

    `padding` is what each padded position contributes: nothing, or its one code.
    """
    height, width = image.shape
    (top, bottom), (left, right) = operation.padding
    rows, columns = operation.kernel
    for y in range(-top, height + bottom - rows + 1, operation.stride[0]):
        for x in range(-left, width + right - columns + 1, operation.stride[1]):
            codes: list[int] = []
            for i in range(y, y + rows):
                for j in range(x, x + columns):
                    real = 0 <= i < height and 0 <= j < width
                    codes += [int(image[i, j])] if real else padding
            yield codes


def pooled(operation: MaxPool2d | AveragePool2d, codes: IntArray, results: list[int]) -> IntArray:
    """Results, listed image by image and channel by channel, clamped, in the output's shape."""
    shape = codes.shape[0], *operation.output_shape(codes.shape[1:])
    limited = [clamped(code, operation.low, operation.high) for code in results]
    return np.array(limited, np.int64).reshape(shape)


def channels(codes: IntArray) -> Iterator[IntArray]:
    """Every channel of every image."""
    for image in codes:
        yield from image


def max_pool(operation: MaxPool2d, codes: IntArray) -> IntArray:
    """Largest of the real codes under each window."""
    results = [
        max(window)
        for channel in channels(codes)
        for window in window_codes(operation, channel, [])
    ]
    return pooled(operation, codes, results)


def average_pool(operation: AveragePool2d, codes: IntArray) -> IntArray:
    """Exact average of the codes under each window, rounded half away from zero."""
    padding = [] if operation.padding_code is None else [operation.padding_code]
    results = [
        half_away(Fraction(sum(window), len(window)))
        for channel in channels(codes)
        for window in window_codes(operation, channel, padding)
    ]
    return pooled(operation, codes, results)


def global_average_pool(operation: GlobalAveragePool2d, codes: IntArray) -> IntArray:
    """Exact average of each channel, rounded half away from zero."""
    del operation  # it has no parameters
    averages = [
        half_away(Fraction(sum(map(int, channel.flat)), channel.size))
        for channel in channels(codes)
    ]
    return np.array(averages, np.int64).reshape(*codes.shape[:2], 1, 1)


def mean(operation: Mean, codes: IntArray) -> IntArray:
    """Sum along the axes, code by code; rescale with the count folded into the multiplier."""
    kept = [axis for axis in range(codes.ndim) if axis - 1 not in operation.axes]
    totals: dict[tuple[int, ...], int] = {}
    for place in np.ndindex(codes.shape):
        where = tuple(place[axis] for axis in kept)
        totals[where] = totals.get(where, 0) + int(codes[place])
    count = codes.size // len(totals)
    power = 0
    while 2 ** (power + 1) <= count and power < min(32, 31 - operation.shift):
        power += 1
    multiplier = operation.multiplier * 2**power // count
    results = []
    for total in totals.values():  # in the order of their places
        above = wrapped(total - count * operation.input_zero_point)
        code = rescaled(above, multiplier, operation.shift + power) + operation.output_zero_point
        results.append(clamped(code, operation.low, operation.high))
    shape = codes.shape[0], *operation.output_shape(codes.shape[1:])
    return np.array(results, np.int64).reshape(shape)
