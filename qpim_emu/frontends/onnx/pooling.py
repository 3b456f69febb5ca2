"""Pooling: MaxPool on codes, and averages as layers that add up exactly."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import InputError
from qpim_emu.frontends.onnx.averages import certain_average, ones
from qpim_emu.frontends.onnx.geometry import read_geometry
from qpim_emu.frontends.onnx.layers import conv_layer
from qpim_emu.frontends.onnx.moving import moved, shape_of
from qpim_emu.frontends.onnx.parameters import quantization_of
from qpim_emu.frontends.onnx.products import outside
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.values import Codes, Dequantized, Pending, Target
from qpim_emu.workload.from_scales import from_scale
from qpim_emu.workload.operations import MaxPool2d

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.geometry import Geometry
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.onnx.quantization import Quantization
    from qpim_emu.workload.layers import Conv1d, Conv2d
    from qpim_emu.workload.network import Step
    from qpim_emu.workload.operations import Operation

__all__ = [
    "average_pool",
    "global_average_pool",
    "max_pool",
    "qlinear_average_pool",
    "qlinear_global_average_pool",
]

MOST_WEIGHTS = 1 << 24
AS_LAYER = "as a depthwise convolution with weights of 1"


def max_pool(context: Context, node: GraphNode) -> None:
    """Read a MaxPool over images; the order of codes is that of reals, as scales are positive."""

    def make(value: Codes | Dequantized) -> Operation:
        kernel = node.attribute("kernel_shape", ())
        geometry = read_geometry(node.attributes, kernel=kernel, sizes=shape_of(value)[1:])
        if len(kernel) != 2 or set(geometry.dilations) != {1}:  # noqa: PLR2004 - height and width
            msg = "windows must be two-dimensional and not dilated; unsqueeze the input"
            raise RefusedError(msg)
        if len(node.outputs) > 1 and any(node.outputs[1:]):
            msg = "places of the largest codes (its second output) are no part of the network"
            raise RefusedError(msg)
        try:
            return MaxPool2d(
                kernel=pair(geometry.kernel),
                stride=pair(geometry.strides),
                padding=(geometry.padding[0], geometry.padding[1]),
            )
        except InputError as error:
            raise RefusedError(str(error)) from error

    moved(context, node, make)


def pair(values: tuple[int, ...]) -> tuple[int, int]:
    """Return two numbers, along height and width."""
    return values[0], values[1]


def global_layer(codes: Codes, target: Target, source: Quantization) -> Conv1d | Conv2d:
    """Average whole images by a depthwise convolution with weights of 1.

    The sum of the codes less their zero point is exact; float32 of it times
    ``f32(input scale / f32(output scale * count))``, rounded half to even, is the code. Source:
    MlasQLinearGlobalAveragePool of ONNX Runtime (qlgavgpool.cpp).
    """
    geometry = whole_image(codes)
    check_size(codes, geometry)
    scale_in, zero_point = source.one("input")
    scale_out, zero_point_out = target.quantization.one("output")
    count = np.float32(prod(geometry.kernel))
    low, high = target.limits
    with np.errstate(all="ignore"):  # what is not finite and positive is refused
        scale = float(scale_in / np.float32(scale_out * count))
    try:
        unit = from_scale(scale, mode="f32_even", low=low, high=high, zero_point=zero_point_out)
        operands = ones(codes, geometry, zero_point)
        return conv_layer(operands, geometry, groups=codes.type.shape[0], requantize=unit)
    except InputError as error:
        raise RefusedError(str(error)) from error


def check_size(codes: Codes, geometry: Geometry) -> None:
    """Refuse windows whose weights would take much memory."""
    if codes.type.shape[0] * prod(geometry.kernel) > MOST_WEIGHTS:
        msg = f"windows must have at most {MOST_WEIGHTS} elements over all channels"
        raise RefusedError(msg)


def window_layer(
    node: GraphNode, codes: Codes, target: Target, source: Quantization
) -> Conv1d | Conv2d:
    """Average the windows of an AveragePool."""
    kernel = node.attribute("kernel_shape", ())
    geometry = read_geometry(node.attributes, kernel=kernel, sizes=codes.type.shape[1:])
    counted = node.attribute("count_include_pad", 0) and not node.attribute("ceil_mode", 0)
    if geometry.is_padded and not counted:
        msg = "pads must be 0, or counted (count_include_pad) without ceil_mode"
        raise RefusedError(msg)
    check_size(codes, geometry)
    return certain_average(codes, geometry, target, source)


def whole_image(codes: Codes) -> Geometry:
    """One window over all of an image."""
    sizes = codes.type.shape[1:]
    return read_geometry({}, kernel=sizes, sizes=sizes)


def pending_average(
    context: Context, node: GraphNode, build: Callable[[Codes, Target, Quantization], Step]
) -> None:
    """Hold an average until it is quantized; leave it out if its input is no codes."""
    value = context.value(node.input(0))
    if not isinstance(value, Dequantized):
        outside(context, node, f"input {node.input(0)!r} is no codes; quantize it")
        return
    place = context.place

    def make(target: Target) -> Codes:
        return context.add(
            target.name,
            build(value.codes, target, value.quantization),
            value.codes,
            stored=target.quantization.format,
            quantization=target.quantization,
            place=place,
        )

    context.note(AS_LAYER)
    context.values[node.outputs[0]] = Pending(
        make=make, source=place, sources=frozenset({value.codes.name})
    )


def qlinear_average(
    context: Context, node: GraphNode, build: Callable[[Codes, Target, Quantization], Step]
) -> None:
    """Read an average of ONNX Runtime."""
    if node.attribute("channels_last", 0):
        msg = "channels_last must be 0: images are [batch, channels, height, width]"
        raise RefusedError(msg)
    codes, name = context.codes(node.input(0)), node.outputs[0]
    x = quantization_of(context, node.input(1), node.input(2), stored=codes.stored)
    y = quantization_of(context, node.input(3), node.input(4), stored=codes.stored)
    codes = context.learn(codes, x)
    layer = build(codes, Target(name=name, quantization=y), x)
    context.note(AS_LAYER)
    context.values[name] = context.add(name, layer, codes, stored=y.format, quantization=y)


def global_average_pool(context: Context, node: GraphNode) -> None:
    """Read a GlobalAveragePool of reals that codes stand for."""
    pending_average(context, node, global_layer)


def average_pool(context: Context, node: GraphNode) -> None:
    """Read an AveragePool of reals that codes stand for."""
    pending_average(context, node, partial(window_layer, node))


def qlinear_global_average_pool(context: Context, node: GraphNode) -> None:
    """Read a QLinearGlobalAveragePool."""
    qlinear_average(context, node, global_layer)


def qlinear_average_pool(context: Context, node: GraphNode) -> None:
    """Read a QLinearAveragePool."""
    qlinear_average(context, node, partial(window_layer, node))
