"""Functional coverage of a layer: which of its bins the vectors of a package hit.

A bin is a combination of what can happen to an output of a layer, whose windows and granularity
are its own::

    rd2/tail/tie/high/over
    |   |    |   |    the accumulator left its format (or: fits)
    |   |    |   clamped from above (low: from below; mid: not)
    |   |    the requantization rounds an exact half (or: plain)
    |   the block has tail words (or: full)
    blocks that the read brought: rd, rd2, rd4

An output hits a bin for every kind of block that was streamed for it.
"""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase as fnmatch
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.golden.reads import output_reads

if TYPE_CHECKING:
    from qpim_emu.golden.classes import OutputClasses
    from qpim_emu.golden.reads import ReadClass
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.plan import Plan

__all__ = [
    "READS",
    "OutputClass",
    "all_bins",
    "all_reads",
    "hits_of",
    "output_bins",
    "output_name",
    "read_name",
    "summarise",
]

OutputClass = tuple[bool, int, bool]
"""Tie, saturation (-1, 0, 1), overflow."""

READS = {1: "rd", 2: "rd2", 4: "rd4"}
SATURATIONS = {-1: "low", 0: "mid", 1: "high"}


def read_name(read: ReadClass) -> str:
    """First half of a bin's name."""
    blocks, tail = read
    return f"{READS[blocks]}/{'tail' if tail else 'full'}"


def output_name(output: OutputClass) -> str:
    """Second half of a bin's name."""
    tie, saturation, over = output
    parts = ("tie" if tie else "plain", SATURATIONS[saturation], "over" if over else "fits")
    return "/".join(parts)


def all_reads(spec: Spec) -> list[ReadClass]:
    """Every way in which a machine may read a block."""
    return list(product((k for k in READS if k <= spec.max_blocks_per_read), (False, True)))


def output_bins() -> list[OutputClass]:
    """Every combination of tie, saturation and overflow."""
    return list(product((False, True), SATURATIONS, (False, True)))


def all_bins(spec: Spec) -> list[str]:
    """Every bin of a layer on a machine."""
    pairs = product(all_reads(spec), output_bins())
    return [f"{read_name(read)}/{output_name(output)}" for read, output in pairs]


def class_hits(plan: Plan, classes: OutputClasses) -> Counter[tuple[ReadClass, OutputClass]]:
    """Count the outputs of every bin."""
    sets, which = output_reads(plan)
    columns = [which, classes.ties, classes.saturation, classes.overflows]
    table = np.stack([column.reshape(-1).astype(np.int64) for column in columns])
    rows, counts = np.unique(table, axis=1, return_counts=True)
    hits: Counter[tuple[ReadClass, OutputClass]] = Counter()
    for (number, tie, saturation, over), count in zip(rows.T.tolist(), counts, strict=True):
        for read in sets[number]:
            hits[read, (bool(tie), saturation, bool(over))] += int(count)
    return hits


def hits_of(plan: Plan, classes: OutputClasses) -> dict[str, int]:
    """Outputs of every bin that was hit, in the order of the bins."""
    hits = class_hits(plan, classes)
    named = {
        f"{read_name(read)}/{output_name(output)}": count for (read, output), count in hits.items()
    }
    return {name: named[name] for name in all_bins(plan.spec) if name in named}


def summarise(layers: list[dict[str, Any]], sets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Coverage of every layer over all sets, as the manifest has it.

    Parameters
    ----------
    layers
        Described layers, with `unreachable` for those that have bins.
    sets
        Described sets.
    """
    summaries = []
    for position, layer in enumerate(layers):
        if "bins" not in layer:
            continue
        total: Counter[str] = Counter()
        for one in sets:
            total.update(one["nodes"][position]["coverage"])
        bins, reasons = layer.pop("bins"), layer.pop("unreachable")
        patterns = [pattern for group in reasons.values() for pattern in group]
        summaries.append(
            {
                "layer": layer["name"],
                **layer.pop("situation"),
                "bins": len(bins),
                "hit": len(total),
                "hits": {name: total[name] for name in bins if name in total},
                "missed": [
                    name
                    for name in bins
                    if name not in total and not any(fnmatch(name, one) for one in patterns)
                ],
                "unreachable": reasons,
            }
        )
    return summaries
