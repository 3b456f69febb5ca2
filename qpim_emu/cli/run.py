"""``qpim run``: a network through the modelled memory, checked bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qpim_emu.cli.models import model_options, open_model, show_notes
from qpim_emu.cli.options import machine_options, read_machine, workers_option
from qpim_emu.report.names import counted, short_names, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from qpim_emu.analysis.session import Session

__all__ = ["command"]

EPILOG = "Exit status: 0 success, 1 results differ, 2 bad input, 130 interrupted."
LITERAL_IMAGES = 10
SHOWN = 30
NAME_WIDTH = 24


def path_option(flag: str, name: str, text: str) -> Callable[[Any], Any]:
    """Option that names a file."""
    return click.option(flag, name, metavar="FILE", type=click.Path(path_type=Path), help=text)


@click.command("run", epilog=EPILOG)
@click.argument("network", metavar="[NETWORK]", required=False, default="digits", type=click.Path())
@path_option("--input", "input_file", "Examples file: input codes, and labels if there are any.")
@click.option(
    "--images",
    metavar="N",
    type=click.IntRange(min=1),
    help=f"How many examples to run; all by default ({LITERAL_IMAGES} in the literal tier).",
)
@click.option(
    "--tier",
    metavar="NAME",
    default="literal",
    show_default=True,
    help="literal: command by command on bits; fast: the same, vectorised.",
)
@workers_option
@model_options
@machine_options
@path_option("--json", "json_file", "Write the figures there as JSON.")
def command(
    *,
    network: str,
    input_file: Path | None,
    images: int | None,
    tier: str,
    workers: int,
    requantize: str | None,
    precisions: tuple[str, ...],
    preset: str | None,
    spec_file: Path | None,
    json_file: Path | None,
) -> int:
    """Run NETWORK through the modelled memory and check every layer bit for bit.

    NETWORK is a network file, a TFLite, ONNX or QONNX model, or a network that comes with the
    package: digits (the default) or digits-16bit, its twin at 16 bits.
    """
    from qpim_emu.cli.console import make_console
    from qpim_emu.engine.run import Tier, read_tier
    from qpim_emu.report.files import check_writable

    chosen = read_tier(tier)
    most = LITERAL_IMAGES if chosen is Tier.LITERAL else None
    if json_file is not None:
        check_writable(json_file, field="report file")
    spec = read_machine(preset, spec_file)
    session, notes = open_model(
        network,
        input_file,
        images=images,
        most=most,
        spec=spec,
        tier=chosen,
        requantize=requantize,
        precisions=precisions,
    )
    console = make_console()
    describe(console, session)
    show_notes(console, notes)
    run_with_progress(session, workers=workers)
    if json_file is not None:
        from qpim_emu.cli.report import report_of
        from qpim_emu.report.document import save_report

        save_report(report_of(session), json_file)
    show(console, session)
    show_losses(console, session)
    show_decisions(console, session)
    show_savings(console, session)
    show_bits(console, session)
    wrong = ", ".join(name for name, exact in session.exact.items() if not exact)
    if wrong:
        console.print(f"NOT bit-exact: {visible(wrong)}", style="bold red", soft_wrap=True)
    return 1 if wrong else 0


def describe(console: Console, session: Session) -> None:
    """Say what is about to run."""
    from rich.text import Text

    spec, network = session.spec, session.network
    line = Text.assemble(
        (visible(network.name), "bold"),
        f": {counted(len(network.layers), 'layer')}, {counted(session.images, 'image')}, machine ",
        (visible(spec.name), "bold"),
        f" ({spec.vaults} vaults x {spec.banks} banks, W = {spec.word_bits}), tier {session.tier}",
    )
    console.print(line)


def run_with_progress(session: Session, *, workers: int) -> None:
    """Run with a progress bar where a person is watching."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    description = TextColumn("{task.description:<12}", markup=False)
    columns, console = (description, BarColumn(), MofNCompleteColumn()), Console(stderr=True)
    watched = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not watched) as bars:
        task = bars.add_task("placing", total=session.outputs)

        def advance(name: str, count: int) -> None:
            short = short_names([name], width=NAME_WIDTH)[name]
            bars.update(task, description=short, advance=count)

        session.run(workers=workers, progress=advance)


def show(console: Console, session: Session) -> None:
    """Print the table and how long it took."""
    from qpim_emu.report.rows import rows, total_row
    from qpim_emu.report.table import layer_table

    result, seconds = session.result, session.seconds
    console.print(layer_table(rows(result, session.exact), total_row(result, session.exact)))
    macs = result.counters.total("macs")
    console.print(
        f"{macs:,} MACs emulated in {seconds:.2f} s ({macs / seconds / 1e6:.2f} M MACs/s)",
        style="dim",
    )


def show_losses(console: Console, session: Session) -> None:
    """Say which windows read input codes otherwise than they are stored."""
    for name, (lost, codes) in session.losses.items():
        console.print(f"{name}: {lost:,} of {codes:,} input codes lose bits in its window")


def show_decisions(console: Console, session: Session) -> None:
    """Print the decisions beside the labels, where there are any."""
    decisions, labels = session.decisions, session.labels
    if decisions is None or labels is None:
        return
    more = " ..." if len(labels) > SHOWN else ""
    console.print(f"label     {' '.join(str(label) for label in labels[:SHOWN])}{more}")
    console.print(f"decision  {' '.join(str(choice) for choice in decisions[:SHOWN])}{more}")
    right = int((decisions == labels).sum())
    console.print(f"{right} of {len(labels)} right ({right / len(labels):.2%})")


def show_savings(console: Console, session: Session) -> None:
    """Print what the run saves beside its baseline."""
    from qpim_emu.report.savings import savings_table

    counted = session.baseline
    console.print(f"\nBeside {session.baseline_text}:")
    console.print(
        savings_table(
            session.result.counters.totals(),
            session.result.cycles,
            counted.counters.totals(),
            counted.cycles,
        )
    )


def show_bits(console: Console, session: Session) -> None:
    """Print one gated word and one dual read of the run."""
    from qpim_emu.engine.run import RunResult
    from qpim_emu.report.bits import dual_read_picture, gated_word_picture

    nodes = session.result.nodes.items()
    layers = [(name, run) for name, run in nodes if isinstance(run, RunResult)]
    for picture in (gated_word_picture, dual_read_picture):
        lines = next((found for name, run in layers if (found := picture(name, run))), ())
        for line in lines:
            console.print(visible(line), soft_wrap=True)
