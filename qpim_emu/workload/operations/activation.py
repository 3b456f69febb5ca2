"""Limits that a fused activation puts on codes."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import LayerError

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format

__all__ = ["Activation", "activation_limits"]

INT32_LIMIT = 1 << 31


class Activation(StrEnum):
    """Activations that are a range of real values."""

    NONE = "none"
    RELU = "relu"
    RELU6 = "relu6"
    RELU_N1_TO_1 = "relu_n1_to_1"


RANGES: dict[Activation, tuple[float | None, float | None]] = {
    Activation.NONE: (None, None),
    Activation.RELU: (0.0, None),
    Activation.RELU6: (0.0, 6.0),
    Activation.RELU_N1_TO_1: (-1.0, 1.0),
}


def activation_limits(
    activation: Activation | str, *, scale: float, zero_point: int, output_type: Format
) -> tuple[int, int]:
    """Derive the smallest and largest code of an activation's range, as TFLite does.

    A bound ``v`` is the code ``zero_point + round(float32(v / scale))``, ties away from zero,
    within the format (CalculateActivationRangeQuantized in kernel_util.cc).

    Parameters
    ----------
    activation
        Which one.
    scale, zero_point
        Of the output; the scale is rounded to float32 first, as model files hold it.
    output_type
        Format of the output codes.

    Raises
    ------
    LayerError
        If the activation is unknown, the scale is not finite and positive, or a bound does not
        fit 32 bits.

    Examples
    --------
    >>> from qpim_emu.arith.formats import Int
    >>> activation_limits("relu6", scale=0.05, zero_point=-20, output_type=Int(8))
    (-20, 100)
    """
    if activation not in list(Activation):
        msg = f"activation must be one of {', '.join(Activation)}, got {activation!r}"
        raise LayerError(msg)
    low, high = RANGES[Activation(activation)]
    first, last = output_type.min, output_type.max
    if low is not None:
        first = max(first, code_of(low, scale, zero_point))
    if high is not None:
        last = min(last, code_of(high, scale, zero_point))
    return first, last


def code_of(value: float, scale: float, zero_point: int) -> int:
    """Quantize one real value."""
    step = np.float32(scale)
    if not (np.isfinite(step) and step > 0):
        msg = f"scale must be finite and positive, got {scale!r}"
        raise LayerError(msg)
    with np.errstate(over="ignore"):
        quotient = float(np.float32(value) / step)
    if not abs(quotient) < INT32_LIMIT:
        msg = f"scale must give bounds of 32 bits, got {scale!r}"
        raise LayerError(msg)
    nearest = math.floor(abs(quotient) + 0.5)  # exact: 24 bits and one more
    return zero_point + (nearest if quotient >= 0 else -nearest)
