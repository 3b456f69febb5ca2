"""Convolutions: QLinearConv, ConvInteger, and Conv between DequantizeLinear and QuantizeLinear."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Int
from qpim_emu.errors import InputError
from qpim_emu.frontends.onnx.geometry import read_geometry
from qpim_emu.frontends.onnx.layers import Operands, conv_layer, requantize_unit
from qpim_emu.frontends.onnx.parameters import quantization_of, type_of_constant
from qpim_emu.frontends.onnx.products import Result, pending_product
from qpim_emu.frontends.onnx.refusal import RefusedError

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.onnx.values import Codes
    from qpim_emu.typing import IntArray

__all__ = ["conv", "conv_integer", "qlinear_conv"]


def add_layer(
    context: Context, node: GraphNode, operands: Operands, codes: Codes, result: Result
) -> Codes:
    """Add the layer of a convolution over the shape of its input."""
    kernel = operands.weights.shape[2:]
    given = node.attribute("kernel_shape", kernel)
    if tuple(given) != kernel:
        msg = f"kernel_shape must be that of the weights, {kernel}, got {given}"
        raise RefusedError(msg)
    geometry = read_geometry(node.attributes, kernel=kernel, sizes=codes.type.shape[1:])
    groups = node.attribute("group", 1)
    try:
        layer = conv_layer(operands, geometry, groups=groups, requantize=result.requantize)
    except InputError as error:
        raise RefusedError(str(error)) from error
    return context.add(
        result.name,
        layer,
        codes,
        stored=result.stored,
        quantization=result.quantization,
        place=result.place,
    )


def qlinear_conv(context: Context, node: GraphNode) -> None:
    """Read a QLinearConv."""
    codes, weights = context.codes(node.input(0)), known_codes(context, node.input(3))
    x = quantization_of(context, node.input(1), node.input(2), stored=codes.stored)
    w = quantization_of(context, node.input(4), node.input(5), stored=weights[1], axis=0)
    y = quantization_of(context, node.input(6), node.input(7), stored=None)
    _, zero_point = x.one("input")
    y.one("output")
    operands = Operands(
        weights=weights[0],
        weight_format=weights[1],
        weight_zero_point=w.zero_point,
        activation_format=codes.stored,
        activation_zero_point=zero_point,
        bias=context.optional(node.input(8), "bias"),
    )
    try:
        unit = requantize_unit(
            operands,
            scales=(x.scale, w.scale, y.scale),
            zero_point=int(y.zero_point[0]),
            limits=(y.format.min, y.format.max),
            preset=context.preset,
        )
    except InputError as error:
        raise RefusedError(str(error)) from error
    result = Result(name=node.outputs[0], requantize=unit, stored=y.format, quantization=y)
    context.values[result.name] = add_layer(
        context, node, operands, context.learn(codes, x), result
    )


def conv_integer(context: Context, node: GraphNode) -> None:
    """Read a ConvInteger, whose outputs are the accumulators."""
    codes, weights = context.codes(node.input(0)), known_codes(context, node.input(1))
    operands = Operands(
        weights=weights[0],
        weight_format=weights[1],
        weight_zero_point=zero_points(context, node.input(3)),
        activation_format=codes.stored,
        activation_zero_point=one_zero_point(context, node.input(2)),
    )
    result = Result(name=node.outputs[0], stored=Int(operands.accumulator_bits))
    context.values[result.name] = add_layer(context, node, operands, codes, result)


def conv(context: Context, node: GraphNode) -> None:
    """Read a Conv of reals that codes stand for."""
    pending_product(context, node, partial(add_layer, context, node), weight_axis=0)


def known_codes(context: Context, name: str) -> tuple[IntArray, Format]:
    """Constant codes and their format."""
    array = context.known(name, "weights")
    return array, type_of_constant(context, name)


def zero_points(context: Context, name: str) -> IntArray:
    """Zero points of weights, 0 where they are left out."""
    points = context.optional(name, "zero point")
    return np.zeros(1, np.int64) if points is None else points.reshape(-1)


def one_zero_point(context: Context, name: str) -> int:
    """Zero point of activations, 0 where it is left out."""
    points = zero_points(context, name)
    if points.size != 1:
        msg = f"zero point of the activations must be one number, got {points.size} of them"
        raise RefusedError(msg)
    return int(points[0])
