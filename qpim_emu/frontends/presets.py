"""Whose requantization a model is read with: the mode and constants of each operation."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from qpim_emu.arith.scales import PRESETS as RULES
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PRESETS", "Operation", "check_preset", "rule_of"]


class Operation(StrEnum):
    """Operations that engines requantize in different ways."""

    CONV = "conv"
    """Convolutions, depthwise ones too, with accumulators of 32 bits."""

    LINEAR = "linear"
    """Fully-connected layers with a weight scale per filter, accumulators of 32 bits."""

    LINEAR_PER_TENSOR = "linear_per_tensor"
    """The same with one weight scale."""

    CONV_16X8 = "conv_16x8"
    """Convolutions with 16-bit activations and biases of 64 bits."""

    LINEAR_16X8 = "linear_16x8"
    """Fully-connected layers with 16-bit activations, biases of 64 bits, a scale per filter."""

    LINEAR_16X8_PER_TENSOR = "linear_16x8_per_tensor"
    """The same with one weight scale."""


TFLM = {
    Operation.CONV: "tflite",
    Operation.LINEAR: "tflite",
    Operation.LINEAR_PER_TENSOR: "tflite",
    Operation.CONV_16X8: "tflite_16x8",
    Operation.LINEAR_16X8: "tflite_16x8",
    Operation.LINEAR_16X8_PER_TENSOR: "tflite_16x8",
}
TFLM_F32 = TFLM | {
    Operation.LINEAR_PER_TENSOR: "tflite_linear_per_tensor",
    Operation.LINEAR_16X8_PER_TENSOR: "tflite_16x8_linear_per_tensor",
}
LITERT_REF = TFLM | {
    Operation.LINEAR: "litert_linear_reference",
    Operation.LINEAR_PER_TENSOR: "litert_linear_reference",
    Operation.LINEAR_16X8: "litert_linear_reference",
    Operation.LINEAR_16X8_PER_TENSOR: "litert_linear_reference",
}

PRESETS: Mapping[str, Mapping[Operation, str]] = {
    "tflm": TFLM,
    "tflm-f32": TFLM_F32,
    "litert-ref": LITERT_REF,
    "onnxruntime": dict.fromkeys(Operation, "onnxruntime"),
    "onnx-reference": dict.fromkeys(Operation, "onnx_reference"),
    "torch-fbgemm": dict.fromkeys(Operation, "fbgemm"),
}
"""What each engine does, as keys of `qpim_emu.arith.scales.PRESETS`.

TFLite Micro's and LiteRT's reference kernels agree but for LiteRT's fully-connected layers, which
requantize in float64, half away from zero. TFLite Micro's sources (commit 90b983c2) multiply the
scales of a fully-connected layer with one weight scale in float32 (``tflm-f32``); the build that
this project is compared with (0.dev20261023182759) was measured to multiply them in double
(``tflm``).
``docs/divergences.md`` has a case of each.
"""


def check_preset(preset: str) -> None:
    """Refuse a name that no preset has.

    Raises
    ------
    InputError
        Listing the names.
    """
    if preset not in PRESETS:
        msg = f"requantize preset must be one of {', '.join(PRESETS)}, got {preset!r}"
        raise InputError(msg)


def rule_of(preset: str, operation: Operation) -> str:
    """Look up how a preset requantizes an operation.

    Returns
    -------
    str
        A key of `qpim_emu.arith.scales.PRESETS`, as `qpim_emu.workload.from_scales` takes it.

    Raises
    ------
    InputError
        If there is no such preset.
    """
    check_preset(preset)
    rule = PRESETS[preset][operation]
    assert rule in RULES  # noqa: S101 - a table of this module
    return rule
