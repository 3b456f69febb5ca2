"""A whole network through the oracle, node by node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.oracle.operations import reference_operation
from qpim_emu.oracle.vectorised import reference
from qpim_emu.workload.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from qpim_emu.oracle.problem import Groups
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = ["reference_network"]


def reference_network(
    network: Network,
    inputs: Mapping[str, ArrayLike],
    *,
    word_groups: Mapping[str, Groups] | None = None,
) -> dict[str, IntArray]:
    """Compute every tensor of a network.

    Parameters
    ----------
    network
        The network.
    inputs
        Codes of every input tensor, batch axis first.
    word_groups
        Order of additions of the layers that saturate, by name; see
        `qpim_emu.oracle.vectorised.reference`.

    Returns
    -------
    dict
        ``int64[batch, ...]`` by name of the tensor, inputs included.

    Raises
    ------
    InputError
        If the inputs do not fit, or a layer saturates and has no groups.
    AccumulatorOverflowError
        If an accumulator traps.
    """
    tensors = network.start(inputs)
    groups = word_groups or {}
    for node in network.nodes:
        codes = [tensors[name] for name in node.inputs]
        if isinstance(node.step, Operation):
            tensors[node.name] = reference_operation(node.step, *codes)
        else:
            order = groups.get(node.name)
            tensors[node.name] = reference(node.step, codes[0], groups=order).outputs
    return tensors
