"""Requantize units of every mode, and the accumulators at which they are decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from qpim_emu.arith.formats import Int
from qpim_emu.arith.requantize import RULES, Mode
from qpim_emu.arith.rounding import Rounding
from qpim_emu.testing.strategies.numbers import cornered, filterwise
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["accumulator_values", "requantize_units"]

CLAMPS = [
    (-128, 127), (0, 255), (-8, 7), (0, 15), (0, 6), (-(1 << 15), (1 << 15) - 1),
    (-(1 << 31), (1 << 31) - 1), (3, 3),
]  # fmt: skip
"""Limits of common output types, one that hides little, and one that leaves nothing."""

SCALES = [0.5, 0.25, 0.125, 1.0, 1.5, 0.1, float(np.float32(0.1)), 2.0**-20, 3.0, 2.0**40]
"""Scales that make ties (powers of two), are inexact (0.1), or push everything to a clamp."""

HALF_Q31 = 1 << 30
"""The Q0.31 multiplier 1/2, at which every odd product is a tie."""

SMALL_SHIFTS = st.integers(0, 6)
MOST_THRESHOLDS = 6


@st.composite
def requantize_units(
    draw: st.DrawFn,
    *,
    filters: int = 1,
    accumulator_bits: int = 32,
    modes: Sequence[Mode] = tuple(Mode),
) -> Requantize:
    """Draw units that take accumulators of a given width.

    Parameters
    ----------
    filters
        Filters of the layer; constants are one value, or one per filter.
    accumulator_bits
        Width of its accumulator. Modes that do not take it are not drawn.
    modes
        Modes to choose from; ``none`` is drawn if none of them takes the accumulator.
    """
    fitting = [mode for mode in modes if accumulator_bits <= RULES[mode].accumulator_bits]
    mode = draw(st.sampled_from(fitting or [Mode.NONE]))
    if mode is Mode.NONE:
        return Requantize()
    if mode is Mode.MULTITHRESHOLD:
        return Requantize(mode=mode, **draw(thresholds(filters, accumulator_bits)))
    low, high = draw(st.sampled_from(CLAMPS))
    zero_points = filterwise(cornered(low, high), filters)
    return Requantize(
        mode=mode,
        low=low,
        high=high,
        zero_point=draw(zero_points),
        **draw(constants(mode, filters)),
    )


@st.composite
def constants(draw: st.DrawFn, mode: Mode, filters: int) -> dict[str, Any]:
    """Draw the constants of a mode with a scale."""
    values: dict[str, Any] = {}
    if "scale" in RULES[mode].others:
        scales = st.sampled_from(SCALES) | st.floats(2.0**-30, 16.0)
        return {"scale": draw(filterwise(scales, filters))}
    if mode is Mode.SHIFT:
        values["rounding"] = draw(st.sampled_from(list(Rounding)))
    for name, allowed in RULES[mode].integers.items():
        drawn = cornered(allowed.min, allowed.max, also=(HALF_Q31, 3 << 29))
        if name == "shift":
            drawn = SMALL_SHIFTS | SMALL_SHIFTS | drawn
        if name == "addend":
            drawn = st.integers(-64, 64) | drawn
        values[name] = draw(filterwise(drawn, filters))
    return values


@st.composite
def thresholds(draw: st.DrawFn, filters: int, accumulator_bits: int) -> dict[str, Any]:
    """Draw ascending thresholds, shared or one row per filter, with repetitions."""
    register = Int(accumulator_bits)
    count = draw(st.integers(1, MOST_THRESHOLDS))
    values = st.integers(-40, 40) | cornered(register.min, register.max)
    row = st.lists(values, min_size=count, max_size=count).map(sorted)
    return {
        "thresholds": draw(filterwise(row, filters)),
        "offset": draw(filterwise(st.integers(-8, 8), filters)),
    }


def accumulator_values(unit: Requantize, *, accumulator_bits: int) -> st.SearchStrategy[int]:
    """Draw accumulators at which a unit is likely to err.

    The ends of the register, small numbers, multiples of powers of two (ties of binary scales),
    thresholds, and the neighbours of all these.

    Parameters
    ----------
    unit
        The unit.
    accumulator_bits
        Width of the register.
    """
    register = Int(accumulator_bits)
    multiples = st.builds(
        lambda k, e: k << e, st.integers(-300, 300), st.integers(0, accumulator_bits)
    )
    choices = [st.integers(-20, 20), cornered(register.min, register.max), multiples]
    if unit.thresholds is not None:
        choices.append(st.sampled_from([int(t) for t in unit.thresholds.flat]))
    near = st.builds(lambda value, step: value + step, st.one_of(choices), st.integers(-1, 1))
    return near.map(register.saturate)
