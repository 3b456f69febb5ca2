"""Energy of an estimate as tables and as a JSON document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from qpim_emu.cost.terms import DRAM_TERMS, Term
from qpim_emu.hardware.switching import Switching
from qpim_emu.report.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from qpim_emu.cost.estimate import Estimate, LayerEstimate, Price
    from qpim_emu.cost.parameters import Parameters

__all__ = [
    "energy_document",
    "energy_table",
    "grid",
    "provenance_text",
    "save_energy",
    "term_table",
]

FORMAT = "qpim-energy-report"
VERSION = 1
BEFORE, AFTER = "16 bits, uJ", "layerwise, uJ"
LAYER_COLUMNS = ("layer", "w/a", BEFORE, AFTER, "saved", "DRAM saved", "lines saved", "speed-up")
TERM_COLUMNS = ("term", BEFORE, "share", AFTER, "saved")
LABELS = {
    "V": "V seen verbatim in a public file",
    "R": "R recalled from the papers, not verified",
}
PJ_PER_UJ = 1e6


def provenance_text(estimate: Estimate) -> str:
    """Say where the precisions come from, with the meaning of the labels used."""
    meanings = [text for label, text in LABELS.items() if label in estimate.provenance]
    label = f" [{estimate.provenance}]" if meanings else ""
    text = f"profile {estimate.profile}{label}: {estimate.source}"
    return f"{text} ({', '.join(meanings)})" if meanings else text


def grid(titles: Sequence[str]) -> Table:
    """Make an empty table whose first column holds text."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    for index, title in enumerate(titles):
        table.add_column(title, justify="right" if index else "left", no_wrap=True)
    return table


def energy_table(
    estimate: Estimate, parameters: Parameters, *, switching: Switching = Switching.ASSUMED
) -> Table:
    """Build a table with a row per layer and the total below; errors as `energy`."""
    table = grid(LAYER_COLUMNS)

    def cells(layer: LayerEstimate) -> list[str]:
        price = layer.price(spec=estimate.spec, parameters=parameters, switching=switching)
        return layer_cells(layer, price)

    for layer in estimate.layers:
        table.add_row(*cells(layer))
    table.add_section()
    table.add_row(*cells(estimate.total), style="bold")
    return table


def layer_cells(layer: LayerEstimate, price: Price) -> list[str]:
    """Format a row of the layer table."""
    has_widths = layer.weight_bits is not None
    return [
        layer.name,
        f"{layer.weight_bits}/{layer.activation_bits}" if has_widths else "",
        f"{price.baseline.total_pj / PJ_PER_UJ:,.2f}",
        f"{price.energy.total_pj / PJ_PER_UJ:,.2f}",
        f"{price.saving:.1%}",
        f"{price.dram_saving:.1%}",
        f"{price.lines_saved:.1%}",
        f"{price.speed_up:.2f}x",
    ]


def term_table(price: Price) -> Table:
    """Build a table with a row per term of the whole network."""
    table = grid(TERM_COLUMNS)
    for term in Term:
        before, after = price.baseline.terms[term], price.energy.terms[term]
        table.add_row(
            term.replace("_", " "),
            f"{before / PJ_PER_UJ:,.2f}",
            f"{before / price.baseline.total_pj:.1%}" if price.baseline.total_pj else "",
            f"{after / PJ_PER_UJ:,.2f}",
            f"{1 - after / before:.1%}" if before else "",
        )
    return table


def energy_document(
    estimate: Estimate, parameters: Parameters, *, switching: Switching = Switching.ASSUMED
) -> dict[str, Any]:
    """Collect everything as plain values; energies in pJ; errors as `energy`."""

    def figures(layer: LayerEstimate) -> dict[str, Any]:
        price = layer.price(spec=estimate.spec, parameters=parameters, switching=switching)
        return {
            "name": layer.name,
            "weight_bits": layer.weight_bits,
            "activation_bits": layer.activation_bits,
            "cycles": layer.count.cycles,
            "baseline_cycles": layer.baseline.cycles,
            "speed_up": price.speed_up,
            "lines_saved": price.lines_saved,
            "saving": price.saving,
            "dram_saving": price.dram_saving,
            "terms_pj": {str(term): value for term, value in price.energy.terms.items()},
            "baseline_terms_pj": {str(term): value for term, value in price.baseline.terms.items()},
        }

    return {
        "format": FORMAT,
        "version": VERSION,
        "network": estimate.network,
        "profile": estimate.profile,
        "provenance": estimate.provenance,
        "source": estimate.source,
        "machine": estimate.spec.name,
        "switching": str(switching),
        "parameters": {"name": parameters.name}
        | {name: one.value for name, one in parameters.values.items()},
        "dram_terms": [str(term) for term in Term if term in DRAM_TERMS],
        "layers": [figures(layer) for layer in estimate.layers],
        "total": figures(estimate.total),
    }


def save_energy(document: Mapping[str, Any], path: Path) -> None:
    """Write the figures of `energy_document` as JSON, the whole file or nothing.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    write_whole(path, json.dumps(document, indent=2) + "\n", field="energy file")
