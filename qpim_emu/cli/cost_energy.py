"""``qpim cost energy``: a network at a precision profile, priced beside 16 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qpim_emu.cli.options import machine_options, path_type, read_machine

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.cost.estimate import Estimate
    from qpim_emu.cost.measured import Measured
    from qpim_emu.cost.parameters import Parameters
    from qpim_emu.hardware.switching import Switching

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
@click.option(
    "--switching",
    metavar="NAME",
    default="assumed",
    show_default=True,
    help="Lines that toggle: assumed (half of them), or measured by running a network's examples.",
)
@click.option(
    "--images",
    type=click.IntRange(min=1),
    metavar="N",
    help="Examples to run where switching is measured (default: at most 20).",
)
@click.option(
    "--input",
    "examples",
    metavar="FILE",
    type=path_type(),
    help="Examples of a network file, where switching is measured.",
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
    switching: str,
    images: int | None,
    examples: Path | None,
    preset: str | None,
    spec_file: Path | None,
    json_file: Path | None,
) -> None:
    """Price NETWORK at its precisions, beside 16 bits, ungated, on the same machine.

    NETWORK is a layer table (LeNet, Convnet, AlexNet, NiN, GoogLeNet, VGG_M, VGG_S, VGG_16,
    VGG_19, ResNet-18, ResNet-50), a network file, digits or digits-16bit, or the JSON report of
    a run, which is priced again without running.
    """
    from qpim_emu.cost.toml import read_parameters
    from qpim_emu.hardware.switching import Switching, read_switching
    from qpim_emu.report.energy import energy_document, save_energy
    from qpim_emu.report.files import check_writable

    if json_file is not None:
        check_writable(json_file, field="energy file")
    prices, source = read_parameters(parameters), read_switching(switching)
    measured = None
    if source is Switching.MEASURED and is_network(network):
        check_profile(profile)
        measured = read_measured(network, examples, images, preset, spec_file)
        estimate = measured.main
    else:
        check_no_run(images, examples)
        estimate = read_estimate(network, profile, preset, spec_file)
    document = energy_document(estimate, prices, switching=source)
    show(estimate, prices, source, measured)
    if json_file is not None:
        if measured is not None:
            from qpim_emu.report.switching import switching_document

            document |= {"measured": switching_document(measured, prices)}
        save_energy(document, json_file)


def show(
    estimate: Estimate, prices: Parameters, switching: Switching, measured: Measured | None
) -> None:
    """Print the tables."""
    from qpim_emu.cli.console import make_console
    from qpim_emu.report.energy import energy_table, provenance_text, term_table

    console = make_console()
    console.print(
        f"{estimate.network}, machine {estimate.spec.name}, parameters {prices.name}", style="bold"
    )
    console.print(provenance_text(estimate), markup=False)
    console.print(energy_table(estimate, prices, switching=switching))
    price = estimate.total.price(spec=estimate.spec, parameters=prices, switching=switching)
    console.print(term_table(price))
    if measured is not None:
        from qpim_emu.report.switching import switching_table

        console.print("Measured switching", style="bold")
        console.print(switching_table(measured, prices))


def is_network(name: str) -> bool:
    """Whether a name stands for a network with data to run: neither a table nor a saved run."""
    from qpim_emu.analysis.tables import table_names

    return name not in table_names() and not name.endswith(".json")


def read_measured(
    network: str,
    examples: Path | None,
    images: int | None,
    preset: str | None,
    spec_file: Path | None,
) -> Measured:
    """Run the network and its baselines, toggles counted."""
    from qpim_emu.analysis.measured import measure_network

    spec = read_machine(preset, spec_file)
    return measure_network(network, examples, images=images, spec=spec)


def check_no_run(images: int | None, examples: Path | None) -> None:
    """Refuse options of a run where nothing is run."""
    from qpim_emu.errors import InputError

    for name, value in (("--images", images), ("--input", examples)):
        if value is not None:
            msg = (
                f"{name} must be left out unless a network is run for --switching measured, "
                f"got {value}"
            )
            raise InputError(msg)


def check_profile(profile: str | None) -> None:
    """Refuse a profile where the network has its own precisions."""
    from qpim_emu.errors import InputError

    if profile is not None:
        msg = f"--profile must be left out where NETWORK has its own precisions, got {profile!r}"
        raise InputError(msg)


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
    check_profile(profile)
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
