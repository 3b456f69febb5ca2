"""Scales and zero points that operators have as constant inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.context import format_of
from qpim_emu.frontends.onnx.quantization import Quantization
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.values import Known

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode

__all__ = ["blocked", "float32_of", "quantization_of", "type_of_constant"]


def quantization_of(
    context: Context, scale: str, zero_point: str, *, stored: Format | None, axis: int = 1
) -> Quantization:
    """Read a scale and a zero point by the names of their tensors.

    Parameters
    ----------
    context
        What is known of tensors.
    scale, zero_point
        Names; the zero point may be left out.
    stored
        Format of the codes; that of the zero point where None.
    axis
        Axis that several scales are for.

    Raises
    ------
    RefusedError
        If one of them is no constant, has more than one axis (blocked scales) or another type.
    """
    scales = context.known(scale, "scale")
    if scales.dtype.kind != "f":
        msg = f"scale must be a float, got {scales.dtype}"
        raise RefusedError(msg)
    points = context.optional(zero_point, "zero point")
    if points is None:
        points = np.zeros(1 if scales.size == 1 else scales.shape, np.int64)
    elif stored is None or type_of_constant(context, zero_point) != stored:
        found = type_of_constant(context, zero_point)
        if stored is not None:
            msg = f"zero point must be of the type of the codes, {stored}, got {found}"
            raise RefusedError(msg)
        stored = found
    if not points.size:
        msg = "zero point must be one number or one per place on an axis, got none"
        raise RefusedError(msg)
    if stored is None:
        msg = "zero point must be given, since it says what type the codes have"
        raise RefusedError(msg)
    if scales.size > 1 and points.size > 1 and scales.shape != points.shape:
        msg = f"zero points must be as many as scales, {scales.shape}, got {points.shape}"
        raise RefusedError(msg)
    if scales.ndim > 1 or not scales.size:
        msg = f"scale must be one number or one per place on an axis, got shape {scales.shape}"
        raise RefusedError(msg)
    return Quantization(
        format=stored,
        scale=float32_of(scales).reshape(-1),
        zero_point=points.reshape(-1),
        axis=axis,
    )


def float32_of(reals: NDArray[Any]) -> NDArray[np.float32]:
    """Round to float32, to infinity where that is too small."""
    with np.errstate(over="ignore"):
        return reals.astype(np.float32)


def type_of_constant(context: Context, name: str) -> Format:
    """Format of a constant's codes."""
    value = context.value(name)
    if not isinstance(value, Known):
        msg = f"zero point must be a constant of the file, got {name!r}"
        raise RefusedError(msg)
    return format_of(value.type, "zero point")


def blocked(node: GraphNode) -> None:
    """Refuse scales for blocks of an axis."""
    size = node.attribute("block_size", 0)
    if size:
        msg = (
            f"scales for blocks of {size} codes have no exact integer layer; quantize with one "
            "scale per tensor or per channel"
        )
        raise RefusedError(msg)
