"""Operators by the name that files give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.qonnx.operators import (
    elementwise,
    layers,
    moving,
    pairs,
    pooling,
    quantize,
    resize,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.frontends.qonnx.context import OperatorReader

__all__ = ["DOMAINS", "INTEGER_KINDS", "OPERATORS", "base_kind"]

DOMAINS = ("onnx.brevitas", "qonnx.custom_op.general", "finn.custom_op.general")
"""Domains of QONNX's own operators, new and old."""

QUANTIZERS: Mapping[str, OperatorReader] = {
    "qonnx.BipolarQuant": quantize.bipolar_quant,
    "qonnx.IntQuant": quantize.quant,
    "qonnx.MultiThreshold": quantize.multithreshold,
    "qonnx.Quant": quantize.quant,
    "qonnx.Trunc": quantize.trunc,
}
LAYERS: Mapping[str, OperatorReader] = {
    "Conv": layers.conv,
    "Gemm": layers.gemm,
    "MatMul": layers.matmul,
}

OPERATORS: Mapping[str, OperatorReader] = {
    **QUANTIZERS,
    **LAYERS,
    "Add": pairs.add_or_subtract,
    "AveragePool": pooling.average_pool,
    "BatchNormalization": elementwise.batch_normalization,
    "Clip": elementwise.clip,
    "Concat": moving.concat,
    "Div": pairs.multiply_or_divide,
    "Dropout": elementwise.identity,
    "Flatten": moving.flatten,
    "GlobalAveragePool": pooling.global_average_pool,
    "Identity": elementwise.identity,
    "MaxPool": pooling.max_pool,
    "Mul": pairs.multiply_or_divide,
    "Pad": moving.pad,
    "ReduceMean": pooling.reduce_mean,
    "Relu": elementwise.relu,
    "Reshape": moving.reshape,
    "Resize": resize.resize,
    "Squeeze": moving.squeeze,
    "Sub": pairs.add_or_subtract,
    "Transpose": moving.transpose,
    "Unsqueeze": moving.unsqueeze,
    "Upsample": resize.resize,
}
"""How each operator is read; names of QONNX's own are without their domain."""

INTEGER_KINDS = frozenset(QUANTIZERS) | frozenset(LAYERS)
"""Operators that are never left to an engine: they make codes, or need them."""


def base_kind(kind: str) -> str:
    """Name of an operator with one domain for all of QONNX's.

    Examples
    --------
    >>> base_kind("onnx.brevitas.Quant"), base_kind("Conv")
    ('qonnx.Quant', 'Conv')
    """
    domain, _, name = kind.rpartition(".")
    return f"qonnx.{name}" if domain in DOMAINS else kind
