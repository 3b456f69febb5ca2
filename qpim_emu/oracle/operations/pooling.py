"""Pooling, window by window."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import AveragePool2d, MaxPool2d

__all__ = ["average_pool", "half_away", "max_pool"]


def half_away(value: Fraction) -> int:
    """Nearest integer, ties away from zero."""
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(Fraction(1, 2) - value)


def window_codes(operation: MaxPool2d | AveragePool2d, image: IntArray) -> Iterator[list[int]]:
    """Codes of one channel's pixels under each window, row by row."""
    height, width = image.shape
    (top, bottom), (left, right) = operation.padding
    rows, columns = operation.kernel
    for y in range(-top, height + bottom - rows + 1, operation.stride[0]):
        for x in range(-left, width + right - columns + 1, operation.stride[1]):
            yield [
                int(image[i, j])
                for i in range(y, y + rows)
                for j in range(x, x + columns)
                if 0 <= i < height and 0 <= j < width
            ]


def pooled(operation: MaxPool2d | AveragePool2d, codes: IntArray, results: list[int]) -> IntArray:
    """Results, listed image by image and channel by channel, in the shape of the output."""
    shape = codes.shape[0], *operation.output_shape(codes.shape[1:])
    return np.array(results, np.int64).reshape(shape)


def channels(codes: IntArray) -> Iterator[IntArray]:
    """Every channel of every image."""
    for image in codes:
        yield from image


def max_pool(operation: MaxPool2d, codes: IntArray) -> IntArray:
    """Largest of the real codes under each window."""
    results = [
        max(window) for channel in channels(codes) for window in window_codes(operation, channel)
    ]
    return pooled(operation, codes, results)


def average_pool(operation: AveragePool2d, codes: IntArray) -> IntArray:
    """Exact average of the real codes under each window, rounded half away from zero."""
    results = [
        half_away(Fraction(sum(window), len(window)))
        for channel in channels(codes)
        for window in window_codes(operation, channel)
    ]
    return pooled(operation, codes, results)
