"""Random models of TensorFlow Lite with one operator each, by family and seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.crosscheck.tflite_shapes import (
    Shape,
    activation,
    quantized,
    windowed,
    zero_point_of,
)
from tests.frontends.tflite_models import Tensor, single

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FAMILIES", "LANES"]

Rng = np.random.Generator
LANES = {
    "w8a8": ("INT8", "INT8", "INT32"),
    "w4a8": ("INT4", "INT8", "INT32"),
    "w8a16": ("INT8", "INT16", "INT64"),
    "w8a16 narrow": ("INT8", "INT16", "INT32"),
}
"""Types of weights, activations and biases."""
WEIGHTS = {"INT8": (-128, 127), "INT4": (-8, 7)}
INT32 = 2


def weights_and_bias(
    rng: Rng, shape: Shape, lanes: str, *, axis: int, scale: float
) -> tuple[list[Tensor], float]:
    """Weights of random codes, one scale or one per filter, and a bias; and a typical scale."""
    kind, _, bias_kind = LANES[lanes]
    low, high = WEIGHTS[kind]
    codes = (
        rng.choice([low, high], shape) if rng.random() < 0.1 else rng.integers(low, high + 1, shape)
    )
    filters = shape[axis]
    typical = float(np.exp(rng.uniform(-6, -2)))
    scales = typical * np.exp(rng.uniform(-1, 1, filters if rng.random() < 0.6 else 1))
    weights = Tensor(shape=shape, type=kind, scale=list(scales), axis=axis, data=codes)
    most = 1 << (20 if bias_kind == "INT64" else 15)
    bias = Tensor(
        shape=(filters,),
        type=bias_kind,
        scale=[float(one) * scale for one in scales],
        data=rng.integers(-most, most, filters),
    )
    return [weights, bias], typical


def output_scale(rng: Rng, lanes: str, products: int, scale: float) -> float:
    """A scale that most outputs fit, or few do."""
    _, activations, _ = LANES[lanes]
    spread = 30.0 if activations == "INT8" else 50.0
    return float(scale * np.sqrt(products) * spread * np.exp(rng.uniform(-1.5, 1.5)))


def convolution(rng: Rng, lanes: str, *, depthwise: bool) -> bytes:
    """CONV_2D, perhaps grouped, or DEPTHWISE_CONV_2D with a multiplier."""
    kind = LANES[lanes][1]
    shape, kernel, output, options = windowed(rng, dilated=True)
    channels = shape[3]
    groups = channels if depthwise else int(rng.choice([1, 1, 1, channels]))
    filters = groups * int(rng.integers(1, 4))
    axis = 3 if depthwise else 0
    form: Shape = (1, *kernel, filters) if depthwise else (filters, *kernel, channels // groups)
    source = quantized(rng, shape, kind)
    constants, typical = weights_and_bias(rng, form, lanes, axis=axis, scale=source.scale)
    products = kernel[0] * kernel[1] * channels // groups
    scale = output_scale(rng, lanes, products, source.scale * typical)
    target = Tensor(
        shape=(*output, filters), type=kind, scale=scale, zero_point=zero_point_of(rng, kind)
    )
    if depthwise:
        options["depthMultiplier"] = filters // channels
    elif lanes == "w8a16 narrow":
        options["quantizedBiasType"] = INT32
    name = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    return single(name, [source, *constants], target, **options, **activation(rng))


def conv_2d(rng: Rng, lanes: str) -> bytes:
    """CONV_2D."""
    return convolution(rng, lanes, depthwise=False)


def depthwise_conv_2d(rng: Rng, lanes: str) -> bytes:
    """DEPTHWISE_CONV_2D."""
    return convolution(rng, lanes, depthwise=True)


def fully_connected(rng: Rng, lanes: str) -> bytes:
    """FULLY_CONNECTED on vectors, images, and several vectors for each image."""
    kind = LANES[lanes][1]
    channels, filters = int(rng.integers(1, 40)), int(rng.integers(1, 12))
    kept = bool(rng.random() < 0.3)
    middle = tuple(int(size) for size in rng.integers(1, 4, rng.integers(1, 3))) if kept else ()
    source = quantized(rng, (1, *middle, channels), kind)
    constants, typical = weights_and_bias(
        rng, (filters, channels), lanes, axis=0, scale=source.scale
    )
    weights, bias = constants
    if lanes == "w4a8":  # TFLite Micro takes one scale only
        weights = Tensor(shape=weights.shape, type="INT4", scale=typical, data=weights.data)
        bias = Tensor(shape=bias.shape, type="INT32", scale=typical * source.scale, data=bias.data)
    target = Tensor(
        shape=(1, *middle, filters),
        type=kind,
        scale=output_scale(rng, lanes, channels, source.scale * typical),
        zero_point=zero_point_of(rng, kind),
    )
    options: dict[str, Any] = {"keepNumDims": kept}
    if lanes == "w8a16 narrow":
        options["quantizedBiasType"] = INT32
    chosen = (
        [source, weights]
        if rng.random() < 0.2 and "narrow" not in lanes
        else [
            source,
            weights,
            bias,
        ]
    )
    return single("FULLY_CONNECTED", chosen, target, **options, **activation(rng))


FAMILIES: dict[str, Callable[[Rng, str], bytes]] = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "FULLY_CONNECTED": fully_connected,
}
"""Operators that the MAC lanes compute."""
