"""What a network costs without precision: every word read whole, one block per read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qpim_emu.arith.formats import Int
from qpim_emu.arith.window import Window
from qpim_emu.workload.layers import MacLayer
from qpim_emu.workload.network import Network, Node

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec

__all__ = ["ungated_network", "ungated_spec"]


GRANULARITIES = (16, 8, 4, 2, 1)


def ungated_spec(spec: Spec) -> Spec:
    """Return the same machine with one block per read, the lines of a word switched together.

    Words of 2, 4, 8 or 16 bits are then read whole, whatever the window; of other widths, as
    many lines together as a machine can switch.
    """
    together = next(lines for lines in GRANULARITIES if spec.word_bits % lines == 0)
    name = f"{spec.name}, whole words, one block per read"
    return spec.replace(max_blocks_per_read=1, gate_granularity=together, name=name)


def ungated_network(network: Network, spec: Spec) -> Network:
    """Return the same network with every operand of the lanes read as a whole word.

    For counting only: the windows cover all W lines, so that nothing is gated. The activations'
    zero point becomes 0, a code of any such window, because borders need one.
    """
    whole = Window(Int(spec.word_bits))
    nodes = [
        Node(
            name=node.name,
            inputs=node.inputs,
            step=replace(
                node.step, weight_window=whole, activation_window=whole, activation_zero_point=0
            )
            if isinstance(node.step, MacLayer)
            else node.step,
        )
        for node in network.nodes
    ]
    return Network(name=network.name, inputs=network.inputs, nodes=nodes, outputs=network.outputs)
