"""Operators that change the real numbers behind the codes: normalization, factors, limits."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.errors import InputError
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.context import Answer
from qpim_emu.frontends.qonnx.emit import as_real
from qpim_emu.frontends.qonnx.parameters import along_axis, fractions, one_number
from qpim_emu.frontends.qonnx.quadratic import Quadratic, inverse_root, rational
from qpim_emu.frontends.qonnx.quantizer import per_channel
from qpim_emu.frontends.qonnx.values import Coded, Fixed, Floats, Real
from qpim_emu.workload.network import Node
from qpim_emu.workload.operations import MaxPool2d, Relu

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.qonnx.context import Context
    from qpim_emu.frontends.qonnx.line import Line
    from qpim_emu.frontends.qonnx.values import Value

__all__ = ["affine", "batch_normalization", "clip", "factor", "identity", "relu", "summand"]

DEFAULT_EPSILON = 1e-5


def affine(value: Value, factors: tuple[Quadratic, ...], addends: tuple[Quadratic, ...]) -> Answer:
    """Multiply real numbers, then add, by one value for all or one per channel.

    A positive rational factor alone leaves codes as they are and changes what they stand for.

    Raises
    ------
    RefusedError
        If the channels are not those of the sums any more, or a maximum has been taken and a
        factor is not positive, or two unrelated square roots meet.
    """
    if isinstance(value, Floats):
        return Answer(value=value)
    if not isinstance(value, Coded | Real):
        msg = "input must be codes or sums of the network, got a constant"
        raise RefusedError(msg)
    if isinstance(value, Coded) and keeps_codes(factors, addends):
        count = max(len(value.scale), len(factors))
        scale = tuple(
            per_channel(value.scale, c) * per_channel(factors, c).base for c in range(count)
        )
        return Answer(value=replace(value, scale=scale))
    real = as_real(value)
    check_channels(real, factors, addends)
    count = max(len(real.lines), len(factors), len(addends))
    try:
        lines = tuple(
            per_channel(real.lines, c)
            .scaled(per_channel(factors, c))
            .shifted(per_channel(addends, c))
            for c in range(count)
        )
    except InputError as error:
        msg = f"a second normalization must be merged into the first: {error}"
        raise RefusedError(msg) from error
    return Answer(value=replace(real, lines=lines))


def keeps_codes(factors: tuple[Quadratic, ...], addends: tuple[Quadratic, ...]) -> bool:
    """Whether only the scales of codes change."""
    return all(not one.root and one.sign() > 0 for one in factors) and not any(
        one.sign() for one in addends
    )


def check_channels(
    real: Real, factors: tuple[Quadratic, ...], addends: tuple[Quadratic, ...]
) -> None:
    """Refuse factors per channel behind a movement, and negative ones behind a maximum."""
    channels = real.draft.shape[0]
    if max(len(factors), len(addends)) > 1 and real.shape[0] != channels:
        msg = f"constants must be for {channels} channels: move them in front of the reshaping"
        raise RefusedError(msg)
    pooled = any(isinstance(step, MaxPool2d) for step in real.after)
    if pooled and any(one.sign() <= 0 for one in factors):
        msg = "factors behind a maximum must be above 0: quantize in front of the pooling"
        raise RefusedError(msg)


def batch_normalization(context: Context, node: GraphNode) -> Answer:
    """Normalize: ``(x - mean) / sqrt(variance + epsilon) * scale + bias``, exactly."""
    value = context.data(node)
    if node.attributes.get("training_mode", 0):
        msg = "training_mode must be 0, got 1: export the model for inference"
        raise RefusedError(msg)
    scale, bias, mean, variance = (
        fractions(array, field=name)
        for name, array in zip(
            ("scale", "bias", "mean", "variance"),
            context.constants(node, "scale", "bias", "mean", "variance"),
            strict=True,
        )
    )
    channels = len(scale)
    if {len(bias), len(mean), len(variance)} != {channels} or not fits(value, channels):
        msg = f"constants must be one per channel, got {channels}, {len(bias)}, {len(mean)}"
        raise RefusedError(msg)
    given = node.attributes.get("epsilon", np.float32(DEFAULT_EPSILON))
    epsilon = one_number(np.asarray(given, np.float32), field="epsilon")
    if min(variance) + epsilon <= 0:
        msg = f"variance + epsilon must be above 0, got {float(min(variance) + epsilon)}"
        raise RefusedError(msg)
    factors = tuple(
        inverse_root(v + epsilon) * rational(g) for v, g in zip(variance, scale, strict=True)
    )
    addends = tuple(
        rational(b) - rational(m) * f for b, m, f in zip(bias, mean, factors, strict=True)
    )
    return affine(value, factors, addends)


def fits(value: Value, channels: int) -> bool:
    """Whether constants for so many channels fit a tensor."""
    return not isinstance(value, Coded | Real) or value.shape[0] == channels


def factor(context: Context, node: GraphNode) -> Answer:
    """Multiply with, or divide by, a constant."""
    value, constant, first = operands(context, node)
    if node.kind == "Div" and not first:
        msg = "divisor must be a constant, got real numbers"
        raise RefusedError(msg)
    numbers = constants_of(value, constant)
    if node.kind == "Div":
        if not all(numbers):
            msg = "divisor must not be 0"
            raise RefusedError(msg)
        numbers = tuple(1 / number for number in numbers)
    return affine(value, tuple(map(rational, numbers)), (rational(0),))


def summand(context: Context, node: GraphNode) -> Answer:
    """Add or subtract a constant."""
    value, constant, first = operands(context, node)
    numbers = constants_of(value, constant)
    sign = -1 if node.kind == "Sub" and first else 1
    outer = -1 if node.kind == "Sub" and not first else 1
    addends = tuple(rational(sign * number) for number in numbers)
    return affine(value, (rational(outer),), addends)


def operands(context: Context, node: GraphNode) -> tuple[Value, NDArray[Any], bool]:
    """Tell the tensor and the constant of an operator apart, and whether the tensor is first."""
    first, second = context.data(node), context.data(node, 1)
    if isinstance(second, Fixed):
        return first, second.array, True
    if isinstance(first, Fixed):
        return second, first.array, False
    msg = f"one input of {node.kind} must be a constant"
    raise RefusedError(msg)


def constants_of(value: Value, constant: NDArray[Any]) -> tuple[Fraction, ...]:
    """Read a constant, one for all or one per channel."""
    if isinstance(value, Coded | Real):
        constant = along_axis(
            constant,
            rank=1 + len(value.shape),
            axis=1,
            size=value.shape[0],
            field="constant",
        )
    return fractions(constant, field="constant")


def relu(context: Context, node: GraphNode) -> Answer:
    """Raise what is below 0 to it: on codes at once, on sums when they are rounded."""
    value = context.data(node)
    if not isinstance(value, Coded):
        return limit(value, lambda line: line.clipped(Fraction(0), None))
    name = node.outputs[0]
    step = Relu(zero_point=value.zero)
    if value.zero > value.format.max:
        msg = f"zero point must be one of {value.format}, got {value.zero}"
        raise RefusedError(msg)
    return Answer(
        value=replace(value, name=name),
        nodes=(Node(name=name, step=step, inputs=(value.name,)),),
    )


def clip(context: Context, node: GraphNode) -> Answer:
    """Limit sums to constants, which are attributes in old files and inputs in new ones."""
    bounds: list[Fraction | None] = []
    for place, name in enumerate(("min", "max"), 1):
        number = node.attributes.get(name)
        if node.input(place):
            number = context.constant(node, place, field=name)
        if number is None or is_open(np.asarray(number)):
            bounds.append(None)
        else:
            bounds.append(one_number(np.asarray(number), field=name))
    low, high = bounds
    value = context.data(node)
    if isinstance(value, Coded):
        value = as_real(value)
    return limit(value, lambda line: line.clipped(low, high))


def is_open(number: NDArray[Any]) -> bool:
    """Whether a limit is infinite, or beyond every float32 as exporters write it."""
    largest = float(np.finfo(np.float32).max)
    return number.size == 1 and bool(abs(float(number.reshape(-1)[0])) >= largest)


def limit(value: Value, change: Callable[[Line], Line]) -> Answer:
    """Limit the real numbers of sums; codes in front of the network are left to the engine."""
    if isinstance(value, Floats):
        return Answer(value=value)
    if not isinstance(value, Real):
        msg = "input must be sums of the network, got a constant"
        raise RefusedError(msg)
    return Answer(value=replace(value, lines=tuple(map(change, value.lines))))


def identity(context: Context, node: GraphNode) -> Answer:
    """Change nothing."""
    return Answer(value=context.data(node), note="changes nothing")
