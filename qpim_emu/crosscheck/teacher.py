"""A node on its own, fed what another engine computed before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.network import run_network
from qpim_emu.engine.workers import run_network_in_parts
from qpim_emu.workload.checks import check_codes
from qpim_emu.workload.network import Network, TensorType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.engine.network import NodeResult
    from qpim_emu.engine.run import Tier
    from qpim_emu.engine.workers import Workers
    from qpim_emu.frontends.model import Model
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray
from qpim_emu.workload.network import Node

__all__ = ["alone", "run_alone"]


def alone(
    model: Model, node: Node, tensors: Mapping[str, IntArray], kinds: Mapping[str, TensorType]
) -> Network:
    """Make a network of one node of a model; what it reads, constants too, are inputs.

    Where another engine has codes that the network's own format of a tensor does not hold, the
    file's format takes its place: the difference is another node's.

    Parameters
    ----------
    model, node
        The node, and the model that it is part of.
    tensors, kinds
        Codes and types of what nodes before it gave, as they were fed.

    Raises
    ------
    InputError
        If the node cannot read that format, or it does not hold them either.
    """
    inputs = {}
    for name in dict.fromkeys(node.inputs):
        kind, info = kinds[name], model.tensors.get(name)
        if info is not None and kind.format.find_outside(tensors[name]).size:
            kind = TensorType(shape=kind.shape, format=info.format)
            check_codes(tensors[name], kind.format, field=name)
        inputs[name] = kind
    return Network(name=model.network.name, inputs=inputs, nodes=[node])


def run_alone(
    network: Network, tensors: Mapping[str, IntArray], *, spec: Spec, tier: Tier, workers: Workers
) -> NodeResult:
    """Run the only node of a network that `alone` made, a layer by several processes.

    Operations are done sooner than their codes are sent.

    Raises
    ------
    InputError
        If it does not fit the machine, or a code no format.
    AccumulatorOverflowError
        If an accumulator traps.
    """
    codes = {name: tensors[name] for name in network.inputs}
    if network.layers:
        result = run_network_in_parts(network, codes, spec=spec, tier=tier, workers=workers)
    else:
        result = run_network(network, codes, spec=spec, tier=tier)
    return result.nodes[network.nodes[0].name]
