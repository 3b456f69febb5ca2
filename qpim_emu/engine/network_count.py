"""Count a network without its data: structural counters and cycles of every node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.engine import count
from qpim_emu.engine.naming import of_node
from qpim_emu.engine.operation import count_operation, plan_operation
from qpim_emu.engine.run import SEMANTICS_VERSION, check_mapping, plan_layer
from qpim_emu.hardware.counters import Counters
from qpim_emu.hardware.spec import check_spec
from qpim_emu.mapping.dense import dense_homes
from qpim_emu.mapping.homes import homes_of_input
from qpim_emu.mapping.outputs import output_homes
from qpim_emu.workload.checks import check_type, positive
from qpim_emu.workload.layers import Conv1d
from qpim_emu.workload.network import Network
from qpim_emu.workload.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.request import Mapping as LayerMapping

__all__ = ["NetworkCount", "count_network"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCount:
    """What a network costs.

    Attributes
    ----------
    network
        What was counted.
    nodes
        Structural counters of every node by name.
    counters, cycles
        Sums over the nodes; each node takes its slowest vault.
    semantics_version
        Version of the semantics it was counted by.
    """

    network: Network
    nodes: Mapping[str, Counters]
    counters: Counters
    cycles: int
    semantics_version: str = SEMANTICS_VERSION


def count_network(
    network: Network, *, batch: int = 1, spec: Spec, mapping: LayerMapping | None = None
) -> NetworkCount:
    """Count a network for a batch of any inputs.

    Parameters
    ----------
    network, spec, mapping
        As for `run_network`.
    batch
        Batch size.

    Raises
    ------
    InputError
        If the batch is empty, or a node does not fit the machine.
    """
    check_type(network, Network, field="network")
    check_spec(spec)
    check_mapping(mapping)
    batch = positive(batch, field="batch")
    shapes = {name: (batch, *kind.shape) for name, kind in network.tensors.items()}
    given = (*network.inputs, *network.constants)
    homes = {name: homes_of_input(shapes[name]) for name in given}
    nodes: dict[str, Counters] = {}
    for node in network.nodes:
        with of_node(node.name):
            produced = [homes[name] for name in node.inputs]
            if isinstance(node.step, Operation):
                dense = plan_operation(node, network, batch=batch, spec=spec)
                nodes[node.name] = count_operation(node.step, dense, produced)
                homes[node.name] = dense_homes(dense.output, spec)
            else:
                applied = None if mapping is None else mapping.applied_to(node.step)
                plan = plan_layer(node.step, shapes[node.inputs[0]], spec=spec, mapping=applied)
                read = produced[0]
                if isinstance(node.step, Conv1d):
                    read = read.reshape(plan.input_shape)
                nodes[node.name] = count.execute(plan, homes=read)
                homes[node.name] = output_homes(plan, shapes[node.name])
    return NetworkCount(
        network=network,
        nodes=nodes,
        counters=sum(nodes.values(), Counters.empty(spec).structural()),
        cycles=sum(int(counted.vault["cycles"].max()) for counted in nodes.values()),
    )
