"""What the records of a set are examples of, counted in bins."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.golden.classes import classify
from qpim_emu.golden.coverage import hits_of
from qpim_emu.golden.ties import is_tie
from qpim_emu.hardware import blocks_of_read, enabled_lines
from qpim_emu.mapping.plan import make_plan
from tools.conformance.constants import MODES, ROUNDINGS
from tools.conformance.parse import Numbers, machine, read_layer, read_unit, read_window
from tools.conformance.reads import READ_SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["coverage_lines"]

Bin = tuple[object, ...]

READS = {1: "rd", 2: "rd2", 4: "rd4"}
HALVES = ("full", "tail"), ("plain", "tie"), ("low", "mid", "high"), ("fits", "over")
WIDTH = 16


def requantize_bins(question: Sequence[int]) -> set[Bin]:
    """Mode, rounding, tie, clamp."""
    numbers = Numbers(question)
    mode, rounding, _, accumulator = numbers.several(4)
    constants = numbers.several(6)
    low, high, count = numbers.several(3)
    filters = np.array([constants + numbers.several(count)], np.int64)
    unit = read_unit((mode, rounding), (low, high), filters)
    code, clamped = unit.apply(accumulator, filters=0)
    side = ("low" if code == low else "high") if clamped else "mid"
    return {(mode, rounding, is_tie(unit.mode, accumulator, unit.of_filter(0)), side)}


def all_requantize_bins() -> set[Bin]:
    """Mode ``none`` neither rounds nor clamps."""
    units = [(1, rounding) for rounding in range(len(ROUNDINGS))]
    units += [(mode, 0) for mode in range(2, len(MODES))]
    sides = list(product((False, True), HALVES[2]))
    return {(0, 0, False, "mid")} | {(*unit, *side) for unit, side in product(units, sides)}


def read_bins(question: Sequence[int]) -> set[Bin]:
    """Width, granularity, window, blocks of the read."""
    numbers = Numbers(question)
    spec = machine(numbers.several(5))
    numbers.one()
    window = read_window(numbers)
    column, left = numbers.several(2)
    blocks = blocks_of_read(column, column + left, window, spec)
    kind = str(window.format.encoding)
    place = (window.shift, window.precision, kind)
    return {(spec.word_bits, spec.gate_granularity, *place, blocks)}


def all_read_bins() -> set[Bin]:
    """As many blocks as fit a word."""
    found: set[Bin] = set()
    for width, most, group, lo, bits, code in READ_SITUATIONS:
        window = read_window(Numbers((lo, bits, code)))
        lines = enabled_lines(window, machine((width, 4, 1, group, 0)))
        place = (width, group, lo, bits, str(window.format.encoding))
        found |= {(*place, k) for k in (1, 2, 4) if k == 1 or (k <= most and k * lines <= width)}
    return found


def layer_bins(question: Sequence[int]) -> set[Bin]:
    """Granularity, and the bins of `qpim_emu.golden.coverage`; words of 16 bits only."""
    numbers = Numbers(question)
    found = read_layer(numbers)
    if found.spec.word_bits != WIDTH:
        return set()
    plan = make_plan(found.layer, found.shape, spec=found.spec, mapping=found.mapping)
    classes = classify(plan, numbers.array(*found.shape))
    return {(found.spec.gate_granularity, name) for name in hits_of(plan, classes)}


def all_layer_bins() -> set[Bin]:
    """Reads of as many blocks as fit a word when each has at least a group of lines."""
    return {
        (group, "/".join((READS[k], *rest)))
        for group, k, *rest in product((1, 2, 4, 8, 16), READS, *HALVES)
        if k * group <= WIDTH
    }


def sums_bins(question: Sequence[int]) -> set[Bin]:
    """Policy, reduction, tail."""
    _, policy, per_lane, words, live, *_ = question
    return {(policy, per_lane, live < words)}


COUNTS: dict[str, tuple[str, Callable[[Sequence[int]], set[Bin]], set[Bin]]] = {
    "L1": ("mode x rounding x tie x clamp", requantize_bins, all_requantize_bins()),
    "L2": (
        "word x granularity x window x encoding x blocks per read",
        read_bins,
        all_read_bins(),
    ),
    "L3": (
        "policy x dot or per lane x tail",
        sums_bins,
        set(product((0, 1, 2), (0, 1), (False, True))),
    ),
    "L4": (
        "granularity x blocks per read x tail x tie x clamp x overflow",
        layer_bins,
        all_layer_bins(),
    ),
}


def coverage_lines(questions: dict[str, list[list[int]]]) -> list[str]:
    """Say for every level how many bins its questions hit.

    Parameters
    ----------
    questions
        Questions of every level.
    """
    hits: dict[str, set[Bin]] = defaultdict(set)
    for level, (_, bins_of, _) in COUNTS.items():
        for question in questions[level]:
            hits[level] |= bins_of(question)
    return [
        f"{level}  {len(hits[level] & every)} of {len(every)}  {what}"
        for level, (what, _, every) in COUNTS.items()
    ]
