"""``qpim inspect``: what a model holds, what of it is refused, how a machine would run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qpim_emu.cli.models import model_options, read_model, reading_of, show_notes, titles
from qpim_emu.cli.options import machine_options, read_machine
from qpim_emu.report.names import counted, visible

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

    from qpim_emu.frontends.model import Model
    from qpim_emu.frontends.reading import Reading
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.workload.network import Network, Node, TensorType

__all__ = ["command"]

COLUMNS = (
    "node",
    "step",
    "output",
    "weights",
    "activations",
    "sum",
    "requantize",
    "mapping",
)
NAME_WIDTH = 22


@click.command("inspect")
@click.argument("network", metavar="[NETWORK]", required=False, default="digits", type=click.Path())
@model_options
@machine_options
def command(
    *,
    network: str,
    requantize: str | None,
    precisions: tuple[str, ...],
    preset: str | None,
    spec_file: Path | None,
) -> None:
    """List the layers of NETWORK, their number formats, and what would stop each of them.

    NETWORK is a network file, a TFLite, ONNX or QONNX model, or digits (the default) or
    digits-16bit.
    """
    from qpim_emu.cli.console import make_console

    spec = read_machine(preset, spec_file)
    reading = reading_of(network, requantize=requantize)
    console = make_console()
    if reading is not None and reading.refusals:
        show_refused(console, reading)
        return
    model = read_model(network, requantize=requantize, precisions=precisions)
    for name, kind in model.network.inputs.items():
        shape = "x".join(str(size) for size in kind.shape)
        line = f"{model.network.name}: reads {name}, {shape} {kind.format}, on {spec.name}"
        console.print(visible(line))
    show_notes(console, model.notes)
    show(console, model, spec)


def make_table(*titles: str) -> Table:
    """Make an empty table."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    table.add_column(titles[0], no_wrap=True)
    for title in titles[1:]:
        table.add_column(title, overflow="fold")
    return table


def show(console: Console, model: Model, spec: Spec) -> None:
    """Print the table, and below it what the machine refuses."""
    network, table, notes = model.network, make_table(*COLUMNS), []
    names = titles((node.name for node in network.nodes), model.tensors, width=NAME_WIDTH)
    for node in network.nodes:
        mapping, reason = mapping_of(node, network, spec)
        cells = describe(node, network.tensors[node.name])
        table.add_row(names[node.name], *cells, mapping)
        notes += [f"{names[node.name]}: {text}" for text in (reason, losses_of(node)) if text]
    console.print(table)
    for line in notes:
        console.print(visible(line), style="red", soft_wrap=True)


def show_refused(console: Console, reading: Reading) -> None:
    """Print the operators of a model that cannot be run, and why not."""
    said = f"{reading.name}: refused because of {counted(len(reading.refusals), 'operator')}"
    console.print(visible(said))
    table = make_table("operator", "kind", "becomes", *COLUMNS[3:-1], "")
    names = titles((one.name for one in reading.operators), reading.tensors, width=NAME_WIDTH)
    for one in reading.operators:
        name, kind = names[one.name], visible(one.kind)
        if one.refusal or not one.nodes:
            note = "REFUSED" if one.refusal else visible(one.note) or "folded"
            table.add_row(name, kind, *[""] * 5, note)
        for node in one.nodes:
            step, _, *formats = describe(node)
            table.add_row(name, kind, step, *formats, "")
    console.print(table)
    for line in reading.refusals:
        console.print(visible(line), style="red", soft_wrap=True)


def describe(node: Node, kind: TensorType | None = None) -> list[str]:
    """Cells of one node but name and mapping; zero points stand behind the formats."""
    import numpy as np

    from qpim_emu.workload.operations import Operation

    output = "" if kind is None else f"{'x'.join(map(str, kind.shape))} {kind.format}"
    cells = [type(node.step).__name__, output]
    if isinstance(node.step, Operation):
        return [*cells, *[""] * 4]
    layer = node.step
    points = sorted({int(point) for point in layer.weight_zero_point})
    return [
        *cells,
        with_zero(str(layer.weight_window), points),
        with_zero(str(layer.activation_window), [layer.activation_zero_point]),
        f"{layer.accumulator.bits} {layer.accumulator.overflow}",
        with_zero(
            str(layer.requantize.mode),
            sorted({int(point) for point in np.ravel(layer.requantize.zero_point)}),
        ),
    ]


def with_zero(window: str, points: list[int]) -> str:
    """Append zero points that are not 0."""
    if points == [0]:
        return window
    shown = str(points[0]) if len(points) == 1 else f"{points[0]}..{points[-1]}"
    return f"{window} zp {shown}"


def losses_of(node: Node) -> str:
    """Weights that the node's window does not read as they are stored, or nothing."""
    from qpim_emu.workload.operations import Operation

    if isinstance(node.step, Operation):
        return ""
    lost = int(node.step.lost_weights().sum())
    window = node.step.weight_window
    return f"{window} reads {lost} of {node.step.weights.size} weights inexactly" if lost else ""


def mapping_of(node: Node, network: Network, spec: Spec) -> tuple[str, str]:
    """Layout and partition that the machine would choose, or why it refuses."""
    from qpim_emu.engine.operation import plan_operation
    from qpim_emu.engine.run import plan_layer
    from qpim_emu.errors import InputError
    from qpim_emu.workload.operations import Movement, Operation

    try:
        if isinstance(node.step, Operation):
            plan_operation(node, network, batch=1, spec=spec)
            return ("moves codes" if isinstance(node.step, Movement) else "dense"), ""
        plan = plan_layer(node.step, (1, *network.tensors[node.inputs[0]].shape), spec=spec)
    except InputError as error:
        return "refused", str(error)
    return f"{plan.layout}, {plan.partition}", ""
