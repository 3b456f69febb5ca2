"""Which bins of a layer no input can hit, and why.

Everything here is a proof: a bin that is not named may still be out of reach. Totals are bounded
filter by filter; where the bounds are close, every accumulator between them is tried.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize import Mode
from qpim_emu.golden.classes import saturation_of, ties_of
from qpim_emu.golden.coverage import READS, all_reads, output_bins, output_name, read_name
from qpim_emu.golden.reads import output_reads
from qpim_emu.oracle.operands import operands
from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from qpim_emu.golden.coverage import OutputClass
    from qpim_emu.golden.reads import ReadClass
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.layers import Conv2d, Linear

__all__ = ["total_bounds", "unreachable_bins"]

MOST_TRIED = 1 << 13
"""Accumulators of a filter that are tried one by one."""


def unreachable_bins(plan: Plan) -> dict[str, list[str]]:
    """Name the bins that no input of the layer hits, by the reason.

    Returns
    -------
    dict
        Reasons to patterns of bins: ``rd4/tail/*`` for a way of reading that does not occur,
        ``*/tie/high/over`` for what no output is.
    """
    found: dict[str, list[str]] = {}
    reads: set[ReadClass] = set().union(*output_reads(plan)[0])
    for read in all_reads(plan.spec):
        if read not in reads:
            what = "tail words" if read[1] else "no tail words"
            reason = f"no block with {what} comes by {READS[read[0]]}"
            found.setdefault(reason, []).append(f"{read_name(read)}/*")
    reachable = reachable_outputs(plan.layer)
    for output in output_bins():
        if output not in reachable:
            reason = output_reason(plan.layer, output, reachable)
            found.setdefault(reason, []).append(f"*/{output_name(output)}")
    return found


def output_reason(layer: Conv2d | Linear, output: OutputClass, reachable: set[OutputClass]) -> str:
    """Why no output is in a class."""
    tie, saturation, over = output
    if over and not any(other[2] for other in reachable):
        traps = layer.accumulator.overflow is Overflow.TRAP
        return "an overflow raises" if traps else "no total leaves the accumulator"
    if tie and not any(other[0] for other in reachable):
        return "no accumulator is a tie"
    if saturation and not any(other[1] == saturation for other in reachable):
        return f"no code is clamped from {'above' if saturation > 0 else 'below'}"
    return "no accumulator has all of it"


def total_bounds(layer: Conv2d | Linear) -> tuple[list[int], list[int]]:
    """Smallest and largest exact total of every filter over all inputs."""
    window = layer.activation_window.format
    ends = [end - layer.activation_zero_point for end in (window.min, window.max)]
    held = operands(layer.weights, layer.weight_type, layer.weight_window)
    held = held.reshape(layer.filters, -1) - layer.weight_zero_point[:, None]
    products = np.stack([held.astype(object) * end for end in ends])
    bias = layer.bias.astype(object)
    low = bias + products.min(axis=0).sum(axis=1)
    high = bias + products.max(axis=0).sum(axis=1)
    return [int(value) for value in low], [int(value) for value in high]


def reachable_outputs(layer: Conv2d | Linear) -> set[OutputClass]:
    """Classes that some accumulator is in, as far as can be told; never too few."""
    found: set[OutputClass] = set()
    for m, (low, high) in enumerate(zip(*total_bounds(layer), strict=True)):
        for over, first, last in register_ranges(layer, low, high):
            if last - first < MOST_TRIED:
                found |= classes_between(layer, m, (first, last), over=over)
            else:
                found |= classes_by_ends(layer, m, (first, last), over=over)
    return found


def register_ranges(layer: Conv2d | Linear, low: int, high: int) -> list[tuple[bool, int, int]]:
    """(overflowed, first, last) of the accumulators that totals from low to high leave behind."""
    limits, policy = layer.accumulator.format, layer.accumulator.overflow
    ranges = []
    if low <= limits.max and high >= limits.min:
        ranges.append((False, max(low, limits.min), min(high, limits.max)))
    is_outside = low < limits.min or high > limits.max
    if policy is Overflow.TRAP or (policy is Overflow.WRAP and not is_outside):
        return ranges
    if policy is Overflow.SATURATE:
        # a partial sum may leave the format where no total does
        return [*ranges, (True, limits.min, limits.max)] if is_outside else ranges
    return [*ranges, (True, limits.min, limits.max)]


def classes_between(
    layer: Conv2d | Linear, m: int, span: tuple[int, int], *, over: bool
) -> set[OutputClass]:
    """Classes of every accumulator of a filter between two."""
    values = accumulators_of(layer, m, range(span[0], span[1] + 1))
    ties = ties_of(layer.requantize, values)[0, m]
    saturation = saturation_of(layer.requantize, values)[0, m]
    pairs = zip(ties.tolist(), saturation.tolist(), strict=True)
    return {(tie, sign, over) for tie, sign in pairs}


def accumulators_of(layer: Conv2d | Linear, m: int, values: range) -> IntArray:
    """Accumulators of one filter in the axes of outputs; 0 for the others."""
    array = np.zeros((1, layer.filters, len(values)), np.int64)
    array[0, m] = np.fromiter(values, np.int64, len(values))
    return array


def classes_by_ends(
    layer: Conv2d | Linear, m: int, span: tuple[int, int], *, over: bool
) -> set[OutputClass]:
    """Classes that cannot be excluded by looking at the ends of a wide range."""
    unit, constants = layer.requantize, layer.requantize.of_filter(m)
    shifts = unit.mode is not Mode.SHIFT or int(constants.shift) > 0
    ties = {False, True} if unit.mode is not Mode.NONE and shifts else {False}
    signs = {-1, 0, 1}
    if unit.mode is Mode.NONE:
        signs = {0}
    elif unit.limits[0] == unit.limits[1]:
        signs = {-1, 0}  # clamped from either side, there is one code: it counts as the low one
    elif rises(layer, m):
        ends = accumulators_of(layer, m, range(2))
        ends[0, m] = span
        below, above = saturation_of(unit, ends)[0, m].tolist()
        signs = {sign for sign in signs if below <= sign <= above}
    return {(tie, sign, over) for tie, sign in product(ties, signs)}


def rises(layer: Conv2d | Linear, m: int) -> bool:
    """Whether the codes of a filter never fall as the accumulator rises."""
    unit, constants = layer.requantize, layer.requantize.of_filter(m)
    if unit.mode in {Mode.Q31_DOUBLE, Mode.Q31_SINGLE, Mode.Q15_ACC64}:
        return int(constants.multiplier) >= 0 and int(constants.shift) >= 0
    return unit.mode is not Mode.SCALE_BIAS_SHIFT or int(constants.multiplier) >= 0
