"""QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear of the backend, in float32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.frontends.onnx.context import format_of
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.onnx.tensors import element_type
from qpim_emu.onnx_backend.products import at, given

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.machine import Machine
    from qpim_emu.onnx_backend.products import Arrays

__all__ = ["dequantize_linear", "dynamic_quantize_linear", "quantize_linear"]

LIMIT = 1 << 30
LARGEST_CODE = 255


def spread(values: NDArray[Any], node: GraphNode, shape: tuple[int, ...]) -> NDArray[Any]:
    """See scales or zero points in the shape of a tensor: one, one per place, one per block."""
    if values.size == 1:
        return values.reshape(())
    axis = node.attribute("axis", 1)
    axis += len(shape) if axis < 0 else 0
    size = node.attribute("block_size", 0)
    if size:
        repeated = np.repeat(values, size, axis=axis)
        return repeated[tuple(slice(extent) for extent in shape)]
    if values.ndim != 1 or not 0 <= axis < len(shape) or values.size != shape[axis]:
        msg = f"scales must be one per place on axis {axis} of {list(shape)}, got {values.shape}"
        raise RefusedError(msg)
    return values.reshape([-1 if place == axis else 1 for place in range(len(shape))])


def quantize_linear(node: GraphNode, inputs: Arrays, machine: Machine) -> list[NDArray[Any]]:
    """Compute ``saturate(rint(x / scale) + zero point)``, the quotient in the type of `x`."""
    del machine
    reals, points = given(inputs, 0), at(inputs, 2)
    number = node.attribute("output_dtype", 0)
    dtype = np.dtype(np.uint8)
    if points is not None:
        dtype = points.dtype
    elif number:
        dtype = dtype_of(number)
    stored = format_of(dtype.name, "zero point or output_dtype")
    with np.errstate(over="ignore"):
        quotient = reals / spread(given(inputs, 1), node, reals.shape)
    whole = np.clip(np.rint(quotient), -LIMIT, LIMIT).astype(np.int64)
    if points is not None:
        whole = whole + spread(points.astype(np.int64), node, reals.shape)
    return [np.clip(whole, stored.min, stored.max).astype(dtype)]


def dtype_of(number: int) -> np.dtype[Any]:
    """NumPy's type of an element type, which the onnx package chooses."""
    from onnx.helper import tensor_dtype_to_np_dtype  # noqa: PLC0415 - optional

    element_type(number)
    return np.dtype(tensor_dtype_to_np_dtype(number))


def dequantize_linear(node: GraphNode, inputs: Arrays, machine: Machine) -> list[NDArray[Any]]:
    """Compute ``(x - zero point) * scale`` in float32, then in the type of the scale."""
    del machine
    codes, scale, points = given(inputs, 0), given(inputs, 1), at(inputs, 2)
    difference = codes.astype(np.int64)
    if points is not None:
        difference = difference - spread(points.astype(np.int64), node, codes.shape)
    number = node.attribute("output_dtype", 0)
    dtype = dtype_of(number) if number else scale.dtype
    by = spread(scale, node, codes.shape).astype(np.float32)
    return [(difference.astype(np.float32) * by).astype(dtype)]


def dynamic_quantize_linear(
    node: GraphNode, inputs: Arrays, machine: Machine
) -> list[NDArray[Any]]:
    """Compute codes with scale and zero point from the range of the data, 0 within it."""
    del node, machine
    reals = given(inputs, 0).astype(np.float32)
    low = np.minimum(reals.min(initial=0), np.float32(0))
    high = np.maximum(reals.max(initial=0), np.float32(0))
    scale = np.asarray((high - low) / np.float32(LARGEST_CODE), np.float32)
    if scale == 0:
        scale = np.asarray(1, np.float32)
    point = np.clip(np.rint(-low / scale), 0, LARGEST_CODE).astype(np.uint8)
    whole = np.rint(reals / scale).astype(np.int64) + int(point)
    codes = np.clip(whole, 0, LARGEST_CODE).astype(np.uint8)
    return [codes, scale, np.asarray(point, np.uint8)]
