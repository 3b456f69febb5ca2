"""``qpim cost energy``: a network at a precision profile, priced beside 16 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qpim_emu.cli.options import machine_options, path_type, read_machine

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.cost.estimate import Estimate

__all__ = ["command"]

PROFILE = "stripes_loom_100"


@click.command("energy")
@click.argument("network")
@click.option(
    "--profile",
    metavar="NAME",
    help=f"Precisions of a layer table: {PROFILE} (default), stripes_loom_99, mupod_1pct_input, "
    "hawqv3_W8A8, hawqv3_size0.75, or uniform1 to uniform16.",
)
@click.option(
    "--parameters",
    metavar="NAME|FILE",
    default="hmc-lit",
    show_default=True,
    help="Energy parameters: hmc-lit, ds3-idd, hbm2-measured, or a TOML file.",
)
@machine_options
@click.option(
    "--json", "json_file", metavar="FILE", type=path_type(), help="Write the figures as JSON."
)
def command(
    *,
    network: str,
    profile: str | None,
    parameters: str,
    preset: str | None,
    spec_file: Path | None,
    json_file: Path | None,
) -> None:
    """Price NETWORK at its precisions, beside 16 bits, ungated, on the same machine.

    NETWORK is a layer table (LeNet, Convnet, AlexNet, NiN, GoogLeNet, VGG_M, VGG_S, VGG_16,
    VGG_19, ResNet-18, ResNet-50), a network file, digits or digits-16bit, or the JSON report of
    a run, which is priced again without running.
    """
    from qpim_emu.cli.console import make_console
    from qpim_emu.cost.toml import read_parameters
    from qpim_emu.report.energy import energy_table, provenance_text, save_energy, term_table

    prices = read_parameters(parameters)
    estimate = read_estimate(network, profile, preset, spec_file)
    console = make_console()
    console.print(
        f"{estimate.network}, machine {estimate.spec.name}, parameters {prices.name}", style="bold"
    )
    console.print(provenance_text(estimate), markup=False)
    console.print(energy_table(estimate, prices))
    console.print(term_table(estimate.total.price(spec=estimate.spec, parameters=prices)))
    if json_file is not None:
        save_energy(estimate, prices, json_file)


def read_estimate(
    network: str, profile: str | None, preset: str | None, spec_file: Path | None
) -> Estimate:
    """Count the network, or read the counts of a saved run."""
    from qpim_emu.analysis.estimate import estimate_network, estimate_table
    from qpim_emu.analysis.session import read_network
    from qpim_emu.analysis.tables import read_profile, read_table, table_names
    from qpim_emu.errors import InputError

    if network in table_names():
        table = read_table(network)
        spec = read_machine(preset, spec_file)
        return estimate_table(table, read_profile(profile or PROFILE, network), spec=spec)
    if profile is not None:
        msg = f"--profile must be left out where NETWORK has its own precisions, got {profile!r}"
        raise InputError(msg)
    if not network.endswith(".json"):
        return estimate_network(read_network(network), spec=read_machine(preset, spec_file))
    if preset is not None or spec_file is not None:
        msg = f"--preset and --spec must be left out for a saved run, got {preset or spec_file}"
        raise InputError(msg)
    return reread(network)


def reread(network: str) -> Estimate:
    """Read the counts of a saved run."""
    from pathlib import Path

    from qpim_emu.report.document import load_report
    from qpim_emu.report.recost import estimate_of

    return estimate_of(load_report(Path(network)))
