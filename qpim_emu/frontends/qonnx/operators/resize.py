"""Resize and Upsample to the nearest element: every element is repeated."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.operators.moving import known_shape, moved
from qpim_emu.frontends.qonnx.parameters import fractions
from qpim_emu.workload.operations import Repeat

if TYPE_CHECKING:
    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.qonnx.context import Answer, Context
    from qpim_emu.frontends.qonnx.values import Shape

__all__ = ["resize"]

REPEATING = {
    ("asymmetric", "floor"),
    ("half_pixel", "round_prefer_floor"),
    ("half_pixel", "round_prefer_ceil"),
    ("pytorch_half_pixel", "round_prefer_floor"),
    ("pytorch_half_pixel", "round_prefer_ceil"),
}
"""Coordinates and rounding under which whole factors repeat every element equally often."""


def resize(context: Context, node: GraphNode) -> Answer:
    """Repeat elements along the axes.

    Raises
    ------
    RefusedError
        If elements are interpolated, factors are no whole numbers, or the coordinates do not
        repeat every element equally often.
    """
    value = context.data(node)
    shape = known_shape(value)
    if node.attributes.get("mode", "nearest") != "nearest":
        msg = f"mode must be nearest, got {node.attributes['mode']!r}: it makes new numbers"
        raise RefusedError(msg)
    if node.kind == "Resize":
        coordinates = (
            node.attributes.get("coordinate_transformation_mode", "half_pixel"),
            node.attributes.get("nearest_mode", "round_prefer_floor"),
        )
        if coordinates not in REPEATING:
            allowed = ", ".join(map("+".join, sorted(REPEATING)))
            msg = f"coordinates must be one of {allowed}, got {'+'.join(coordinates)}"
            raise RefusedError(msg)
    factors = factors_of(context, node, shape)
    whole = [int(factor) for factor in factors if factor.denominator == 1 and factor >= 1]
    if len(whole) != len(shape) + 1 or whole[0] != 1:
        msg = f"factors must be whole numbers, 1 for the batch, got {[float(f) for f in factors]}"
        raise RefusedError(msg)
    return moved(value, Repeat(counts=tuple(whole[1:])), node.outputs[0])


def factors_of(context: Context, node: GraphNode, shape: Shape) -> list[Fraction]:
    """Read the factor of every axis, the batch first."""
    if node.attributes.get("axes") is not None:
        msg = "axes must not be given: give a factor for every axis"
        raise RefusedError(msg)
    place = 1 if node.kind == "Upsample" else 2
    if node.input(3):
        sizes = context.integers(node, 3, field="sizes")
        return [Fraction(1), *(Fraction(n, old) for n, old in zip(sizes[1:], shape, strict=False))]
    if "scales" in node.attributes:
        return [Fraction(factor) for factor in node.attributes["scales"]]
    return list(fractions(context.constant(node, place, field="scales"), field="scales"))
