"""Operations that put codes at other places, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import (
        Concat,
        Flatten,
        Pad,
        Repeat,
        Reshape,
        Slice,
        Transpose,
    )

__all__ = ["concat", "flatten", "pad", "repeat", "reshape", "slice_", "transpose"]


def flatten(operation: Flatten, codes: IntArray) -> list[list[int]]:
    """List the codes of every image in the order of their indices."""
    del operation  # it has no parameters
    return [[int(code) for code in image.flat] for image in codes]


def reshape(operation: Reshape, codes: IntArray) -> IntArray:
    """Deal the codes of every image out over the new shape, in order."""
    result = np.empty((codes.shape[0], *operation.shape), np.int64)
    for n, image in enumerate(codes):
        for place, code in zip(np.ndindex(operation.shape), image.flat, strict=True):
            result[n, *place] = code
    return result


def transpose(operation: Transpose, codes: IntArray) -> IntArray:
    """Put each code where its permuted index says."""
    shape = [codes.shape[1 + axis] for axis in operation.axes]
    result = np.empty((codes.shape[0], *shape), np.int64)
    for n, *place in np.ndindex(codes.shape):
        result[n, *(place[axis] for axis in operation.axes)] = codes[n, *place]
    return result


def slice_(operation: Slice, codes: IntArray) -> IntArray:
    """Fetch each code from its start and its number of steps."""
    result = np.empty((codes.shape[0], *operation.sizes), np.int64)
    for n, *place in np.ndindex(result.shape):
        source = add(operation.starts, (i * s for i, s in zip(place, operation.steps, strict=True)))
        result[n, *place] = codes[n, *source]
    return result


def concat(operation: Concat, *codes: IntArray) -> IntArray:
    """Put the codes of each input behind those of the inputs before it."""
    axis = operation.axis + 1
    shape = list(codes[0].shape)
    shape[axis] = sum(each.shape[axis] for each in codes)
    result = np.empty(shape, np.int64)
    before = 0
    for each in codes:
        for place in np.ndindex(each.shape):
            target = list(place)
            target[axis] += before
            result[tuple(target)] = each[place]
        before += each.shape[axis]
    return result


def pad(operation: Pad, codes: IntArray) -> IntArray:
    """Put the codes behind the padding before them, the padding's code everywhere else."""
    befores = [before for before, _ in operation.padding]
    sizes = add(codes.shape[1:], (sum(sides) for sides in operation.padding))
    result = np.full((codes.shape[0], *sizes), operation.code, np.int64)
    for n, *place in np.ndindex(codes.shape):
        result[n, *add(place, befores)] = codes[n, *place]
    return result


def repeat(operation: Repeat, codes: IntArray) -> IntArray:
    """Put each code at all the places that are its own."""
    shape = [s * c for s, c in zip(codes.shape[1:], operation.counts, strict=True)]
    result = np.empty((codes.shape[0], *shape), np.int64)
    for n, *place in np.ndindex(codes.shape):
        first = [i * c for i, c in zip(place, operation.counts, strict=True)]
        for offsets in np.ndindex(operation.counts):
            result[n, *add(first, offsets)] = codes[n, *place]
    return result


def add(a: Iterable[int], b: Iterable[int]) -> tuple[int, ...]:
    """Add two indices."""
    return tuple(x + y for x, y in zip(a, b, strict=True))
