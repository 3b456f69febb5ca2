"""A layer whose accumulators are known, and whose output is still open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from qpim_emu.arith.formats import Encoding, Format, Int
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear
from qpim_emu.workload.network import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.frontends.qonnx.values import Coded, Shape
    from qpim_emu.typing import BoolArray, IntArray
    from qpim_emu.workload.requantize import Requantize

__all__ = ["MOST_BITS", "Draft", "LayerType", "MacDraft"]

LayerType: TypeAlias = type[Conv1d | Conv2d | Linear]
MOST_BITS = 16
USUAL_BITS, WIDE_BITS = 48, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class MacDraft:
    """A MAC layer without its requantization.

    Attributes
    ----------
    kind
        Class of the layer.
    source
        Tensor it reads.
    weights, weight_format, weight_zero
        ``int64[filters, ...]``, their format, and zero points ``int64[filters]``.
    options
        Stride, padding, dilation and groups.
    shape
        Sizes of the output without the batch.
    """

    kind: LayerType
    source: Coded
    weights: IntArray
    weight_format: Format
    weight_zero: IntArray
    options: Mapping[str, Any] = field(default_factory=dict)
    shape: Shape

    def mirrored(self, filters: BoolArray) -> MacDraft:
        """Negate the weights, and so the accumulators, of some filters.

        A format without the negative of a weight grows by a bit.

        Raises
        ------
        RefusedError
            If it has 16 bits already.
        """
        sign = np.where(filters, -1, 1)
        weights = self.weights * sign.reshape(-1, *[1] * (self.weights.ndim - 1))
        stored = self.weight_format
        low, high = int(weights.min()), int(weights.max())
        if stored.encoding is not Encoding.BIPOLAR and not (
            stored.contains(low) and stored.contains(high)
        ):
            stored = Int(stored.bits + 1)
        if stored.bits > MOST_BITS:
            msg = (
                f"a negative scale needs the negative of weights of {self.weight_format}: "
                "make the quantizer of the weights narrow, or give them a bit less"
            )
            raise RefusedError(msg)
        return replace(
            self, weights=weights, weight_format=stored, weight_zero=self.weight_zero * sign
        )

    def node(self, name: str, requantize: Requantize | None = None) -> Node:
        """Build the layer; its accumulators are the outputs without a requantization."""
        layer = self.kind(
            weights=self.weights,
            weight_type=self.weight_format,
            activation_type=self.source.format,
            weight_zero_point=self.weight_zero,
            activation_zero_point=self.source.zero,
            accumulator=Accumulator(bits=self.accumulator_bits()),
            requantize=requantize,
            **self.options,
        )
        return Node(name=name, step=layer, inputs=(self.source.name,))

    def accumulator_bits(self) -> int:
        """Choose 48 bits, or 64 where 48 do not hold every possible sum.

        63 bits always do: operands less their zero points have 17 bits and a sign, and a file
        holds fewer than 2**28 weights.
        """
        a = magnitude(self.source.format, self.source.zero)
        products = np.abs(self.weights.reshape(len(self.weights), -1) - self.weight_zero[:, None])
        largest = a * int(products.sum(axis=1).max())
        return USUAL_BITS if largest < 1 << (USUAL_BITS - 1) else WIDE_BITS


Draft: TypeAlias = "MacDraft | Coded"
"""Accumulators: sums of products, or simply the codes of a tensor."""


def magnitude(stored: Format, zero: int) -> int:
    """Largest absolute value of a code less its zero point."""
    return max(abs(stored.min - zero), abs(stored.max - zero))
