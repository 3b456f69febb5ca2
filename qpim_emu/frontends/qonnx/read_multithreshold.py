"""MultiThreshold: codes that count thresholds.

Source: the operator's definition in the qonnx package (``custom_op/general``), with float32
arithmetic replaced by exact numbers.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import BIPOLAR
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.bounds import Bounds
from qpim_emu.frontends.qonnx.parameters import (
    fractions,
    one_number,
)
from qpim_emu.frontends.qonnx.quantizer import Quantizer
from qpim_emu.frontends.qonnx.read_quantizer import declared_or_wider

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.frontends.onnx.graph import GraphNode
    from qpim_emu.frontends.qonnx.values import Shape

__all__ = ["read_multithreshold"]


def read_multithreshold(node: GraphNode, thresholds: NDArray[Any], *, shape: Shape) -> Quantizer:
    """Read ``MultiThreshold``: codes count thresholds that are reached.

    Raises
    ------
    RefusedError
        If thresholds are not for the channels or do not ascend, or output scale and bias give
        the codes no integer zero point.
    """
    if thresholds.ndim != 2 or thresholds.shape[0] not in {1, shape[0]} or not thresholds.size:  # noqa: PLR2004
        msg = f"thresholds must have shape [1 or {shape[0]}, T], got {list(thresholds.shape)}"
        raise RefusedError(msg)
    if (np.diff(thresholds, axis=1) < 0).any():
        msg = "thresholds must ascend for every channel: sort them, their count is the same"
        raise RefusedError(msg)
    count = thresholds.shape[1]
    numbers = fractions(thresholds, field="thresholds")
    unit = Fraction(1, lcm(*(number.denominator for number in numbers)))
    halves = [(int(2 * number / unit), True) for number in numbers]
    rows = tuple(Bounds.of(halves[i : i + count]) for i in range(0, len(halves), count))
    scale, bias = (
        one_number(np.asarray(node.attributes.get(name, default), np.float32), field=name)
        for name, default in (("out_scale", 1.0), ("out_bias", 0.0))
    )
    common = Quantizer(
        format=BIPOLAR,
        low=-1,
        high=1,
        divisor=(Fraction(1),),
        addend=0,
        bounds=rows,
        unit=unit,
        scale=(scale / 2,),
        zero=0,
    )
    if count == 1 and 2 * bias == -scale and scale > 0:
        return common
    return counting(common, scale, bias, count)


def counting(common: Quantizer, scale: Fraction, bias: Fraction, count: int) -> Quantizer:
    """Codes that are counts, moved by the bias where it is a whole number of them."""
    if scale <= 0 or (bias / scale).denominator != 1:
        msg = f"out_bias must be a multiple of out_scale above 0, got {float(bias)}, {float(scale)}"
        raise RefusedError(msg)
    low = int(bias / scale)
    stored = declared_or_wider(1, low, low + count)
    return replace(common, format=stored, low=low, high=low + count, scale=(scale,))
