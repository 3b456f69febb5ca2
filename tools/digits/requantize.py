"""Constants of the requantize modes from real scales, and the modes themselves on int64.

Sources: TensorFlow Lite `QuantizeMultiplier` and `MultiplyByQuantizedMultiplier` (gemmlowp
double rounding) for ``q31_double``; the others are defined by their formulas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.digits.network import Codes, Requantize
from tools.digits.plan import Mode

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "apply_requantize",
    "derive_q31_double",
    "derive_scale_bias_shift",
    "derive_shift",
]

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1
MULTIPLIER_BITS = 16
PRODUCT_BITS = 63
NONE = np.zeros(1, np.int64)


def derive_q31_double(ratio: NDArray[np.float64], outputs: Codes, low: int) -> Requantize:
    """Split each ``ratio = input x weight scale / output scale`` into int32 and exponent."""
    fraction, exponent = np.frexp(ratio)
    multiplier = np.floor(fraction * (1 << 31) + 0.5).astype(np.int64)
    full = multiplier == 1 << 31
    return Requantize(
        mode=Mode.Q31_DOUBLE,
        multiplier=np.where(full, multiplier >> 1, multiplier),
        addend=NONE,
        shift=-(exponent.astype(np.int64) + full),
        zero_point=outputs.zero_point,
        low=low,
        high=outputs.high,
    )


def derive_shift(shift: int, outputs: Codes, low: int) -> Requantize:
    """Divide by ``2**shift``, half to even."""
    return Requantize(
        mode=Mode.SHIFT_HALF_EVEN,
        multiplier=np.ones(1, np.int64),
        addend=NONE,
        shift=np.array([shift], np.int64),
        zero_point=outputs.zero_point,
        low=low,
        high=outputs.high,
    )


def derive_scale_bias_shift(
    ratio: NDArray[np.float64], bound: NDArray[np.int64], outputs: Codes, low: int
) -> Requantize:
    """Approximate each ratio by a 16-bit ``k / 2**n``; the addend ``l`` rounds half up.

    Raises
    ------
    OverflowError
        If ``acc * k + l`` could leave int64 for an accumulator within `bound`.
    """
    _, exponent = np.frexp(ratio)
    shift = MULTIPLIER_BITS - exponent.astype(np.int64)
    multiplier = np.rint(ratio * np.exp2(shift)).astype(np.int64)
    addend = np.int64(1) << (shift - 1)
    for acc, k, extra in zip(bound.tolist(), multiplier.tolist(), addend.tolist(), strict=True):
        if acc * k + extra >= 1 << PRODUCT_BITS:
            msg = f"acc * k + l must fit int64, got |acc| up to {acc}, k {k}, l {extra}"
            raise OverflowError(msg)
    return Requantize(
        mode=Mode.SCALE_BIAS_SHIFT,
        multiplier=multiplier,
        addend=addend,
        shift=shift,
        zero_point=outputs.zero_point,
        low=low,
        high=outputs.high,
    )


def round_half_even(acc: NDArray[np.int64], shift: NDArray[np.int64]) -> NDArray[np.int64]:
    """Divide by ``2**shift`` (shift > 0), ties to the even quotient."""
    half = np.int64(1) << (shift - 1)
    odd = (acc >> shift) & 1
    return (acc + half - 1 + odd) >> shift


def double_high_multiply(x: NDArray[np.int64], multiplier: NDArray[np.int64]) -> NDArray[np.int64]:
    """Saturating rounding doubling high multiply of int32 values (gemmlowp)."""
    product = x * multiplier
    nudged = product + np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    high = np.where(nudged >= 0, nudged >> 31, -(-nudged >> 31))
    return np.where((x == INT32_MIN) & (multiplier == INT32_MIN), INT32_MAX, high)


def divide_by_power(x: NDArray[np.int64], exponent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Divide by ``2**exponent``, rounded to nearest, ties away from zero (gemmlowp)."""
    mask = (np.int64(1) << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + ((x & mask) > threshold)


def apply_requantize(acc: NDArray[np.int64], rule: Requantize) -> NDArray[np.int64]:
    """Output codes of accumulators ``int64[..., filters]``, clamped."""
    if rule.mode is Mode.SHIFT_HALF_EVEN:
        codes = round_half_even(acc, rule.shift)
    elif rule.mode is Mode.SCALE_BIAS_SHIFT:
        codes = (acc * rule.multiplier + rule.addend) >> rule.shift
    else:
        shifted = acc << np.maximum(-rule.shift, 0)
        wrapped = (shifted - INT32_MIN) % (1 << 32) + INT32_MIN
        high = double_high_multiply(wrapped, rule.multiplier)
        codes = divide_by_power(high, np.maximum(rule.shift, 0))
    return np.clip(codes + rule.zero_point, rule.low, rule.high)
