"""The operators of the backend by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.onnx_backend import products, quantizing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.machine import Machine

    Arrays = Sequence[NDArray[Any] | None]
    Compute = Callable[[GraphNode, Arrays, Machine], list[NDArray[Any]]]

__all__ = ["OPERATORS"]

OPERATORS: Mapping[str, Compute] = {
    "ConvInteger": products.conv_integer,
    "DequantizeLinear": quantizing.dequantize_linear,
    "DynamicQuantizeLinear": quantizing.dynamic_quantize_linear,
    "MatMulInteger": products.matmul_integer,
    "QLinearConv": products.qlinear_conv,
    "QLinearMatMul": products.qlinear_matmul,
    "QuantizeLinear": quantizing.quantize_linear,
}
