"""``qpim inspect``: what a network file holds and how a machine would run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qpim_emu.cli.options import machine_options, read_machine
from qpim_emu.report.names import visible

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.workload.network import Network, Node

__all__ = ["command"]

COLUMNS = (
    "node",
    "step",
    "output",
    "weights",
    "activations",
    "accumulator",
    "requantize",
    "mapping",
)


@click.command("inspect")
@click.argument("network", metavar="[NETWORK]", required=False, default="digits", type=click.Path())
@machine_options
def command(*, network: str, preset: str | None, spec_file: Path | None) -> None:
    """List the layers of NETWORK and their number formats.

    NETWORK is a network file, or digits (the default) or digits-16bit.
    """
    from qpim_emu.analysis.session import read_network
    from qpim_emu.cli.console import make_console

    spec = read_machine(preset, spec_file)
    loaded = read_network(network)
    console = make_console()
    for name, kind in loaded.inputs.items():
        shape = "x".join(str(size) for size in kind.shape)
        line = f"{loaded.name}: reads {name}, {shape} {kind.format}, on {spec.name}"
        console.print(visible(line))
    show(console, loaded, spec)


def show(console: Console, network: Network, spec: Spec) -> None:
    """Print the table, and below it what the machine refuses."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False)
    for title in COLUMNS:
        table.add_column(title, overflow="fold")
    notes = []
    for node in network.nodes:
        mapping, reason = mapping_of(node, network, spec)
        table.add_row(*describe(node, network), mapping)
        notes += [f"{node.name}: {text}" for text in (reason, losses_of(node)) if text]
    console.print(table)
    for line in notes:
        console.print(visible(line), style="red", soft_wrap=True)


def describe(node: Node, network: Network) -> list[str]:
    """Cells of one node but the mapping; zero points stand behind the formats."""
    from qpim_emu.workload.operations import Operation

    kind = network.tensors[node.name]
    shape = "x".join(str(size) for size in kind.shape)
    cells = [visible(node.name), type(node.step).__name__, f"{shape} {kind.format}"]
    if isinstance(node.step, Operation):
        return [*cells, *[""] * 4]
    layer = node.step
    points = sorted({int(point) for point in layer.weight_zero_point})
    return [
        *cells,
        with_zero(str(layer.weight_window), points),
        with_zero(str(layer.activation_window), [layer.activation_zero_point]),
        f"{layer.accumulator.bits} {layer.accumulator.overflow}",
        str(layer.requantize.mode),
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
