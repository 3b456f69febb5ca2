"""Plots of the comparison with the paper, as PNG; matplotlib is loaded when they are drawn."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from qpim_emu.cost.reproduction import PAPER_RANGE
from qpim_emu.cost.terms import Term
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from qpim_emu.cost.reproduction import HeadlineRow, Reproduction, StudyRow

__all__ = ["draw_plots", "require_plots"]

DPI = 120
BAND = "#d9d9d9"
SWEPT = (
    "fixed share on top of a read",
    "fixed share within a read",
    "static power",
    "blocks per activation",
    "gating scope",
    "filters per pass",
)
LONGEST = 12


def require_plots() -> None:
    """Refuse to draw without matplotlib, before anything else is done.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: F401, PLC0415 - optional, and slow to load
    except ImportError as error:
        msg = (
            "plots must be left out (--no-plots) without matplotlib, got none: "
            "pip install 'qpim-emu[plots]' brings it"
        )
        raise InputError(msg) from error


def draw_plots(found: Reproduction) -> dict[str, bytes]:
    """Draw every plot; PNG by file name.

    Raises
    ------
    InputError
        If matplotlib is not installed.
    """
    require_plots()
    return {
        "savings.png": png(savings(found)),
        "terms.png": png(stacks(found)),
        "sensitivity.png": png(sweeps(found)),
    }


def figure(width: float, height: float) -> Figure:
    """Make an empty figure that needs no display."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - optional, and slow to load

    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def png(drawn: Figure) -> bytes:
    """Render a figure without anything that changes from run to run."""
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def panels(found: Reproduction) -> list[tuple[int, list[HeadlineRow]]]:
    """Rows of the headline by filters per pass."""
    filters = sorted({row.filters_per_pass for row in found.headline})
    return [
        (count, [row for row in found.headline if row.filters_per_pass == count])
        for count in filters
    ]


def savings(found: Reproduction) -> Figure:
    """Draw system savings with their intervals beside the paper's range."""
    drawn = figure(10, 4)
    shown = panels(found)
    for index, (filters, rows) in enumerate(shown):
        axes = drawn.add_subplot(1, len(shown), index + 1)
        axes.axhspan(*(100 * edge for edge in PAPER_RANGE), color=BAND, label="paper's abstract")
        spots = range(len(rows))
        for shift, kind, text in (
            (-0.12, "system", "with measured devices"),
            (0.12, "narrow", "circuit models alone"),
        ):
            intervals = [getattr(row, f"{kind}_interval") for row in rows]
            axes.vlines(
                [spot + shift for spot in spots],
                [100 * low for low, _ in intervals],
                [100 * high for _, high in intervals],
                color="C0" if kind == "system" else "C1",
                linewidth=5,
                alpha=0.6,
                label=f"90 % of draws, fixed read share: {text}",
            )
        axes.plot(spots, [100 * row.price.saving for row in rows], "k_", ms=18, label="nominal")
        axes.set_xticks(list(spots), [row.network for row in rows])
        axes.set_ylim(0, 60)
        axes.set_title(f"filters per pass: {filters}")
        axes.set_ylabel("system energy saved, %")
        if index == 0:
            axes.legend(loc="lower left", fontsize=8)
    return drawn


def stacks(found: Reproduction) -> Figure:
    """Draw energies by term, 16 bits beside layerwise, as shares of 16 bits."""
    from matplotlib import colormaps  # noqa: PLC0415 - optional, and slow to load

    drawn, colours = figure(12, 4.6), colormaps["tab20"]
    shown = panels(found)
    for index, (filters, rows) in enumerate(shown):
        axes = drawn.add_subplot(1, len(shown), index + 1)
        for spot, row in enumerate(rows):
            whole = row.price.baseline.total_pj
            for shift, energy in ((-0.2, row.price.baseline), (0.2, row.price.energy)):
                bottom = 0.0
                for colour, term in enumerate(Term):
                    share = 100 * energy.terms[term] / whole
                    first = spot == 0 and shift < 0
                    axes.bar(
                        spot + shift,
                        share,
                        0.36,
                        bottom=bottom,
                        color=colours(colour),
                        label=term.replace("_", " ") if first else None,
                    )
                    bottom += share
        axes.set_xticks(range(len(rows)), [row.network for row in rows])
        axes.set_title(f"filters per pass: {filters} (left bar 16 bits, right bar layerwise)")
        axes.set_ylabel("energy, % of 16 bits")
        axes.set_ylim(0, 105)
    drawn.legend(*axes.get_legend_handles_labels(), loc="outside right center", fontsize=8)
    return drawn


def sweeps(found: Reproduction) -> Figure:
    """Draw system savings against each setting that was moved."""
    drawn = figure(12, 7)
    for index, study in enumerate(SWEPT):
        axes = drawn.add_subplot(2, 3, index + 1)
        rows = [row for row in found.sensitivity if row.study == study]
        axes.axhspan(*(100 * edge for edge in PAPER_RANGE), color=BAND, label="paper's abstract")
        for network in found.networks:
            draw_sweep(axes, [row for row in rows if row.network == network], network)
        axes.set_title(study, fontsize=10)
        axes.set_ylim(0, 60)
        axes.set_ylabel("system energy saved, %")
    drawn.legend(*axes.get_legend_handles_labels(), loc="outside right center", fontsize=8)
    return drawn


def draw_sweep(axes: Axes, rows: Sequence[StudyRow], label: str) -> None:
    """Draw one network over the settings of a study; long settings are broken into lines."""
    spots = range(len(rows))
    axes.plot(spots, [100 * row.saving for row in rows], "o-", ms=3, label=label)
    names = [row.setting for row in rows]
    if max(map(len, names)) > LONGEST:
        names = [name.replace(" to ", "\nto ") for name in names]
    axes.set_xticks(list(spots), names, fontsize=8)
