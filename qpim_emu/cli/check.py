"""``qpim check``: a model on the machine beside an engine that nobody here wrote."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qpim_emu.cli.models import model_options, path_of, read_model, show_notes
from qpim_emu.cli.options import machine_options, read_machine, workers_option
from qpim_emu.report.names import short_names, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from qpim_emu.crosscheck.check import CheckResult
    from qpim_emu.crosscheck.inputs import Batch
    from qpim_emu.frontends.model import Model

__all__ = ["command"]

EPILOG = "Exit status: 0 every element agrees, 1 some differ, 2 bad input, 130 interrupted."
IMAGES = 20
NAME_WIDTH = 40


@click.command("check", epilog=EPILOG)
@click.argument("model", metavar="MODEL", type=click.Path())
@click.option(
    "--oracle",
    metavar="NAME",
    required=True,
    help="tflm, litert-ref, onnxruntime, onnx-reference, qonnx; or numpy, this project's own.",
)
@click.option(
    "--images",
    metavar="N",
    type=click.IntRange(min=0),
    help=f"Random images besides the extremes, {IMAGES} by default; of --input, the first N.",
)
@click.option("--seed", metavar="S", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--input",
    "input_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Examples file: input codes instead of random ones.",
)
@click.option("--tier", metavar="NAME", default="fast", show_default=True, help="literal or fast.")
@click.option(
    "--show",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many differing elements of each layer to describe.",
)
@workers_option
@model_options
@machine_options
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write what was found there as JSON.",
)
def command(
    *,
    model: str,
    oracle: str,
    images: int | None,
    seed: int,
    input_file: Path | None,
    tier: str,
    show: int,
    workers: int,
    requantize: str | None,
    precisions: tuple[str, ...],
    preset: str | None,
    spec_file: Path | None,
    json_file: Path | None,
) -> int:
    """Compare every tensor of MODEL with what another engine computes.

    MODEL is a TFLite, ONNX, QONNX or network file. Each layer is compared twice: fed what the
    engine computed before it (teacher-forced), and fed what the machine computed (free-running).
    """
    from qpim_emu.cli.check_table import show_result
    from qpim_emu.cli.console import make_console
    from qpim_emu.crosscheck.check import check_model
    from qpim_emu.crosscheck.registry import check_kind, find_oracle, open_oracle
    from qpim_emu.engine.run import read_tier
    from qpim_emu.frontends.loading import recognise
    from qpim_emu.report.files import check_writable

    chosen, entry = read_tier(tier), find_oracle(oracle)
    if json_file is not None:
        check_writable(json_file, field="check report")
    spec = read_machine(preset, spec_file)
    check_kind(oracle, recognise(path_of(model)))
    refuse_precisions(oracle, precisions)
    loaded = read_model(model, requantize=requantize or entry.preset, precisions=precisions)
    engine = open_oracle(oracle, loaded)
    batch = read_batch(loaded, input_file, images=images, seed=seed)
    with progress() as tell:
        result = check_model(
            loaded,
            engine,
            batch,
            spec=spec,
            tier=chosen,
            show=show,
            workers=workers,
            progress=tell,
        )
    if json_file is not None:
        save(result, json_file)
    console = make_console()
    describe(console, result)
    show_result(console, result)
    return 0 if result.is_exact else 1


def refuse_precisions(oracle: str, precisions: Sequence[str]) -> None:
    """Refuse other precisions than the file's where an engine runs the file as it is.

    Raises
    ------
    InputError
        Naming the oracle that can follow.
    """
    from qpim_emu.errors import InputError

    if precisions and oracle != "numpy":
        msg = f"--precision must be left out with --oracle {oracle}, which runs the file as it is"
        msg = f"{msg} (numpy follows it), got {', '.join(precisions)}"
        raise InputError(msg)


def read_batch(model: Model, input_file: Path | None, *, images: int | None, seed: int) -> Batch:
    """Read the inputs, or draw them."""
    from qpim_emu.crosscheck.inputs import given_batch, seeded_batch
    from qpim_emu.workload.network_file import load_examples

    if input_file is None:
        return seeded_batch(model, images=IMAGES if images is None else images, seed=seed)
    return given_batch(model, load_examples(input_file).inputs, images=images)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Say what is running where a person is watching."""
    from rich.console import Console

    console = Console(stderr=True, markup=False)
    with console.status("starting") as status:
        yield lambda name: status.update(short_names([name], width=NAME_WIDTH)[name])


def save(result: CheckResult, path: Path) -> None:
    """Write what was found as JSON."""
    import json

    from qpim_emu.crosscheck.document import document_of
    from qpim_emu.report.files import write_whole

    text = json.dumps(document_of(result), indent=2)
    write_whole(path, f"{text}\n", field="check report")


def describe(console: Console, result: CheckResult) -> None:
    """Say what was compared with what."""
    model = result.model
    preset = f", requantized as {model.preset}" if model.preset else ""
    console.print(
        f"{visible(model.network.name)} ({model.kind}{preset}) against {result.oracle}, "
        f"on machine {visible(result.spec.name)}, tier {result.tier}: {result.batch.text}",
        soft_wrap=True,
    )
    show_notes(console, (*model.notes, *result.notes))
