"""Questions of level L1: an accumulator and the constants of a requantize unit.

Of every four records one is a tie, one is next to a tie, one is next to where a clamp begins, and
one is anything.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from qpim_emu.arith.formats import Int
from qpim_emu.arith.requantize import RULES, Mode
from qpim_emu.workload.requantize import Requantize
from tools.conformance.constants import MODES, ROUNDINGS, Constants, draw_constants, unit_of
from tools.conformance.draws import Draws
from tools.conformance.ties import edge, tie

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.arith.rounding import Rounding

__all__ = ["boundary_questions", "requantize_question"]

BOUNDARY = Path(__file__).parents[2] / "golden" / "requantize" / "boundary.json"


def requantize_question(mode: Mode, rounding: Rounding, number: int) -> list[int]:
    """Question of that number in the table of a mode (and of a rounding)."""
    draws = Draws(f"L1/{mode}/{rounding}/{number}")
    widest = RULES[mode].accumulator_bits
    bits = draws.choice([width for width in (8, 16, 24, 32, 32, 40, 48, 53, 64) if width <= widest])
    constants = draw_constants(draws, mode, bits)
    kind = number % 4
    if kind == 0 or mode is Mode.NONE:
        accumulator = draws.cornered(Int(bits).min, Int(bits).max)
    elif kind == 1:
        accumulator = edge(draws, unit_of(mode, rounding, constants), bits)
    else:
        accumulator = tie(draws, mode, bits, constants) + (kind == 3) * draws.choice((-1, 1))  # noqa: PLR2004 - half of the two kinds
    accumulator = min(max(accumulator, Int(bits).min), Int(bits).max)
    codes = MODES.index(mode), ROUNDINGS.index(rounding)
    return [*codes, bits, accumulator, *constants.columns()]


def boundary_questions() -> Iterator[list[int]]:
    """Cases worked out by hand, of all modes."""
    for case in json.loads(BOUNDARY.read_text(encoding="utf-8")):
        unit = Requantize(**case["constants"])
        low, high = unit.limits
        constants = Constants(
            **{
                name: getattr(unit, name) or 0
                for name in ("multiplier", "shift", "addend", "offset", "zero_point")
            },
            scale=float(unit.scale or 0),
            low=low,
            high=high,
            thresholds=() if unit.thresholds is None else tuple(unit.thresholds.tolist()),
        )
        bits = RULES[unit.mode].accumulator_bits
        codes = MODES.index(unit.mode), ROUNDINGS.index(unit.rounding)
        yield [*codes, bits, case["accumulator"], *constants.columns()]
