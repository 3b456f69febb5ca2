"""Accumulators at the delicate places of a requantize unit: half-way, and where clamps begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.arith.formats import Int
from qpim_emu.arith.requantize import Mode
from tools.conformance.constants import FLOATS, FRACTION_BITS, MULTIPLIERS

if TYPE_CHECKING:
    from qpim_emu.workload.requantize import Requantize
    from tools.conformance.constants import Constants
    from tools.conformance.draws import Draws

__all__ = ["edge", "tie"]


def tie(draws: Draws, mode: Mode, bits: int, constants: Constants) -> int:
    """Draw an accumulator that some rounding finds half-way, where there is one of few bits."""
    if mode is Mode.MULTITHRESHOLD:
        return draws.choice(constants.thresholds)
    factor, places = 1, constants.shift
    if mode in FLOATS:
        factor, denominator = constants.scale.as_integer_ratio()
        places = denominator.bit_length() - 1
    elif mode in MULTIPLIERS:
        factor = constants.multiplier
        places += FRACTION_BITS.get(mode, 0)
        if mode is Mode.Q15_ACC64:
            factor = min((factor + (1 << 15)) >> 16, (1 << 15) - 1)
    if mode is Mode.Q31_DOUBLE and constants.shift > 0 and draws.chance(2):
        return second_tie(draws, bits, constants)
    return half_way(draws, bits, factor, places)


def half_way(draws: Draws, bits: int, factor: int, places: int) -> int:
    """Draw an odd multiple of half a unit, if it fits so many bits."""
    twos = (factor & -factor).bit_length() - 1 if factor else 0
    step = max(places - 1 - twos, 0)
    room = max(bits - 2 - step, 0)
    return (2 * draws.between(-(1 << room), (1 << room) - 1) + 1) << step


def second_tie(draws: Draws, bits: int, constants: Constants) -> int:
    """Draw an accumulator whose high half lies half-way for the shift that follows."""
    factor = constants.multiplier or 1
    room = max(bits - 2 - constants.shift, 0)
    high = (2 * draws.between(-(1 << room), (1 << room) - 1) + 1) << (constants.shift - 1)
    return -(-((high << 31) - (1 << 30)) // factor)


def edge(draws: Draws, unit: Requantize, bits: int) -> int:
    """Find an accumulator about where the codes reach a limit of the clamp."""
    limit = draws.choice(unit.limits)
    first, last = Int(bits).min, Int(bits).max
    while first < last:
        middle = (first + last) // 2
        if unit.apply(middle, filters=0)[0] >= limit:
            last = middle
        else:
            first = middle + 1
    return first + draws.between(-2, 1)
