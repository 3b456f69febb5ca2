"""MAC layers from the arrays and attributes of ONNX operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qpim_emu.frontends.presets import Operation, rule_of
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.from_scales import from_scales
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.onnx.geometry import Geometry
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.requantize import Requantize

__all__ = ["Operands", "conv_layer", "linear_layer", "requantize_unit"]

NARROW_PRODUCT, NARROW_ACCUMULATOR, WIDE_ACCUMULATOR = 16, 32, 48
MATRIX_AXES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Operands:
    """What a layer multiplies: codes of weights, formats and zero points of both sides."""

    weights: IntArray
    weight_format: Format
    weight_zero_point: IntArray
    activation_format: Format
    activation_zero_point: int
    bias: IntArray | None = None

    @property
    def accumulator_bits(self) -> int:
        """The 32 bits of ONNX, where two operands have at most 16 bits together; else 48."""
        product = self.weight_format.bits + self.activation_format.bits
        return NARROW_ACCUMULATOR if product <= NARROW_PRODUCT else WIDE_ACCUMULATOR

    def options(self, requantize: Requantize | None) -> dict[str, Any]:
        """Parameters that every layer takes, but for the weights."""
        zero_point = self.weight_zero_point.reshape(-1)
        return {
            "weight_type": self.weight_format,
            "activation_type": self.activation_format,
            "weight_zero_point": zero_point[0] if zero_point.size == 1 else zero_point,
            "activation_zero_point": self.activation_zero_point,
            "bias": self.bias,
            "accumulator": Accumulator(bits=self.accumulator_bits),
            "requantize": requantize,
        }


def requantize_unit(
    operands: Operands,
    *,
    scales: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    zero_point: int,
    limits: tuple[int, int],
    preset: str,
) -> Requantize:
    """Derive the requantization of a layer from its scales (input, weights, output).

    Raises
    ------
    InputError
        If the scales do not give valid constants.
    """
    first, second, third = (scale.reshape(()) if scale.size == 1 else scale for scale in scales)
    return from_scales(
        input_scale=first,
        weight_scale=second,
        output_scale=third,
        preset=rule_of(preset, operation_of(operands, scales[1])),
        low=limits[0],
        high=limits[1],
        zero_point=zero_point,
    )


def operation_of(operands: Operands, weight_scale: NDArray[np.float32]) -> Operation:
    """Which operation of an engine a layer is, as presets tell them apart."""
    wide = operands.accumulator_bits > NARROW_ACCUMULATOR
    if operands.weights.ndim != MATRIX_AXES:
        return Operation.CONV_16X8 if wide else Operation.CONV
    if weight_scale.size == 1:
        return Operation.LINEAR_16X8_PER_TENSOR if wide else Operation.LINEAR_PER_TENSOR
    return Operation.LINEAR_16X8 if wide else Operation.LINEAR


def conv_layer(
    operands: Operands, geometry: Geometry, *, groups: int, requantize: Requantize | None
) -> Conv1d | Conv2d:
    """Build a convolution over one axis or two; weights ``[filters, channels / groups, ...]``.

    Raises
    ------
    InputError
        If sizes or constants do not fit together.
    """
    options = operands.options(requantize) | {"weights": operands.weights, "groups": groups}
    if len(geometry.kernel) == 1:
        return Conv1d(
            **options,
            stride=geometry.strides[0],
            dilation=geometry.dilations[0],
            padding=geometry.padding[0],
        )
    both: Mapping[str, Any] = {
        "stride": geometry.strides,
        "dilation": geometry.dilations,
        "padding": geometry.padding,
    }
    return Conv2d(**options, **both)


def linear_layer(operands: Operands, *, requantize: Requantize | None) -> Linear:
    """Build a fully connected layer; weights ``[channels, filters]``, as in a product.

    Raises
    ------
    InputError
        If sizes or constants do not fit together.
    """
    return Linear(**operands.options(requantize), weights=operands.weights.T)
