"""Functions of each code by itself: as limits of a layer, or as tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.parameters import float32_of, quantization_of
from qpim_emu.frontends.onnx.products import outside
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.tables import approximated, computed
from qpim_emu.frontends.onnx.values import Codes, Dequantized, Known, Pending, Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.onnx.quantization import Quantization
    from qpim_emu.typing import FloatArray
    from qpim_emu.workload.operations import Lookup

__all__ = ["clip", "leaky_relu", "qlinear_leaky_relu", "qlinear_sigmoid", "relu", "sigmoid", "tanh"]

ERROR = 2.0**-21
"""What approximations of sigmoid and tanh may err by: more than any that was measured."""


def limited(context: Context, node: GraphNode, low: float | None, high: float | None) -> None:
    """Limit reals: those of a layer by its clamp, those that codes stand for by a table."""
    value, name = context.value(node.input(0)), node.outputs[0]
    if isinstance(value, Pending):
        lows = [bound for bound in (value.low, low) if bound is not None]
        highs = [bound for bound in (value.high, high) if bound is not None]
        if low is not None and value.high is not None and low > value.high:
            msg = f"limits {low}..{high} must meet those of earlier operators"
            raise RefusedError(msg)
        context.values[name] = replace(
            value, low=max(lows, default=None), high=min(highs, default=None)
        )
        context.note("limits of the layer before it")
        return

    def tabulated(source: Quantization, target: Target) -> Lookup:
        bounds = (-np.inf if low is None else low), (np.inf if high is None else high)
        first, last = np.float32(bounds[0]), np.float32(bounds[1])
        return computed(
            source,
            target.quantization,
            lambda reals: np.minimum(np.maximum(reals, first), last),
            limits=target.limits,
        )

    pending_table(context, node, tabulated)


def pending_table(
    context: Context, node: GraphNode, make: Callable[[Quantization, Target], Lookup]
) -> None:
    """Hold a table until its result is quantized; leave it out if its input is no codes."""
    value, place = context.value(node.input(0)), context.place
    if not isinstance(value, Dequantized):
        outside(context, node, f"input {node.input(0)!r} is no codes; quantize it")
        return

    def build(target: Target) -> Codes:
        return context.add(
            target.name,
            make(value.quantization, target),
            value.codes,
            stored=target.quantization.format,
            quantization=target.quantization,
            place=place,
        )

    sources = frozenset({value.codes.name})
    context.values[node.outputs[0]] = Pending(make=build, source=place, sources=sources)


def relu(context: Context, node: GraphNode) -> None:
    """Read a Relu."""
    limited(context, node, 0.0, None)


def clip(context: Context, node: GraphNode) -> None:
    """Read a Clip, whose limits are attributes or constants."""
    bounds = [bound_of(context, node, 1, "min"), bound_of(context, node, 2, "max")]
    limited(context, node, bounds[0], bounds[1])


def bound_of(context: Context, node: GraphNode, place: int, name: str) -> float | None:
    """One limit, None where there is none."""
    given: Any = node.attributes.get(name)
    if node.input(place):
        value = context.value(node.input(place))
        if not isinstance(value, Known):
            msg = f"{name} must be a constant of the file, got {node.input(place)!r}"
            raise RefusedError(msg)
        given = value.array()
    if given is None:
        return None
    number = np.asarray(given)
    if number.size != 1 or number.dtype.kind not in "if" or np.isnan(number).any():
        msg = f"{name} must be one number, got {given!r}"
        raise RefusedError(msg)
    return float(float32_of(number).reshape(()))


def leaky(alpha: float) -> Callable[[Quantization, Target], Lookup]:
    """Make a table of ``x``, or ``alpha * x`` below 0, in float32.

    Raises
    ------
    RefusedError
        If `alpha` is not finite.
    """
    if not np.isfinite(alpha):
        msg = f"alpha must be finite, got {alpha}"
        raise RefusedError(msg)

    def tabulated(source: Quantization, target: Target) -> Lookup:
        return computed(
            source,
            target.quantization,
            lambda reals: np.where(reals >= 0, reals, np.float32(alpha) * reals),
            limits=target.limits,
        )

    return tabulated


def near(function: Callable[[FloatArray], FloatArray]) -> Callable[[Quantization, Target], Lookup]:
    """Make a table of a function that engines approximate."""

    def tabulated(source: Quantization, target: Target) -> Lookup:
        to = target.quantization
        return approximated(source, to, function, error=ERROR, limits=target.limits)

    return tabulated


def logistic(values: FloatArray) -> FloatArray:
    """Compute ``1 / (1 + exp(-x))`` in float64."""
    with np.errstate(over="ignore"):
        result: FloatArray = 1 / (1 + np.exp(-values))
    return result


def leaky_relu(context: Context, node: GraphNode) -> None:
    """Read a LeakyRelu."""
    pending_table(context, node, leaky(node.attribute("alpha", 0.01)))


def sigmoid(context: Context, node: GraphNode) -> None:
    """Read a Sigmoid."""
    pending_table(context, node, near(logistic))


def tanh(context: Context, node: GraphNode) -> None:
    """Read a Tanh."""
    pending_table(context, node, near(np.tanh))


def qlinear_table(
    context: Context, node: GraphNode, make: Callable[[Quantization, Target], Lookup]
) -> None:
    """Read an operator of ONNX Runtime that is a table of a function."""
    codes, name = context.codes(node.input(0)), node.outputs[0]
    x = quantization_of(context, node.input(1), node.input(2), stored=codes.stored)
    y = quantization_of(context, node.input(3), node.input(4), stored=codes.stored)
    x.one("input")
    step = make(x, Target(name=name, quantization=y))
    context.values[name] = context.add(
        name, step, context.learn(codes, x), stored=y.format, quantization=y
    )


def qlinear_leaky_relu(context: Context, node: GraphNode) -> None:
    """Read a QLinearLeakyRelu."""
    qlinear_table(context, node, leaky(node.attribute("alpha", 0.01)))


def qlinear_sigmoid(context: Context, node: GraphNode) -> None:
    """Read a QLinearSigmoid."""
    qlinear_table(context, node, near(logistic))
