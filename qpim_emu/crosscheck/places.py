"""Where an element of a node's output lies in the machine's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.operation import plan_operation
from qpim_emu.engine.run import RunResult
from qpim_emu.mapping.outputs import OutputIndex, OutputPlace, locate

if TYPE_CHECKING:
    from qpim_emu.engine.network import NodeResult
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.workload.network import Network, Node

__all__ = ["place_of"]


def place_of(
    ran: NodeResult,
    element: tuple[int, ...],
    *,
    node: Node,
    network: Network,
    spec: Spec,
    wrong_bits: int = 0,
) -> OutputPlace:
    """Find an element of a node's output.

    Parameters
    ----------
    ran
        Result of the node.
    element
        Index into its outputs, image first.
    node, network, spec
        What ran, in which network, on which machine.
    wrong_bits
        Expected code exclusive-or the one that came; of an output of several words, the place is
        that of the lowest wrong one.

    Returns
    -------
    OutputPlace
        For an operation beside the lanes `array` is 0 and `lane` None: no lane computes it.
    """
    if isinstance(ran, RunResult):
        lowest = (wrong_bits & -wrong_bits).bit_length() - 1 if wrong_bits else 0
        last = (ran.plan.layer.output_format.bits - 1) // spec.word_bits
        part = min(lowest // spec.word_bits, last)
        image, index, *pixel = element
        axes = ran.outputs.shape[2:]
        flat = int(np.ravel_multi_index(tuple(pixel), axes)) if pixel else 0
        return locate(ran.plan, OutputIndex(image, index, flat), part=part)
    output = plan_operation(node, network, batch=len(ran.outputs), spec=spec).output
    flat = int(np.ravel_multi_index(element, ran.outputs.shape))
    block, word = divmod(flat, spec.words_per_block)
    for vault, base in enumerate(output.bases):
        first, past = output.owned(vault)
        if first <= block < past:
            place = spec.place(base + block - first)
            return OutputPlace(
                vault=vault,
                bank=place.bank,
                row=place.row,
                column=place.column,
                word=word,
                array=0,
                lane=None,
            )
    msg = f"no vault owns element {element}"
    raise AssertionError(msg)
