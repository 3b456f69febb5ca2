"""``qpim run``: a network through the modelled memory, checked bit for bit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qpim_emu.cli.options import machine_options, read_machine

if TYPE_CHECKING:
    from rich.console import Console

    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = ["command"]

EPILOG = "Exit status: 0 success, 1 results differ, 2 bad input, 130 interrupted."


@click.command("run", epilog=EPILOG)
@click.argument(
    "network_file", metavar="[NETWORK]", required=False, type=click.Path(path_type=Path)
)
@click.option(
    "--input",
    "input_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Examples file with input codes (and labels).",
)
@click.option(
    "--images",
    metavar="N",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many examples to run.",
)
@click.option(
    "--tier", metavar="NAME", default="literal", show_default=True, help="How to execute."
)
@machine_options
def command(
    *,
    network_file: Path | None,
    input_file: Path | None,
    images: int,
    tier: str,
    preset: str | None,
    spec_file: Path | None,
) -> int:
    """Run NETWORK (by default the digits network) and check every layer bit for bit."""
    from rich.console import Console

    from qpim_emu.analysis.check import check_run
    from qpim_emu.data import digits
    from qpim_emu.engine.run import read_tier
    from qpim_emu.errors import InputError
    from qpim_emu.workload.network_file import load_examples, load_network

    spec = read_machine(preset, spec_file)
    tier = read_tier(tier)
    network = load_network(network_file or digits.LAYERWISE)
    if network_file is not None and input_file is None:
        msg = f"--input must name an examples file for {network_file}, got none"
        raise InputError(msg)
    examples = load_examples(input_file or digits.EXAMPLES)
    inputs = {name: codes[:images] for name, codes in examples.inputs.items()}
    labels = None if examples.labels is None else examples.labels[:images]
    console = Console(highlight=False)
    describe(console, network, spec, tier=tier, images=len(next(iter(inputs.values()))))
    started = time.perf_counter()
    result = run_with_progress(network, inputs, spec=spec, tier=tier)
    seconds = time.perf_counter() - started
    exact = {name: check.is_exact for name, check in check_run(result).items()}
    show(console, result, exact, seconds=seconds)
    show_decisions(console, result, labels)
    show_bits(console, result)
    if not all(exact.values()):
        wrong = ", ".join(name for name, good in exact.items() if not good)
        console.print(f"NOT bit-exact: {wrong}", style="bold red")
        return 1
    return 0


def describe(console: Console, network: Network, spec: Spec, *, tier: str, images: int) -> None:
    """Say what is about to run."""
    console.print(
        f"[bold]{network.name}[/bold]: {len(network.layers)} layers, {images} images, on "
        f"[bold]{spec.name}[/bold] ({spec.vaults} vaults x {spec.banks} banks, "
        f"W = {spec.word_bits}, up to {spec.max_blocks_per_read} blocks per read), tier {tier}"
    )


def run_with_progress(
    network: Network, inputs: dict[str, IntArray], *, spec: Spec, tier: str
) -> NetworkResult:
    """Run the network with a progress bar per layer where a person is watching."""
    from math import prod

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from qpim_emu.engine.network import run_network

    batch = len(next(iter(inputs.values())))
    total = sum(prod(network.tensors[name].shape) for name in network.layers) * batch
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("placing", total=total)

        def advance(name: str, count: int) -> None:
            bars.update(task, description=name, advance=count)

        return run_network(network, inputs, spec=spec, tier=tier, progress=advance)


def show(
    console: Console, result: NetworkResult, exact: dict[str, bool], *, seconds: float
) -> None:
    """Print the table and how long it took."""
    from qpim_emu.report.rows import rows, total_row
    from qpim_emu.report.table import layer_table

    console.print(layer_table(rows(result, exact), total_row(result, exact)))
    macs = result.counters.total("macs")
    console.print(
        f"{macs:,} MACs emulated in {seconds:.2f} s ({macs / seconds / 1e6:.2f} M MACs/s), "
        f"{result.cycles:,} machine cycles",
        style="dim",
    )


def show_decisions(console: Console, result: NetworkResult, labels: IntArray | None) -> None:
    """Print the decisions beside the labels, where the network makes decisions."""
    scores = result.tensors[result.network.outputs[0]]
    if labels is None or scores.ndim != 2:  # noqa: PLR2004 - [images, classes]
        return
    decisions = scores.argmax(axis=1)
    right = int((decisions == labels).sum())
    shown = 30
    more = " ..." if len(labels) > shown else ""
    console.print(f"label     {' '.join(str(label) for label in labels[:shown])}{more}")
    console.print(f"decision  {' '.join(str(choice) for choice in decisions[:shown])}{more}")
    console.print(f"{right} of {len(labels)} right ({right / len(labels):.2%})")


def show_bits(console: Console, result: NetworkResult) -> None:
    """Print one gated word and one dual read of the run."""
    from qpim_emu.engine.run import RunResult
    from qpim_emu.report.bits import dual_read_picture, gated_word_picture

    layers = [(name, run) for name, run in result.nodes.items() if isinstance(run, RunResult)]
    for picture in (gated_word_picture, dual_read_picture):
        lines = next((found for name, run in layers if (found := picture(name, run))), None)
        if lines:
            console.print()
            for line in lines:
                console.print(line, soft_wrap=True, markup=False)
