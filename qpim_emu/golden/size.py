"""How large a package is at least, before anything of it is computed."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from qpim_emu.golden.lanes import lane_columns
from qpim_emu.golden.recipe import Part
from qpim_emu.workload.layers import MacLayer

if TYPE_CHECKING:
    from qpim_emu.golden.recipe import Recipe

__all__ = ["least_bytes"]


def least_bytes(recipe: Recipe) -> int:
    """Bytes of the records of all MACs and their additions, 0 without streams.

    A MAC takes in a block of words at most, so there are at least as many as blocks of products;
    every record of a table takes as many bytes.

    Parameters
    ----------
    recipe
        What the package is to be made of.

    Raises
    ------
    InputError
        If the inputs do not fit the network.
    """
    if Part.STREAMS not in recipe.parts:
        return 0
    network, spec = recipe.network, recipe.spec
    total = 0
    for one in recipe.sets:
        images = len(next(iter(network.read_inputs(one.inputs).values())))
        for node in network.nodes:
            if not isinstance(node.step, MacLayer):
                continue
            shape = (images, *network.tensors[node.name].shape)
            products = prod(shape) * prod(node.step.weights.shape[1:])
            columns = lane_columns(spec, node.step.accumulator.bits)
            record = sum(digits + 1 for name in ("macs", "adds") for _, digits in columns[name])
            total += -(-products // spec.words_per_block) * record
    return total
