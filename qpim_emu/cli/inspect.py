"""``qpim inspect``: what a network file holds and how a machine would run it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qpim_emu.cli.options import machine_options, read_machine

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.workload.network import Network, Node

__all__ = ["command"]


@click.command("inspect")
@click.argument(
    "network_file", metavar="[NETWORK]", required=False, type=click.Path(path_type=Path)
)
@machine_options
def command(*, network_file: Path | None, preset: str | None, spec_file: Path | None) -> None:
    """List the layers of NETWORK (by default the digits network) and their number formats."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from qpim_emu.data import digits
    from qpim_emu.workload.network_file import load_network

    spec = read_machine(preset, spec_file)
    network = load_network(network_file or digits.LAYERWISE)
    console = Console(highlight=False)
    for name, kind in network.inputs.items():
        console.print(f"{network.name}: input {name} {list(kind.shape)} of {kind.format}")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("node", "step", "reads", "output", "weights", "zero", "acts", "zero",
                  "accumulator", "requantize", "mapping"):  # fmt: skip
        table.add_column(title)
    for node in network.nodes:
        table.add_row(*describe(node, network, spec))
    console.print(table)


def describe(node: Node, network: Network, spec: Spec) -> list[str]:
    """Cells of one node; where the machine cannot run it, the last one says why."""
    from qpim_emu.workload.operations import Operation

    kind = network.tensors[node.name]
    shape = "x".join(str(size) for size in kind.shape)
    cells = [node.name, type(node.step).__name__, ", ".join(node.inputs), f"{shape} {kind.format}"]
    if isinstance(node.step, Operation):
        return [*cells, *[""] * 6, "moves codes" if node.step.moves_only else "dense"]
    layer = node.step
    points = sorted({int(point) for point in layer.weight_zero_point})
    return [
        *cells,
        str(layer.weight_window),
        str(points[0]) if len(points) == 1 else f"{points[0]}..{points[-1]}",
        str(layer.activation_window),
        str(layer.activation_zero_point),
        f"{layer.accumulator.bits} {layer.accumulator.overflow}",
        str(layer.requantize.mode),
        mapping_of(node, network, spec),
    ]


def mapping_of(node: Node, network: Network, spec: Spec) -> str:
    """Layout and partition that the machine would choose, or why it refuses."""
    from qpim_emu.engine.run import plan_layer
    from qpim_emu.errors import InputError
    from qpim_emu.workload.operations import Operation

    assert not isinstance(node.step, Operation)  # noqa: S101 - the caller chose
    try:
        plan = plan_layer(node.step, (1, *network.tensors[node.inputs[0]].shape), spec=spec)
    except InputError as error:
        return f"refused: {error}"
    return f"{plan.layout}, {plan.partition}"
