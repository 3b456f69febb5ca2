"""Concatenations: of codes of one meaning, or of several brought to one by tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import InputError
from qpim_emu.frontends.onnx.context import format_of
from qpim_emu.frontends.onnx.parameters import quantization_of
from qpim_emu.frontends.onnx.products import outside
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.tables import rescaled
from qpim_emu.frontends.onnx.values import Codes, Dequantized, Known, KnownReal, Pending, Target
from qpim_emu.workload.operations import Concat

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.onnx.values import Value

__all__ = ["concat", "held", "qlinear_concat"]


def concat(context: Context, node: GraphNode) -> None:
    """Read a Concat of codes, or of reals that codes stand for."""
    values = [context.value(name) for name in node.inputs]
    name = node.outputs[0]
    if all(isinstance(value, Codes | Known) for value in values) and any(
        isinstance(value, Codes) for value in values
    ):
        parts = [constant_codes(context, *pair) for pair in zip(node.inputs, values, strict=True)]
        context.values[name] = joined(context, node, name, parts)
        return
    if any(not isinstance(value, Dequantized | KnownReal) for value in values) or not any(
        isinstance(value, Dequantized) for value in values
    ):
        outside(context, node, "inputs must all be codes behind a DequantizeLinear; quantize them")
        return
    pairs = [held(context, value) for value in values]
    place = context.place

    def make(target: Target) -> Codes:
        reading, context.place = context.place, place
        parts = [matched(context, value, target, i) for i, value in enumerate(pairs)]
        made = joined(context, node, target.name, parts, target)
        context.place = reading
        return made

    context.values[name] = Pending(make=make, source=place, sources=context.sources(*node.inputs))


def constant_codes(context: Context, name: str, value: Value) -> Codes:
    """Codes that the network computes, or holds."""
    if isinstance(value, Codes):
        return value
    if isinstance(value, Known):
        return context.add_constant(name, value.array(), format_of(value.type, "constant"))
    return context.codes(name)


def held(context: Context, value: Value) -> Dequantized:
    """Reals that codes stand for, constant codes entered as a constant of the network."""
    if isinstance(value, Dequantized):
        return value
    if not isinstance(value, KnownReal):
        msg = "inputs must be codes behind a DequantizeLinear; quantize them"
        raise RefusedError(msg)
    codes = context.add_constant(value.name, value.codes, value.quantization.format)
    return Dequantized(codes=codes, quantization=value.quantization)


def matched(context: Context, value: Dequantized, target: Target, place: int) -> Codes:
    """Codes of an input in the quantization of the output."""
    if value.quantization.same(target.quantization):
        return value.codes
    value.quantization.one("input")
    step = rescaled(value.quantization, target.quantization)
    name = f"{target.name}/{place}"
    return context.add(name, step, value.codes, stored=target.quantization.format)


def joined(
    context: Context, node: GraphNode, name: str, parts: list[Codes], target: Target | None = None
) -> Codes:
    """Add the concatenation."""
    axes = len(parts[0].type.shape) + 1
    axis = node.attribute("axis", 1)
    if not -axes <= axis < axes or axis % axes == 0:
        msg = f"axis must be among 1..{axes - 1}, since the batch stays the first, got {axis}"
        raise RefusedError(msg)
    quantization = parts[0].quantization if target is None else target.quantization
    try:
        step = Concat(count=len(parts), axis=axis % axes - 1)
    except InputError as error:
        raise RefusedError(str(error)) from error
    made = context.add(name, step, *parts, stored=parts[0].stored, quantization=quantization)
    if target is None or target.limits == (made.stored.min, made.stored.max):
        return made
    msg = "limits after a Concat are not read; put them before it"
    raise RefusedError(msg)


def qlinear_concat(context: Context, node: GraphNode) -> None:
    """Read a QLinearConcat of ONNX Runtime: scale and zero point of the output come first."""
    y = quantization_of(context, node.input(0), node.input(1), stored=None)
    target = Target(name=node.outputs[0], quantization=y)
    parts = []
    for place in range(2, len(node.inputs), 3):
        codes = context.codes(node.input(place))
        x = quantization_of(
            context, node.input(place + 1), node.input(place + 2), stored=codes.stored
        )
        value = Dequantized(codes=context.learn(codes, x), quantization=x)
        parts.append(matched(context, value, target, place // 3))
    context.values[target.name] = joined(context, node, target.name, parts, target)
