"""Totals that put an output into a class: a tie, a saturation, an overflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize import Mode
from qpim_emu.golden.classes import saturation_of, ties_of
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from qpim_emu.golden.coverage import OutputClass
    from qpim_emu.workload.layers import Conv2d, Linear

__all__ = ["Targets"]

MOST_LISTED, MOST_HALVES = 1 << 12, 1 << 9


class Targets:
    """Totals of one filter by the class of the output they give.

    All totals between the filter's bounds are sorted if they are few, else as many random ones,
    those around 0 and around the ends of the accumulator, and half-way points of a shift. Where
    the accumulator saturates, classes are those of additions that go straight to the total.

    Parameters
    ----------
    layer, m
        The layer, and the filter.
    low, high
        Its smallest and largest total.
    rng
        Where random totals come from.
    """

    def __init__(
        self, layer: Conv2d | Linear, m: int, low: int, high: int, *, rng: np.random.Generator
    ) -> None:
        totals = listed(layer, m, low, high, rng)
        limits = layer.accumulator.format
        clips = layer.accumulator.overflow is Overflow.SATURATE
        settle = limits.saturate if clips else limits.wrap
        registers = np.zeros((1, layer.filters, len(totals)), np.int64)
        registers[0, m] = [settle(total) for total in totals]
        ties = ties_of(layer.requantize, registers)[0, m].tolist()
        signs = saturation_of(layer.requantize, registers)[0, m].tolist()
        self.by_class: dict[OutputClass, list[int]] = {}
        for total, tie, sign in zip(totals, ties, signs, strict=True):
            key = tie, sign, not limits.contains(total)
            self.by_class.setdefault(key, []).append(total)

    def of(self, output: OutputClass) -> list[int]:
        """Totals of a class, some of many where they are many."""
        return self.by_class.get(output, [])


def listed(
    layer: Conv2d | Linear, m: int, low: int, high: int, rng: np.random.Generator
) -> list[int]:
    """Totals to sort."""
    if high - low < MOST_LISTED:
        return list(range(low, high + 1))
    limits = layer.accumulator.format
    ends = [end + near for end in (limits.min, limits.max) for near in range(-8, 9)]
    drawn = [low + int(share * (high - low)) for share in rng.random(MOST_LISTED).tolist()]
    near = range(max(low, -MOST_LISTED), min(high, MOST_LISTED) + 1)
    halves = [half_way(total, layer, m) for total in drawn[:MOST_HALVES]]
    return sorted({total for total in (*ends, *drawn, *near, *halves) if low <= total <= high})


def half_way(total: int, layer: Conv2d | Linear, m: int) -> int:
    """A total near one that mode ``shift`` rounds from half-way; the total itself in others."""
    unit = layer.requantize
    shift = int(unit.of_filter(m).shift)
    if unit.mode is not Mode.SHIFT or shift <= 0:
        return total
    return (total >> shift << shift) + (1 << (shift - 1))
