"""From real weights, biases and scales to the integer network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tools.digits.network import (
    Codes,
    Flatten,
    IntegerNetwork,
    MacLayer,
    MaxPool,
    Operation,
    Relu,
    Requantize,
    choose_accumulator_bits,
    largest_total,
)
from tools.digits.plan import (
    IMAGE_SIZE,
    INPUT,
    INPUT_SCALE,
    PLAN,
    Activation,
    Kind,
    MacPlan,
    Mode,
)
from tools.digits.requantize import derive_q31_double, derive_scale_bias_shift, derive_shift

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from tools.digits.model import QuantizedNet

__all__ = ["ScaledLayer", "assemble", "build_layer", "convert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledLayer:
    """Real-valued description of a MAC layer that is about to become integers.

    Attributes
    ----------
    weight, bias
        ``float64[filters, ...]`` and ``float64[filters]``.
    weight_bits, weight_scale
        Width of the weight codes and the real value of one, ``float64[filters]`` or ``[1]``.
    inputs, input_scale, outputs, output_scale
        Activation formats and the real value of one code; `outputs` None keeps accumulators.
    mode
        Requantize mode.
    """

    plan: MacPlan
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    weight_bits: int
    weight_scale: NDArray[np.float64]
    inputs: Codes
    input_scale: float
    outputs: Codes | None
    output_scale: float
    mode: Mode


def build_layer(layer: ScaledLayer) -> MacLayer:
    """Round weights and bias to codes, choose the accumulator and the requantize constants."""
    half = 1 << (layer.weight_bits - 1)
    scale = layer.weight_scale.reshape(-1, *[1] * (layer.weight.ndim - 1))
    weights = np.clip(np.rint(layer.weight / scale), -half, half - 1).astype(np.int64)
    unit = layer.weight_scale * layer.input_scale
    bias = np.rint(layer.bias / unit).astype(np.int64)
    bound = largest_total(weights, bias, layer.inputs)
    accumulator_bits = choose_accumulator_bits(bound)
    return MacLayer(
        name=layer.plan.name,
        kind=layer.plan.kind,
        weights=weights,
        weight_bits=layer.weight_bits,
        bias=bias,
        inputs=layer.inputs,
        stride=layer.plan.stride,
        pads=layer.plan.pads,
        groups=layer.plan.groups,
        accumulator_bits=accumulator_bits,
        requantize=derive_requantize(layer, bound),
        outputs=layer.outputs or Codes(bits=accumulator_bits, signed=True, zero_point=0),
    )


def shift_of(layer: ScaledLayer) -> int:
    """Exponent of a power-of-two ratio of output scale to accumulator unit."""
    unit = float(layer.weight_scale[0]) * layer.input_scale
    return round(float(np.log2(layer.output_scale / unit)))


def derive_requantize(layer: ScaledLayer, bound: NDArray[np.int64]) -> Requantize | None:
    """Constants of the layer's requantize mode, None when it emits accumulators."""
    if layer.outputs is None:
        return None
    clamp = layer.plan.activation is Activation.CLAMP
    low = layer.outputs.zero_point if clamp else layer.outputs.low
    if layer.mode is Mode.SHIFT_HALF_EVEN:
        return derive_shift(shift_of(layer), layer.outputs, low)
    unit = layer.weight_scale * layer.input_scale
    ratio = np.broadcast_to(unit / layer.output_scale, bound.shape)
    if layer.mode is Mode.SCALE_BIAS_SHIFT:
        return derive_scale_bias_shift(ratio, bound, layer.outputs, low)
    return derive_q31_double(ratio, layer.outputs, low)


def assemble(
    layers: Iterable[MacLayer], *, name: str, inputs: Codes, input_shift: int
) -> IntegerNetwork:
    """Put the operations between the MAC layers of the plan."""
    operations: list[Operation] = []
    flat = False
    for plan, layer in zip(PLAN, layers, strict=True):
        if plan.kind is Kind.LINEAR and not flat:
            operations.append(Flatten(name="flatten"))
            flat = True
        operations.append(layer)
        if plan.activation is Activation.SEPARATE:
            operations.append(Relu(name=f"{plan.name}_relu", zero_point=layer.outputs.zero_point))
        if plan.pool > 1:
            operations.append(MaxPool(name=f"{plan.name}_pool", side=plan.pool))
    return IntegerNetwork(
        name=name,
        inputs=inputs,
        input_shift=input_shift,
        image_shape=(1, IMAGE_SIZE, IMAGE_SIZE),
        operations=tuple(operations),
    )


def plan_outputs(plan: MacPlan, zero_point: int) -> Codes | None:
    """Format of the output codes with the calibrated zero point."""
    if plan.output is None:
        return None
    return Codes(bits=plan.output.bits, signed=plan.output.signed, zero_point=zero_point)


def convert(net: QuantizedNet) -> IntegerNetwork:
    """Turn the trained fake-quantized network into the integer network of the plan."""
    inputs = Codes(bits=INPUT.bits, signed=INPUT.signed, zero_point=0)
    codes, scale = inputs, INPUT_SCALE
    layers: list[MacLayer] = []
    for plan, layer in zip(PLAN, net, strict=True):
        outputs = plan_outputs(plan, layer.zero_point)
        scaled = ScaledLayer(
            plan=plan,
            weight=layer.weight.detach().double().numpy(),
            bias=layer.bias.detach().double().numpy(),
            weight_bits=plan.weight_bits,
            weight_scale=layer.weight_scale.detach().double().numpy(),
            inputs=codes,
            input_scale=scale,
            outputs=outputs,
            output_scale=float(layer.output_scale().detach()),
            mode=plan.mode,
        )
        layers.append(build_layer(scaled))
        if outputs is not None:
            codes, scale = outputs, scaled.output_scale
    return assemble(layers, name="digits-layerwise", inputs=inputs, input_shift=0)
