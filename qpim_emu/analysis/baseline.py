"""What a network costs without precision: every word read whole, one block per read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qpim_emu.arith.formats import Encoding, Int, UInt
from qpim_emu.arith.window import Window
from qpim_emu.workload.layers import MacLayer
from qpim_emu.workload.network import Node

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear
    from qpim_emu.workload.network import Network

__all__ = ["ungated_network", "ungated_spec", "whole_word_network"]


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
    return network.with_nodes(nodes)


def whole_word_network(network: Network, spec: Spec) -> Network:
    """Return the same network with the words read whole, to run on the same codes.

    Codes lie right-justified in their words, extended by their own signs; unless a window dropped
    some of their bits, the outputs are the same.
    """
    nodes = [
        Node(name=node.name, inputs=node.inputs, step=read_whole(node.step, spec.word_bits))
        if isinstance(node.step, MacLayer)
        else node
        for node in network.nodes
    ]
    return network.with_nodes(nodes)


def read_whole(step: Conv1d | Conv2d | Linear, bits: int) -> Conv1d | Conv2d | Linear:
    """Read both operands of a layer as whole words of their own signedness."""

    def whole(window: Window) -> Window:
        signed = window.format.encoding is Encoding.SIGNED
        return Window(Int(bits) if signed else UInt(bits))

    return replace(
        step,
        weight_window=whole(step.weight_window),
        activation_window=whole(step.activation_window),
    )
