"""Writing a real multiplier as the integer constants of a mode, to the bit."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.integers import is_integer
from qpim_emu.arith.requantize.mode import RULES, Mode
from qpim_emu.arith.scales import real_numbers
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import FloatArray

__all__ = ["mode_constants", "nearest_fraction", "nearest_power_of_two", "quantize_multiplier"]

FRACTION_BITS = 31
LARGEST_RIGHT_SHIFT = 31
LARGEST_LEFT_SHIFT_SINGLE = 30
MIN_MULTIPLIER_BITS, MAX_MULTIPLIER_BITS = 2, 32
TIE_OF_POWERS = 0.75
LARGEST_HALF = 62


def mode_constants(
    mode: Mode, scale: ArrayLike, *, multiplier_bits: int = 16
) -> dict[str, Integers | float | FloatArray]:
    """Derive the constants of a mode from real multipliers.

    ==================== =====================================================================
    q31 modes, q15_acc64 `quantize_multiplier`
    scale_bias_shift     `nearest_fraction` of `multiplier_bits`, and the addend
                         ``1 << (shift - 1)`` that turns its floor into half up (0 for shifts
                         outside 1..63)
    shift                `nearest_power_of_two`
    float modes          the scale itself
    ==================== =====================================================================

    Parameters
    ----------
    mode
        One of the above.
    scale
        A real multiplier, or one per filter.
    multiplier_bits
        Signed width of the multiplier of ``scale_bias_shift``.

    Returns
    -------
    dict
        Constants by name, scalars or ``int64[filters]`` as `scale` is.

    Raises
    ------
    InputError
        If the mode has no scale, or a scale is not finite and positive or no number.

    Examples
    --------
    >>> mode_constants(Mode.SCALE_BIAS_SHIFT, 0.1, multiplier_bits=8)
    {'multiplier': 102, 'shift': 10, 'addend': 512}
    """
    scales = real_numbers(scale, field="scale").astype(np.float64)
    if scales.ndim > 1 or scales.size == 0:
        msg = f"scale must be a number or one per filter, got shape {scales.shape}"
        raise InputError(msg)
    if "scale" in RULES[mode].others:
        return {"scale": scales if scales.ndim else float(scales)}
    derive = derivation(mode, multiplier_bits)
    rows = [derive(float(value)) for value in scales.flat]
    if scales.ndim == 0:
        return dict(rows[0])
    return {name: np.array([row[name] for row in rows], np.int64) for name in rows[0]}


def derivation(mode: Mode, multiplier_bits: int) -> Callable[[float], dict[str, int]]:
    """Choose the function that derives the integer constants of one scale."""

    def multiplier_and_shift(scale: float) -> dict[str, int]:
        multiplier, shift = quantize_multiplier(scale, mode=mode)
        return {"multiplier": multiplier, "shift": shift}

    def fraction(scale: float) -> dict[str, int]:
        multiplier, shift = nearest_fraction(scale, multiplier_bits=multiplier_bits)
        half = 1 << (shift - 1) if 0 < shift <= LARGEST_HALF + 1 else 0
        return {"multiplier": multiplier, "shift": shift, "addend": half}

    if mode in {Mode.Q31_DOUBLE, Mode.Q31_SINGLE, Mode.Q15_ACC64}:
        return multiplier_and_shift
    if mode is Mode.SCALE_BIAS_SHIFT:
        return fraction
    if mode is Mode.SHIFT:
        return lambda scale: {"shift": nearest_power_of_two(scale)}
    msg = f"mode must be one with a scale, got {mode}"
    raise InputError(msg)


def quantize_multiplier(scale: float, *, mode: Mode = Mode.Q31_DOUBLE) -> tuple[int, int]:
    """Write a scale as ``multiplier / 2**31 / 2**shift``, as TFLite's QuantizeMultiplier does.

    The significand in [1/2, 1) is rounded to 31 bits, ties away from zero; one that rounds up
    to 1 becomes 1/2 with the next exponent; scales that would need a right shift by more than
    31 become 0. In single-rounding builds, scales that would need a left shift by more than 30
    become the largest one.

    Parameters
    ----------
    scale
        Finite, 0 or more.
    mode
        ``q31_single`` for the single-rounding build.

    Returns
    -------
    multiplier, shift
        Our shift is the negative of TFLite's.

    Raises
    ------
    InputError
        If `scale` is negative, infinite or not a number.

    Examples
    --------
    >>> quantize_multiplier(0.75), quantize_multiplier(1.0), quantize_multiplier(2.0 ** -40)
    ((1610612736, 0), (1073741824, -1), (0, 0))
    """
    if not (math.isfinite(scale) and scale >= 0):
        msg = f"scale must be finite and 0 or more, got {scale!r}"
        raise InputError(msg)
    if scale == 0:
        return 0, 0
    significand, exponent = math.frexp(scale)
    multiplier, exponent = rounded_significand(significand, exponent, bits=FRACTION_BITS)
    if -exponent > LARGEST_RIGHT_SHIFT:
        return 0, 0
    if mode is Mode.Q31_SINGLE and exponent > LARGEST_LEFT_SHIFT_SINGLE:
        return (1 << FRACTION_BITS) - 1, -LARGEST_LEFT_SHIFT_SINGLE
    return multiplier, -exponent


def rounded_significand(significand: float, exponent: int, *, bits: int) -> tuple[int, int]:
    """Round a significand in [1/2, 1) to `bits` bits (ties away), moving 1 to 1/2."""
    scaled = math.ldexp(significand, bits)
    rounded = math.floor(scaled)
    rounded += scaled - rounded >= 1 / 2  # exact: bits of one float64
    if rounded == 1 << bits:
        return rounded >> 1, exponent + 1
    return rounded, exponent


def nearest_fraction(scale: float, *, multiplier_bits: int) -> tuple[int, int]:
    """Find the ``k / 2**n`` nearest to a scale, for ``k`` of `multiplier_bits` signed bits.

    Parameters
    ----------
    scale
        Finite and positive.
    multiplier_bits
        Width of ``k``, 2..32 including its sign.

    Returns
    -------
    multiplier, shift
        ``k`` and ``n`` for `scale_bias_shift`; ties towards the larger fraction. ``n`` is at
        most 127, so that scales near ``2**-127`` lose bits.

    Raises
    ------
    InputError
        If `scale` is not finite and positive, is too large for ``n >= -128``, or the width is
        out of range.

    Examples
    --------
    >>> nearest_fraction(0.1, multiplier_bits=8)
    (102, 10)
    """
    check_scale(scale)
    if (
        not is_integer(multiplier_bits)
        or not MIN_MULTIPLIER_BITS <= multiplier_bits <= MAX_MULTIPLIER_BITS
    ):
        allowed = f"{MIN_MULTIPLIER_BITS}..{MAX_MULTIPLIER_BITS}"
        msg = f"multiplier_bits must be an integer in {allowed}, got {multiplier_bits!r}"
        raise InputError(msg)
    significand, exponent = math.frexp(scale)
    bits = int(multiplier_bits) - 1
    multiplier, exponent = rounded_significand(significand, exponent, bits=bits)
    shift, limits = bits - exponent, RULES[Mode.SCALE_BIAS_SHIFT].integers["shift"]
    if shift > limits.max:
        return math.floor(Fraction(scale) * 2**limits.max + Fraction(1, 2)), limits.max
    if shift < limits.min:
        msg = f"scale must be below 2**{bits - limits.min}, got {scale!r}"
        raise InputError(msg)
    return multiplier, shift


def nearest_power_of_two(scale: float) -> int:
    """Find the shift whose ``2**-shift`` is nearest to a scale, ties towards the larger power.

    Raises
    ------
    InputError
        If `scale` is not finite and positive.

    Examples
    --------
    >>> nearest_power_of_two(0.1), nearest_power_of_two(3.0)
    (3, -2)
    """
    check_scale(scale)
    significand, exponent = math.frexp(scale)
    return -exponent if significand >= TIE_OF_POWERS else 1 - exponent


def check_scale(scale: float) -> None:
    """Refuse scales that are not finite and positive."""
    if not (math.isfinite(scale) and scale > 0):
        msg = f"scale must be finite and positive, got {scale!r}"
        raise InputError(msg)
