"""Constants of a requantize unit for one filter, and how they are drawn."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Int
from qpim_emu.arith.requantize import RULES, Mode
from qpim_emu.arith.rounding import Rounding
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from tools.conformance.draws import Draws

__all__ = [
    "FLOATS",
    "FRACTION_BITS",
    "MODES",
    "MULTIPLIERS",
    "ROUNDINGS",
    "Constants",
    "draw_constants",
    "unit_of",
]

MODES, ROUNDINGS = tuple(Mode), tuple(Rounding)

CLAMPS = (
    *((-128, 127), (-128, 127), (0, 255), (-8, 7), (0, 1), (-32768, 32767), (-100, 27)),
    (Int(48).min, Int(48).max),
)
MULTIPLIERS = {
    Mode.SCALE_BIAS_SHIFT: (Int(32).min, Int(32).max),
    Mode.Q31_DOUBLE: (Int(32).min, Int(32).max),
    Mode.Q31_SINGLE: (0, Int(32).max),
    Mode.Q15_ACC64: (0, Int(32).max),
}
FRACTION_BITS = {Mode.Q31_DOUBLE: 31, Mode.Q31_SINGLE: 31, Mode.Q15_ACC64: 15}
FLOATS = (Mode.F64_AWAY, Mode.F32_EVEN, Mode.F_EVEN_ZP_IN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """Constants of a unit for one filter, in the columns' order; 0 where a mode has none."""

    multiplier: int = 0
    shift: int = 0
    addend: int = 0
    scale: float = 0.0
    offset: int = 0
    zero_point: int = 0
    low: int = 0
    high: int = 0
    thresholds: tuple[int, ...] = ()

    def columns(self) -> list[int]:
        """Numbers of a question, from `multiplier` on."""
        (bits,) = struct.unpack("<q", struct.pack("<d", self.scale))
        firsts = (self.multiplier, self.shift, self.addend, bits, self.offset, self.zero_point)
        return [*firsts, self.low, self.high, len(self.thresholds), *self.thresholds]


def unit_of(mode: Mode, rounding: Rounding, constants: Constants) -> Requantize:
    """Make the unit of one filter."""
    rules = RULES[mode]
    given: dict[str, Any] = {name: getattr(constants, name) for name in rules.integers}
    if "scale" in rules.others:
        given["scale"] = constants.scale
    if "thresholds" in rules.others:
        given["thresholds"] = list(constants.thresholds)
    if "rounding" in rules.others:
        given["rounding"] = rounding
    if rules.zero_point:
        given["zero_point"] = constants.zero_point
    if mode is not Mode.NONE:
        given |= {"low": constants.low, "high": constants.high}
    return Requantize(mode=mode, **given)


def draw_constants(draws: Draws, mode: Mode, bits: int) -> Constants:
    """Draw constants that bring accumulators of so many bits near their clamp."""
    low, high = draws.choice(CLAMPS)
    away = max(bits - high.bit_length() - draws.between(0, 6), 1)
    zero_point = draws.choice((0, 0, draws.between(-128, 127), draws.cornered(-(1 << 31), 1 << 30)))
    common = Constants(low=low, high=high, zero_point=zero_point)
    if mode is Mode.NONE:
        return Constants()
    if mode is Mode.MULTITHRESHOLD:
        return draw_thresholds(draws, bits)
    if mode is Mode.SHIFT:
        shift = draws.cornered(-128, 127) if draws.chance(6) else away
        return replace(common, shift=shift)
    if mode in FLOATS:
        return replace(common, scale=draw_scale(draws, away))
    return draw_multiplier(draws, mode, away, common)


def draw_thresholds(draws: Draws, bits: int) -> Constants:
    """Draw ascending thresholds and an offset, half of them with a clamp of their own."""
    stored = Int(bits)
    count = draws.between(1, 7)
    found = tuple(sorted(draws.cornered(stored.min, stored.max) for _ in range(count)))
    offset = draws.choice((0, -1, -4, draws.cornered(Int(32).min, Int(32).max)))
    low, high = offset, offset + count
    if draws.chance(2):
        low, high = low + draws.between(0, 1), max(high - draws.between(0, 2), low + 1)
    return Constants(thresholds=found, offset=offset, low=low, high=max(low, high))


def draw_scale(draws: Draws, away: int) -> float:
    """Draw a scale near 2**-away: few significant bits, or as many as binary32 has; or any."""
    if draws.chance(8):
        return float(np.float32(2.0 ** draws.between(-140, 120)))
    significand = draws.between(1, 15) if draws.chance(2) else draws.between(1 << 23, (1 << 24) - 1)
    return float(significand * 2.0 ** (-away - significand.bit_length() + 1))


def draw_multiplier(draws: Draws, mode: Mode, away: int, common: Constants) -> Constants:
    """Draw a multiplier of few or many bits, and the shift that goes with it."""
    low, high = MULTIPLIERS[mode]
    limits = RULES[mode].integers["shift"]
    if draws.chance(6):
        shift, multiplier = draws.cornered(limits.min, limits.max), draws.cornered(low, high)
    else:
        top = 30 if mode in FRACTION_BITS else draws.between(0, 30)
        free = draws.choice((0, min(2, top), top))
        multiplier = ((1 << free) + draws.between(0, (1 << free) - 1)) << (top - free)
        multiplier *= draws.choice((1, 1, -1)) if low < 0 else 1
        shift = away - 1 if mode in FRACTION_BITS else away + multiplier.bit_length()
    shift, addend = min(max(shift, limits.min), limits.max), 0
    if mode is Mode.SCALE_BIAS_SHIFT:
        half = 1 << min(max(shift - 1, 0), 62)
        wild = draws.cornered(Int(64).min, Int(64).max)
        addend = draws.choice((0, half, min(half * 4, 1 << 62), wild))
    return replace(common, multiplier=multiplier, shift=shift, addend=addend)
