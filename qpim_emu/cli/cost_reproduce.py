"""``qpim cost reproduce``: the paper's comparison, written as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qpim_emu.cli.options import machine_options, path_type, read_machine

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command("reproduce")
@click.option(
    "--out", "folder", metavar="DIR", type=path_type(), required=True, help="Where to write."
)
@click.option(
    "--parameters",
    metavar="NAME|FILE",
    default="hmc-lit",
    show_default=True,
    help="Energy parameters: hmc-lit, ds3-idd, hbm2-measured, or a TOML file.",
)
@click.option(
    "--network",
    "networks",
    metavar="NAME",
    multiple=True,
    help="A layer table, again for each; AlexNet, NiN, GoogLeNet, VGG_M, VGG_S and VGG_19 if none.",
)
@click.option(
    "--draws",
    metavar="N",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Parameter sets drawn for the intervals.",
)
@click.option("--seed", type=int, default=2021, show_default=True, help="Seed of the draws.")
@click.option("--plots/--no-plots", default=True, help="Whether to draw the plots (matplotlib).")
@machine_options
def command(
    *,
    folder: Path,
    parameters: str,
    networks: tuple[str, ...],
    draws: int,
    seed: int,
    plots: bool,
    preset: str | None,
    spec_file: Path | None,
) -> None:
    """Compare networks with the paper's savings; write text, figures and plots into DIR.

    Headline with intervals, ablations, sensitivities, and the provenance of every number.
    """
    from qpim_emu.analysis.reproduce import NETWORKS, reproduce
    from qpim_emu.cost.reproduction import LEFT_OUT, PAPER_RANGE, span
    from qpim_emu.cost.toml import read_parameters
    from qpim_emu.report.plots import draw_plots, require_plots
    from qpim_emu.report.reproduction_files import reproduction_files, write_folder

    if plots:
        require_plots()
    found = reproduce(
        spec=read_machine(preset, spec_file),
        parameters=read_parameters(parameters),
        networks=tuple(dict.fromkeys(networks)) or NETWORKS,
        draws=draws,
        seed=seed,
        progress=lambda part: click.echo(f"{part} ...", err=True),
    )
    files = reproduction_files(found, draw_plots(found) if plots else {})
    write_folder(folder, files)
    click.echo(f"paper: {PAPER_RANGE[0]:.1%} .. {PAPER_RANGE[1]:.1%} of system energy saved")
    for filters in sorted({row.filters_per_pass for row in found.headline}):
        low, high = span(found.headline, filters)
        fewer = span(found.headline, filters, without=LEFT_OUT)
        click.echo(
            f"filters per pass {filters}: {low:.1%} .. {high:.1%}; without {LEFT_OUT}, "
            f"chosen after the fact, {fewer[0]:.1%} .. {fewer[1]:.1%}"
        )
    click.echo(f"wrote {', '.join(files)} to {folder}")
