"""The 16-bit twin: the floating-point network quantized after training, 16 bits everywhere.

It is the baseline of every comparison: 16-bit words that use their range. Weights are signed
with one scale per filter (one for all logits), activations unsigned behind a ReLU and signed
otherwise, zero points 0, accumulators 48 bits, requantize ``scale_bias_shift``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from tools.digits.convert import ScaledLayer, assemble, build_layer
from tools.digits.model import FloatNet, follow, multiply_accumulate
from tools.digits.network import Codes, IntegerNetwork, MacLayer
from tools.digits.plan import INPUT_SCALE, PLAN, Activation, Granularity, MacPlan, Mode

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["build_twin"]

WORD_BITS = 16
INPUT_SHIFT = 11
"""Pixel 16 becomes 32768: unsigned 16-bit codes with the top bit in use."""
HEADROOM = 1.05
"""Activation ranges reach 5 % beyond the largest value seen in training."""


def scale_weight(weight: NDArray[np.float64], plan: MacPlan) -> NDArray[np.float64]:
    """Real value of one weight code: the largest weight of a filter is the largest code."""
    largest = np.abs(weight).reshape(len(weight), -1).max(axis=1)
    if plan.granularity is Granularity.PER_TENSOR and plan.output is None:
        largest = largest.max(keepdims=True)
    return largest / ((1 << (WORD_BITS - 1)) - 1)


def choose_outputs(y: torch.Tensor, plan: MacPlan) -> tuple[Codes | None, float]:
    """Format and scale of output codes that cover the outputs `y` before the ReLU."""
    if plan.output is None:
        return None, 1.0
    clamp = plan.activation is Activation.CLAMP
    codes = Codes(bits=WORD_BITS, signed=not clamp, zero_point=0)
    largest = float(y.max() if clamp else y.abs().max())
    return codes, largest * HEADROOM / codes.high


@torch.no_grad()
def build_twin(net: FloatNet, pixels: NDArray[np.int64]) -> IntegerNetwork:
    """Quantize `net` to 16 bits with ranges seen on the training images `pixels`."""
    inputs = Codes(bits=WORD_BITS, signed=False, zero_point=0)
    codes, scale = inputs, INPUT_SCALE / (1 << INPUT_SHIFT)
    x = torch.from_numpy(pixels).float() * INPUT_SCALE
    layers: list[MacLayer] = []
    for plan, layer in zip(PLAN, net, strict=True):
        weight, bias = layer.fold()
        y = multiply_accumulate(x, weight, bias, plan)
        outputs, output_scale = choose_outputs(y, plan)
        x = follow(y, plan)
        scaled = ScaledLayer(
            plan=plan,
            weight=weight.double().numpy(),
            bias=bias.double().numpy(),
            weight_bits=WORD_BITS,
            weight_scale=scale_weight(weight.double().numpy(), plan),
            inputs=codes,
            input_scale=scale,
            outputs=outputs,
            output_scale=output_scale,
            mode=Mode.SCALE_BIAS_SHIFT,
        )
        layers.append(build_layer(scaled))
        if outputs is not None:
            codes, scale = outputs, output_scale
    return assemble(layers, name="digits-16bit", inputs=inputs, input_shift=INPUT_SHIFT)
