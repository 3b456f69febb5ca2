"""The requantization modes and what each of them accepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from qpim_emu.arith.formats import Int, UInt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.arith.formats import Format

__all__ = ["LIMIT_FORMAT", "RULES", "ZERO_POINT_FORMAT", "Mode", "ModeRules", "Range"]


class Mode(StrEnum):
    """How an accumulator becomes an output code; each is a module of this package."""

    NONE = "none"
    """The accumulator is the output."""

    SHIFT = "shift"
    SCALE_BIAS_SHIFT = "scale_bias_shift"
    Q31_DOUBLE = "q31_double"
    Q31_SINGLE = "q31_single"
    Q15_ACC64 = "q15_acc64"
    F64_AWAY = "f64_away"
    F32_EVEN = "f32_even"
    F_EVEN_ZP_IN = "f_even_zp_in"
    MULTITHRESHOLD = "multithreshold"


@dataclass(frozen=True, slots=True)
class Range:
    """Smallest and largest value of an integer constant."""

    min: int
    max: int

    @classmethod
    def of(cls, stored: Format) -> Range:
        """All values of a format."""
        return cls(stored.min, stored.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRules:
    """What a mode accepts.

    Attributes
    ----------
    accumulator_bits
        Widest accumulator.
    integers
        Its integer constants and their ranges.
    optional
        Those of them that are 0 unless given.
    others
        Its constants that are not integers or not ranged: ``scale``, ``thresholds``,
        ``rounding``.
    zero_point, limits
        Whether it takes a zero point, and whether it needs `low` and `high`.
    """

    accumulator_bits: int = 64
    integers: Mapping[str, Range] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    zero_point: bool = True
    limits: bool = True


ZERO_POINT_FORMAT = Int(32)
LIMIT_FORMAT = Int(48)
"""`low` and `high`: wide enough for 32 bits of either sign, far inside ``int64``."""

SHIFT_RANGE = Range.of(Int(8))
"""Positive shifts right and negative left, in every mode."""

FRACTION = Range.of(UInt(31))
"""A Q0.31 multiplier that must not be negative."""

EXACT_IN_FLOAT64 = 53

RULES: Mapping[Mode, ModeRules] = {
    Mode.NONE: ModeRules(zero_point=False, limits=False),
    Mode.SHIFT: ModeRules(integers={"shift": SHIFT_RANGE}, others=frozenset({"rounding"})),
    Mode.SCALE_BIAS_SHIFT: ModeRules(
        integers={
            "multiplier": Range.of(Int(32)),
            "addend": Range.of(Int(64)),
            "shift": SHIFT_RANGE,
        },
        optional=frozenset({"addend"}),
    ),
    Mode.Q31_DOUBLE: ModeRules(
        accumulator_bits=32,
        integers={"multiplier": Range.of(Int(32)), "shift": Range(-31, 31)},
    ),
    Mode.Q31_SINGLE: ModeRules(
        accumulator_bits=32,
        integers={"multiplier": FRACTION, "shift": Range(-30, 31)},
    ),
    Mode.Q15_ACC64: ModeRules(
        accumulator_bits=48,
        integers={"multiplier": FRACTION, "shift": Range(-7, 31)},
    ),
    Mode.F64_AWAY: ModeRules(accumulator_bits=EXACT_IN_FLOAT64, others=frozenset({"scale"})),
    Mode.F32_EVEN: ModeRules(accumulator_bits=EXACT_IN_FLOAT64, others=frozenset({"scale"})),
    Mode.F_EVEN_ZP_IN: ModeRules(accumulator_bits=EXACT_IN_FLOAT64, others=frozenset({"scale"})),
    Mode.MULTITHRESHOLD: ModeRules(
        integers={"offset": Range.of(Int(32))},
        optional=frozenset({"offset"}),
        others=frozenset({"thresholds"}),
        zero_point=False,
        limits=False,
    ),
}
