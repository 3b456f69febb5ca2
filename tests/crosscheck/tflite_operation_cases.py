"""Random models of TensorFlow Lite with one operator beside the MAC lanes, by operator."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from tests.crosscheck.tflite_shapes import (
    Scaled,
    Shape,
    activation,
    image,
    integers,
    quantized,
    windowed,
)
from tests.frontends.tflite_models import Tensor, single

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OPERATIONS", "TYPES"]

Rng = np.random.Generator
TYPES = ("INT8", "INT16")
CODES = {"INT8": (-128, 127), "INT16": (-32768, 32767)}


def any_shape(rng: Rng) -> Shape:
    """Shapes of two to four axes, the batch of one in front."""
    return (1, *(int(size) for size in rng.integers(1, 8, rng.integers(1, 4))))


def pair(rng: Rng, kind: str, operator: str) -> bytes:
    """ADD, SUB or MUL of equal shapes, of one that is spread, or with a constant."""
    shape = any_shape(rng)
    first, second = quantized(rng, shape, kind), quantized(rng, shape, kind)
    form = rng.choice(["equal", "spread", "swapped", "constant", "vector", "scalar"])
    spread = (1, *(size if rng.random() < 0.5 else 1 for size in shape[1:]))
    if form in {"spread", "swapped"}:
        second = replace(second, shape=spread)
    elif form != "equal":
        small: Shape = {"constant": spread, "vector": shape[-1:], "scalar": ()}[str(form)]
        low, high = CODES[kind]
        second = replace(second, shape=small, data=rng.integers(low, high + 1, small))
    if operator == "MUL":
        scale = first.scale * second.scale * (60 if kind == "INT8" else 10000)
    else:
        scale = max(first.scale, second.scale)
    target = quantized(rng, shape, kind, scale=scale * float(np.exp(rng.uniform(-1, 1))))
    inputs = [second, first] if form == "swapped" and operator != "SUB" else [first, second]
    options = activation(rng)
    if operator != "MUL" and kind == "INT16":
        options["potScaleInt16"] = bool(rng.random() < 0.5)
    return single(operator, inputs, target, **options)


def pool(rng: Rng, kind: str, operator: str) -> bytes:
    """AVERAGE_POOL_2D or MAX_POOL_2D; the scale stays."""
    shape, kernel, output, options = windowed(rng)
    source = quantized(rng, shape, kind)
    target = replace(source, shape=(*output, shape[3]))
    options |= {"filterHeight": kernel[0], "filterWidth": kernel[1]}
    return single(operator, [source], target, **options, **activation(rng))


def mean(rng: Rng, kind: str, operator: str) -> bytes:
    """MEAN over any axes but the batch."""
    shape = any_shape(rng)
    source, keep = quantized(rng, shape, kind), bool(rng.random() < 0.5)
    count = int(rng.integers(1, len(shape)))
    axes = sorted(int(axis) for axis in rng.permutation(range(1, len(shape)))[:count])
    output = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    if not keep:
        output = tuple(size for axis, size in enumerate(shape) if axis not in axes)
    scale = source.scale * float(np.exp(rng.uniform(-2, 0.5)))
    target = quantized(rng, output, kind, scale=scale if rng.random() < 0.8 else source.scale)
    named = [axis - len(shape) if rng.random() < 0.3 else axis for axis in axes]
    return single(operator, [source, integers(named)], target, keepDims=keep)


def fixed_output(rng: Rng, kind: str, operator: str) -> bytes:
    """LOGISTIC or TANH, whose outputs have one scale only."""
    scale = float(np.exp(rng.uniform(-5, 0))) * (1 if kind == "INT8" else 1 / 200)
    if kind == "INT16" and rng.random() < 0.3:
        scale = 2.0 ** int(rng.integers(-14, -9))
    source = quantized(rng, (1, 16, 32), kind, scale=scale)
    bits, point = {"LOGISTIC": (8, -128), "TANH": (7, 0)}[operator]
    made = (2.0**-bits, point) if kind == "INT8" else (2.0**-15, 0)
    target = Tensor(shape=source.shape, type=kind, scale=made[0], zero_point=made[1])
    return single(operator, [source], target)


def softmax(rng: Rng, kind: str, operator: str) -> bytes:
    """SOFTMAX with any steepness, from 8 bits to 8 or 16, and from 16 to 16."""
    shape = any_shape(rng) if rng.random() < 0.7 else (1, 2, int(rng.integers(100, 500)))
    source = quantized(rng, shape, kind)
    wide = kind == "INT16" or rng.random() < 0.4
    scale, point = (2.0**-15, 0) if kind == "INT16" else (2.0**-16, -32768)
    target = Tensor(
        shape=shape,
        type="INT16" if wide else "INT8",
        scale=scale if wide else 2.0**-8,
        zero_point=point if wide else -128,
    )
    beta = float(rng.choice([1.0, 1.0, 0.5, 3.0]))
    return single(operator, [source], target, beta=beta)


def rectifier(rng: Rng, kind: str, operator: str) -> bytes:
    """RELU, to another scale too, or RELU6."""
    source = quantized(rng, any_shape(rng), kind)
    target: Scaled = source
    if operator == "RELU" and rng.random() < 0.7:
        scale = source.scale * float(np.exp(rng.uniform(-1, 1)))
        target = quantized(rng, tuple(source.shape), kind, scale=scale)
    return single(operator, [source], target)


def quantize(rng: Rng, kind: str, operator: str) -> bytes:
    """QUANTIZE from integers to integers of either width."""
    source = quantized(rng, any_shape(rng), kind)
    other = str(rng.choice(TYPES))
    ratio = {("INT8", "INT16"): 1 / 200, ("INT16", "INT8"): 200.0}.get((kind, other), 1.0)
    scale = source.scale * ratio * float(np.exp(rng.uniform(-1, 1)))
    return single(operator, [source], quantized(rng, tuple(source.shape), other, scale=scale))


def reshape(rng: Rng, kind: str, operator: str) -> bytes:
    """RESHAPE between two to four axes."""
    shape = any_shape(rng)
    source = quantized(rng, shape, kind)
    count, sizes = prod(shape), []
    for _ in range(int(rng.integers(0, 3))):
        sizes.append(int(rng.choice([d for d in range(1, count + 1) if count % d == 0])))
        count //= sizes[-1]
    output = (1, *sizes, count)
    return single(operator, [source, integers(list(output))], replace(source, shape=output))


def transpose(rng: Rng, kind: str, operator: str) -> bytes:
    """TRANSPOSE of all axes but the batch."""
    shape = any_shape(rng)
    source = quantized(rng, shape, kind)
    order = [0, *(int(axis) for axis in rng.permutation(range(1, len(shape))))]
    target = replace(source, shape=tuple(shape[axis] for axis in order))
    return single(operator, [source, integers(order)], target)


def pad(rng: Rng, kind: str, operator: str) -> bytes:
    """PAD of all axes but the batch."""
    shape = any_shape(rng)
    source = quantized(rng, shape, kind)
    sides = [[0, 0], *rng.integers(0, 4, (len(shape) - 1, 2)).tolist()]
    target = replace(
        source, shape=tuple(size + sum(both) for size, both in zip(shape, sides, strict=True))
    )
    return single(operator, [source, integers(sides)], target)


def concatenation(rng: Rng, kind: str, operator: str) -> bytes:
    """CONCATENATION of two to four inputs, some constant, along any axis but the batch."""
    shape = any_shape(rng)
    axis = int(rng.integers(1, len(shape)))
    first = quantized(rng, shape, kind)
    parts = [first]
    for _ in range(int(rng.integers(1, 4))):
        size = int(rng.integers(1, 5))
        form = (*shape[:axis], size, *shape[axis + 1 :])
        data = rng.integers(*CODES[kind], form) if rng.random() < 0.2 else None
        parts.append(replace(first, shape=form, data=data))
    total = sum(part.shape[axis] for part in parts)
    target = replace(first, shape=(*shape[:axis], total, *shape[axis + 1 :]))
    named = axis - len(shape) if rng.random() < 0.3 else axis
    return single(operator, parts, target, axis=named)


def slice_(rng: Rng, kind: str, operator: str) -> bytes:
    """SLICE of all axes but the batch."""
    shape = image(rng) if rng.random() < 0.5 else any_shape(rng)
    source = quantized(rng, shape, kind)
    begins = [0, *(int(rng.integers(0, size)) for size in shape[1:])]
    sizes = [
        int(rng.integers(1, size - begin + 1)) for begin, size in zip(begins, shape, strict=True)
    ]
    ends = [begin + size for begin, size in zip(begins, sizes, strict=True)]
    named = [
        -1 if end == size and rng.random() < 0.3 else length
        for end, size, length in zip(ends, shape, sizes, strict=True)
    ]
    target = replace(source, shape=tuple(sizes))
    return single(operator, [source, integers(begins), integers(named)], target)


def strided_slice(rng: Rng, kind: str, operator: str) -> bytes:
    """STRIDED_SLICE forwards and backwards, with masks, dropping axes."""
    shape = image(rng) if rng.random() < 0.5 else any_shape(rng)
    source = quantized(rng, shape, kind)
    begins, ends, strides, output, masks = [0], [1], [1], [1], [1, 1, 0]
    for axis, size in enumerate(shape[1:], 1):
        step = int(rng.choice([-2, -1, 1, 1, 2, 3]))
        begin, end = int(rng.integers(0, size)), int(rng.integers(0, size))
        begin, end = (max(begin, end), min(begin, end)) if step < 0 else sorted((begin, end))
        end += 1 if step > 0 else -1
        chosen = [bool(rng.random() < 0.2) for _ in range(3)]
        if chosen[2]:
            step, chosen[:2] = 1, [False, False]
        taken = slice(begin, None if end < 0 else end, step)
        if chosen[0]:
            taken = slice(None, taken.stop, step)
        if chosen[1]:
            taken = slice(taken.start, None, step)
        if not chosen[2]:
            output.append(len(range(*taken.indices(size))))
        begins.append(begin - size if rng.random() < 0.3 else begin)
        ends.append(end - size if end < 0 else end)
        strides.append(step)
        masks = [mask | bit << axis for mask, bit in zip(masks, chosen, strict=True)]
    numbers = [integers(values) for values in (begins, ends, strides)]
    return single(
        operator,
        [source, *numbers],
        replace(source, shape=tuple(output)),
        beginMask=masks[0],
        endMask=masks[1],
        shrinkAxisMask=masks[2],
    )


OPERATIONS: dict[str, Callable[[Rng, str, str], bytes]] = {
    "ADD": pair,
    "SUB": pair,
    "MUL": pair,
    "AVERAGE_POOL_2D": pool,
    "MAX_POOL_2D": pool,
    "MEAN": mean,
    "SOFTMAX": softmax,
    "LOGISTIC": fixed_output,
    "TANH": fixed_output,
    "RELU": rectifier,
    "RELU6": rectifier,
    "QUANTIZE": quantize,
    "RESHAPE": reshape,
    "TRANSPOSE": transpose,
    "PAD": pad,
    "CONCATENATION": concatenation,
    "SLICE": slice_,
    "STRIDED_SLICE": strided_slice,
}
