"""Savings by measured toggles beside those by the usual assumption, as a table and as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qpim_emu.cost.estimate import saved
from qpim_emu.hardware.switching import Switching
from qpim_emu.report.energy import grid

if TYPE_CHECKING:
    from rich.table import Table

    from qpim_emu.cost.estimate import Estimate
    from qpim_emu.cost.measured import Measured
    from qpim_emu.cost.parameters import Parameters

__all__ = ["Comparison", "comparisons", "switching_document", "switching_table"]

ROWS = {
    "toggled": "driven lines that toggled",
    "baseline_toggled": "the same, baseline",
    "driven_saved": "driven lines saved",
    "toggles_saved": "toggles saved",
    "assumed_saving": "energy saved, 50 % assumed",
    "measured_saving": "energy saved, measured",
    "assumed_dram_saving": "DRAM saved, 50 % assumed",
    "measured_dram_saving": "DRAM saved, measured",
}
"""What the figures of a `Comparison` are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A network beside one baseline; every figure is a share, 0..1.

    Attributes
    ----------
    baseline
        What the network is compared with.
    toggled, baseline_toggled
        Lines of the bus driven by reads and writes that toggled: in the network, in the baseline.
    driven_saved, toggles_saved
        Lines of the bus that the network need not drive, and toggles that it does without.
    assumed_saving, measured_saving
        Energy saved of the whole system, by assumed and by measured switching.
    assumed_dram_saving, measured_dram_saving
        The same of the DRAM terms.
    """

    baseline: str
    toggled: float
    baseline_toggled: float
    driven_saved: float
    toggles_saved: float
    assumed_saving: float
    measured_saving: float
    assumed_dram_saving: float
    measured_dram_saving: float


def comparisons(measured: Measured, parameters: Parameters) -> list[Comparison]:
    """Price the network beside each of its baselines, both ways."""
    return [comparison(text, estimate, parameters) for text, estimate in measured.estimates.items()]


def comparison(text: str, estimate: Estimate, parameters: Parameters) -> Comparison:
    """Price the network beside one baseline."""
    total = estimate.total
    assumed, measured = (
        total.price(spec=estimate.spec, parameters=parameters, switching=switching)
        for switching in (Switching.ASSUMED, Switching.MEASURED)
    )
    mine, theirs = total.count.totals, total.baseline.totals
    return Comparison(
        baseline=text,
        toggled=mine.toggled,
        baseline_toggled=theirs.toggled,
        driven_saved=saved(mine.counts["tsv_bits"], theirs.counts["tsv_bits"]),
        toggles_saved=saved(mine.toggles["bus_toggles"], theirs.toggles["bus_toggles"]),
        assumed_saving=assumed.saving,
        measured_saving=measured.saving,
        assumed_dram_saving=assumed.dram_saving,
        measured_dram_saving=measured.dram_saving,
    )


def switching_table(measured: Measured, parameters: Parameters) -> Table:
    """Build a table with a column per baseline."""
    found = comparisons(measured, parameters)
    table = grid([f"{measured.images} images, beside", *(one.baseline for one in found)])
    for name, text in ROWS.items():
        table.add_row(text, *(f"{getattr(one, name):.1%}" for one in found))
    return table


def switching_document(measured: Measured, parameters: Parameters) -> dict[str, Any]:
    """Collect the figures as plain values."""
    return {
        "images": measured.images,
        "comparisons": [asdict(row) for row in comparisons(measured, parameters)],
    }
