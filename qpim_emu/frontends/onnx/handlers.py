"""Which function reads which operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.onnx import (
    conv,
    joining,
    linear_quantization,
    matmul,
    moving,
    pairs,
    pooling,
    softmax,
    unary,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qpim_emu.frontends.onnx.context import Context
    from qpim_emu.frontends.onnx.graph import GraphNode

__all__ = ["HANDLERS"]

HANDLERS: Mapping[str, Callable[[Context, GraphNode], None]] = {
    "Add": pairs.add,
    "AveragePool": pooling.average_pool,
    "Clip": unary.clip,
    "Concat": joining.concat,
    "Conv": conv.conv,
    "ConvInteger": conv.conv_integer,
    "DequantizeLinear": linear_quantization.dequantize_linear,
    "DynamicQuantizeLinear": linear_quantization.dynamic_quantize_linear,
    "Flatten": moving.flatten,
    "Gemm": matmul.gemm,
    "GlobalAveragePool": pooling.global_average_pool,
    "Identity": moving.identity,
    "LeakyRelu": unary.leaky_relu,
    "MatMul": matmul.matmul,
    "MatMulInteger": matmul.matmul_integer,
    "MaxPool": pooling.max_pool,
    "Mul": pairs.mul,
    "Pad": moving.pad,
    "QLinearConv": conv.qlinear_conv,
    "QLinearMatMul": matmul.qlinear_matmul,
    "QuantizeLinear": linear_quantization.quantize_linear,
    "Relu": unary.relu,
    "Reshape": moving.reshape,
    "Sigmoid": unary.sigmoid,
    "Slice": moving.slice_,
    "Split": moving.split,
    "Squeeze": moving.squeeze,
    "Sub": pairs.sub,
    "Tanh": unary.tanh,
    "Transpose": moving.transpose,
    "Unsqueeze": moving.unsqueeze,
    "com.microsoft.DequantizeLinear": linear_quantization.dequantize_linear,
    "com.microsoft.QGemm": matmul.qgemm,
    "com.microsoft.QLinearAdd": pairs.qlinear_add,
    "com.microsoft.QLinearAveragePool": pooling.qlinear_average_pool,
    "com.microsoft.QLinearConcat": joining.qlinear_concat,
    "com.microsoft.QLinearGlobalAveragePool": pooling.qlinear_global_average_pool,
    "com.microsoft.QLinearLeakyRelu": unary.qlinear_leaky_relu,
    "com.microsoft.QLinearMul": pairs.qlinear_mul,
    "com.microsoft.QLinearSigmoid": unary.qlinear_sigmoid,
    "com.microsoft.QLinearSoftmax": softmax.qlinear_softmax,
    "com.microsoft.QuantizeLinear": linear_quantization.quantize_linear,
}
"""By operator, with its domain unless it is the standard's. Any other operator is refused by
name where codes depend on it."""
