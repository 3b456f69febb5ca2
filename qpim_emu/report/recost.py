"""A saved run as counts that can be priced again, without running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomli_w

from qpim_emu.cost.estimate import Count, Estimate, LayerEstimate
from qpim_emu.cost.totals import Totals
from qpim_emu.errors import InputError
from qpim_emu.hardware.toml import loads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.report.document import RunReport

__all__ = ["estimate_of"]


def estimate_of(report: RunReport) -> Estimate:
    """Read the counts of a report: those of the whole run, which is all that it holds.

    Raises
    ------
    InputError
        If the report has no baseline, or its machine, its counters or its widths are damaged.
    """
    cycles = report.baseline_cycles
    counters, macs = report.baseline_counters, report.baseline_macs_by_width
    if cycles is None or counters is None or macs is None:
        msg = "report must have a baseline to compare with, got none"
        raise InputError(msg)
    run = LayerEstimate(
        name="whole run",
        weight_bits=None,
        activation_bits=None,
        count=Count(
            totals=totals_of(report.counters, report.macs_by_width), cycles=report.total.cycles
        ),
        baseline=Count(totals=totals_of(counters, macs), cycles=cycles),
    )
    return Estimate(
        network=report.network,
        profile="own",
        provenance="-",
        source=f"a saved run; baseline: {report.baseline}",
        spec=loads(tomli_w.dumps(dict(report.machine))),
        layers=(run,),
    )


def totals_of(counters: Mapping[str, int], macs: Mapping[str, int]) -> Totals:
    """Read counters, and multiply-accumulates by widths such as ``"8x5"``."""
    widths = {}
    for text, count in macs.items():
        weight, _, activation = text.partition("x")
        if not (weight.isdecimal() and activation.isdecimal()):
            msg = f"macs_by_width must be by <weight bits>x<activation bits>, got {text!r}"
            raise InputError(msg)
        widths[int(weight), int(activation)] = count
    return Totals(counts=counters, macs=widths)
