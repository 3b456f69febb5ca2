"""Ties: accumulators that a rounding step of the requantize unit finds exactly half-way.

A definition by exact integers for each mode, to say what a package covers; no result depends on
it. Modes that always round down have the same half-way points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Int
from qpim_emu.arith.requantize import Mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.arith.requantize import Constants

__all__ = ["is_tie"]

INT32 = Int(32)
Q31_BITS, Q15_BITS, Q15_LARGEST = 31, 15, (1 << 15) - 1
WHOLE = 2.0**52
"""Floats of this magnitude and more are integers."""


def is_tie(mode: Mode, accumulator: int, constants: Constants) -> bool:
    """Whether the unit rounds an exact half (``multithreshold``: meets a threshold exactly)."""
    return TIES[mode](accumulator, constants)


def half_way(value: int, bits: int) -> bool:
    """Whether ``value / 2**bits`` lies half-way between integers."""
    return bits > 0 and value % (1 << bits) == 1 << (bits - 1)


def shift_tie(accumulator: int, c: Constants) -> bool:
    """Semantics 8.2."""
    return half_way(accumulator, int(c.shift))


def scale_bias_shift_tie(accumulator: int, c: Constants) -> bool:
    """Semantics 8.3."""
    return half_way(accumulator * int(c.multiplier) + int(c.addend), int(c.shift))


def q31_double_tie(accumulator: int, c: Constants) -> bool:
    """Semantics 8.4: in either of its two steps."""
    shift = int(c.shift)
    product = INT32.wrap(accumulator << max(-shift, 0)) * int(c.multiplier)
    if half_way(product, Q31_BITS):
        return True
    high = min((product + (1 << Q31_BITS - 1)) >> Q31_BITS, INT32.max)
    return half_way(high, shift)


def q31_single_tie(accumulator: int, c: Constants) -> bool:
    """Semantics 8.5."""
    return half_way(accumulator * int(c.multiplier), Q31_BITS + int(c.shift))


def q15_acc64_tie(accumulator: int, c: Constants) -> bool:
    """Semantics 8.6: in the second step; the first one concerns constants alone."""
    multiplier = min((int(c.multiplier) + (1 << Q15_BITS)) >> (Q15_BITS + 1), Q15_LARGEST)
    return half_way(accumulator * multiplier, Q15_BITS + int(c.shift))


def float_half(value: float) -> bool:
    """Whether a float lies half-way between integers."""
    return abs(value) < WHOLE and value % 1.0 == 0.5  # noqa: PLR2004 - a half


def f64_away_tie(accumulator: int, c: Constants) -> bool:
    """Semantics 8.7."""
    return float_half(float(accumulator) * float(c.scale))


def f32_even_tie(accumulator: int, c: Constants) -> bool:
    """Semantics 8.7."""
    with np.errstate(over="ignore"):  # infinities are no ties
        return float_half(float(np.float32(accumulator) * np.float32(c.scale)))


def f_even_zp_in_tie(accumulator: int, c: Constants) -> bool:
    """Semantics 8.7."""
    scaled = float(accumulator) * float(c.scale)
    return float_half(scaled + float(int(c.zero_point)))


def multithreshold_tie(accumulator: int, c: Constants) -> bool:
    """Semantics 8.8: the smallest accumulator that a threshold counts."""
    return bool((c.thresholds == accumulator).any())


def none_tie(accumulator: int, c: Constants) -> bool:  # noqa: ARG001 - as the others
    """Nothing is rounded."""
    return False


TIES: dict[Mode, Callable[[int, Constants], bool]] = {
    Mode.NONE: none_tie,
    Mode.SHIFT: shift_tie,
    Mode.SCALE_BIAS_SHIFT: scale_bias_shift_tie,
    Mode.Q31_DOUBLE: q31_double_tie,
    Mode.Q31_SINGLE: q31_single_tie,
    Mode.Q15_ACC64: q15_acc64_tie,
    Mode.F64_AWAY: f64_away_tie,
    Mode.F32_EVEN: f32_even_tie,
    Mode.F_EVEN_ZP_IN: f_even_zp_in_tie,
    Mode.MULTITHRESHOLD: multithreshold_tie,
}
