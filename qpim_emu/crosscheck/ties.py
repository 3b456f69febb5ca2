"""How far an accumulator is from where its output code changes, in exact rationals.

A result that differs from another engine's right at a tie is a matter of rounding; far from any
tie, it is a bug. What a unit computes is taken by its definition, without the intermediate
roundings that some modes have: they are what may differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from qpim_emu.arith.requantize import Mode
from qpim_emu.arith.rounding import Rounding

if TYPE_CHECKING:
    from qpim_emu.arith.requantize import Constants
    from qpim_emu.frontends.model import RealValue
    from qpim_emu.workload.requantize import Requantize

__all__ = ["Nearness", "nearness"]

HALF = Fraction(1, 2)
FLOAT32 = Fraction(1, 1 << 18)
"""Relative error that a sum of float32 products may well have: 24 bits, and some additions."""

DIRECTED = {Rounding.FLOOR, Rounding.TOWARD_ZERO}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """Where an accumulator lies between two output codes.

    Attributes
    ----------
    value
        The output code as a real number: not rounded, not clamped, zero point included. None
        where only thresholds are known.
    distance
        To the nearest real number at which the code changes, in codes; in accumulators where
        only thresholds are known.
    """

    value: Fraction | None
    distance: Fraction

    @property
    def float32(self) -> bool:
        """Whether the distance is of the order of what a float32 computation loses."""
        return self.value is not None and self.distance < FLOAT32 * (abs(self.value) + 1)


def nearness(
    unit: Requantize, accumulator: int, m: int, *, real: RealValue | None = None
) -> Nearness | None:
    """Find how near an accumulator of filter `m` is to a change of its code.

    Parameters
    ----------
    unit, accumulator, m
        The requantize unit of a layer, and an accumulator of its filter `m`.
    real
        The reals behind thresholds, where they are known.

    Returns
    -------
    Nearness or None
        None where nothing is rounded.

    Examples
    --------
    >>> from qpim_emu.workload.requantize import Requantize
    >>> unit = Requantize(mode="f32_even", scale=0.25, zero_point=3, low=-8, high=7)
    >>> nearness(unit, 6, 0)
    Nearness(value=Fraction(9, 2), distance=Fraction(0, 1))
    """
    constants = unit.of_filter(m)
    if unit.mode is Mode.MULTITHRESHOLD:
        if real is not None:
            value, distance = real(accumulator, filter=m), real.distance(accumulator, filter=m)
            return None if distance is None else Nearness(value=value, distance=distance)
        steps = [abs(accumulator - int(t)) for t in constants.thresholds]
        return Nearness(value=None, distance=Fraction(min(steps))) if steps else None
    found = unrounded(unit.mode, accumulator, constants)
    if found is None:
        return None
    return Nearness(value=found + int(constants.zero_point), distance=to_change(unit, found))


def to_change(unit: Requantize, value: Fraction) -> Fraction:
    """Distance to the nearest number at which the unit's rounding changes its result."""
    if unit.mode is Mode.SHIFT and unit.rounding is Rounding.TOWARD_ZERO and abs(value) < 1:
        return 1 - abs(value)  # nothing changes at 0
    directed = unit.mode is Mode.SCALE_BIAS_SHIFT or (
        unit.mode is Mode.SHIFT and unit.rounding in DIRECTED
    )
    return to_half(value + HALF) if directed else to_half(value)


def to_half(value: Fraction) -> Fraction:
    """Distance to the nearest number halfway between two integers."""
    return abs(value - floor(value) - HALF)


def unrounded(mode: Mode, accumulator: int, c: Constants) -> Fraction | None:
    """What a mode rounds, without the zero point; None if it rounds nothing."""
    match mode:
        case Mode.NONE | Mode.MULTITHRESHOLD:
            return None
        case Mode.SHIFT:
            return accumulator / power(int(c.shift)) if c.shift > 0 else None
        case Mode.SCALE_BIAS_SHIFT:
            return (accumulator * int(c.multiplier) + int(c.addend)) / power(int(c.shift))
        case Mode.Q31_DOUBLE | Mode.Q31_SINGLE:
            return accumulator * int(c.multiplier) / power(31 + int(c.shift))
        case Mode.Q15_ACC64:
            reduced = min((int(c.multiplier) + (1 << 15)) >> 16, (1 << 15) - 1)
            return accumulator * reduced / power(15 + int(c.shift))
        case Mode.F64_AWAY | Mode.F32_EVEN | Mode.F_EVEN_ZP_IN:
            return accumulator * Fraction(float(c.scale))


def power(exponent: int) -> Fraction:
    """``2**exponent`` for an exponent of either sign."""
    return Fraction(2) ** exponent
