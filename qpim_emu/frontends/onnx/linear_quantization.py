"""QuantizeLinear and DequantizeLinear: where reals become codes, and codes reals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Int
from qpim_emu.frontends.onnx.context import NotReachedError, format_of
from qpim_emu.frontends.onnx.parameters import blocked, float32_of, quantization_of
from qpim_emu.frontends.onnx.quantization import Quantization, quantized
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.tables import rescaled
from qpim_emu.frontends.onnx.tensors import FORMATS, element_type
from qpim_emu.frontends.onnx.values import (
    Codes,
    Dequantized,
    Known,
    KnownReal,
    Outside,
    Pending,
    Target,
)
from qpim_emu.workload.network import TensorType

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode

__all__ = ["dequantize_linear", "dynamic_quantize_linear", "quantize_linear"]


def quantize_linear(context: Context, node: GraphNode) -> None:
    """Read a QuantizeLinear: the end of a layer, or the beginning of the network."""
    blocked(node)
    name, value = node.outputs[0], context.value(node.input(0))
    to = target_quantization(context, node)
    if isinstance(value, Known):
        reals = float32_of(value.array())
        if not np.isfinite(reals).all():
            msg = f"constant {node.input(0)!r} must be finite"
            raise RefusedError(msg)
        codes = quantized(reals, to)
        context.values[name] = Known(type=str(to.format), computed=codes)
        context.note("computed from constants")
        return
    if isinstance(value, Outside) and not value.sources:
        context.values[name] = begin(context, node, value, to)
        return
    to.one("codes of an activation")
    if isinstance(value, Dequantized):
        context.values[name] = requantized(context, name, value, to)
    elif isinstance(value, Pending):
        target = Target(name=name, quantization=to, low=value.low, high=value.high)
        context.values[name] = made(context, value, target)
    elif isinstance(value, Outside):
        context.blame(value)
    else:
        msg = f"input must be reals, got the codes {node.input(0)!r}"
        raise RefusedError(msg)


def made(context: Context, value: Pending, target: Target) -> Codes:
    """Make the codes of a pending operator, which is the one refused if they cannot be."""
    try:
        return value.make(target)
    except RefusedError as error:
        context.refusals.setdefault(value.source, str(error))
        raise NotReachedError from error


def target_quantization(context: Context, node: GraphNode) -> Quantization:
    """Read what the codes of a QuantizeLinear mean."""
    number = node.attribute("output_dtype", 0)
    stored = format_of(element_type(number), "output_dtype") if number else None
    if stored is None and not node.input(2):
        stored = FORMATS["uint8"]
    axis = node.attribute("axis", 1)
    return quantization_of(context, node.input(1), node.input(2), stored=stored, axis=axis)


def begin(context: Context, node: GraphNode, value: Outside, to: Quantization) -> Codes:
    """Begin the network with the codes of reals that no integer operator makes."""
    to.one("codes of an activation")
    said = context.graph.values.get(node.input(0)) or next(
        (entry for entry in context.graph.inputs if entry.name == node.input(0)), None
    )
    sizes = None if said is None else said.shape
    shape = () if sizes is None else tuple(size for size in sizes[1:] if size is not None)
    if not sizes or len(shape) != len(sizes) - 1:
        msg = f"shape of {node.input(0)!r} must be in the file, got {sizes}; run shape inference"
        raise RefusedError(msg)
    if value.source >= 0:
        context.note("the network begins with its codes, after operators on floats")
    else:
        context.note("the network begins with its codes")
    context.set_batch(sizes[0])
    return context.add_input(node.outputs[0], TensorType(shape=shape, format=to.format), to)


def requantized(context: Context, name: str, value: Dequantized, to: Quantization) -> Codes:
    """Give codes another meaning, or another name where it is the same one."""
    if not value.quantization.same(to):
        step = rescaled(value.quantization, to)
        return context.add(name, step, value.codes, stored=to.format, quantization=to)
    if context.is_provisional(value.codes):
        return context.rename(value.codes, name)
    context.note(f"the codes of {value.codes.name!r} again")
    return value.codes


def dequantize_linear(context: Context, node: GraphNode) -> None:
    """Read a DequantizeLinear: what codes mean."""
    blocked(node)
    name, value = node.outputs[0], context.value(node.input(0))
    axis = node.attribute("axis", 1)
    if isinstance(value, Known):
        if value.type == "int32":
            context.values[name] = bias(context, node, value, axis)
            return
        stored = format_of(value.type, "constant")
        by = quantization_of(context, node.input(1), node.input(2), stored=stored, axis=axis)
        context.values[name] = KnownReal(name=node.input(0), codes=value.array(), quantization=by)
        return
    if isinstance(value, Outside):
        context.values[name] = value
        return
    codes = context.codes(node.input(0))
    by = quantization_of(context, node.input(1), node.input(2), stored=codes.stored, axis=axis)
    by.one("codes of an activation")
    codes = context.learn(codes, by)
    context.values[node.input(0)] = codes
    context.values[name] = Dequantized(codes=codes, quantization=by)


def bias(context: Context, node: GraphNode, value: Known, axis: int) -> KnownReal:
    """Read constant accumulators, as biases are held: 32 bits, no zero point."""
    points = context.optional(node.input(2), "zero point")
    if points is not None and np.any(points):
        msg = "zero point of a bias must be 0"
        raise RefusedError(msg)
    scales = float32_of(context.known(node.input(1), "scale")).reshape(-1)
    by = Quantization(format=Int(32), scale=scales, zero_point=np.zeros(1, np.int64), axis=axis)
    return KnownReal(name=node.input(0), codes=value.array(), quantization=by)


def dynamic_quantize_linear(context: Context, node: GraphNode) -> None:
    """Refuse scales that depend on data."""
    del context, node
    msg = (
        "its scale depends on the data, so that the network would have no constants; quantize "
        "statically (with calibration data)"
    )
    raise RefusedError(msg)
