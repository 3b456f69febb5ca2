"""Count a network without its data: structural counters and cycles of every node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.engine.naming import of_node
from qpim_emu.engine.operation import count_operation
from qpim_emu.engine.run import SEMANTICS_VERSION, check_mapping
from qpim_emu.engine.steps import OperationStep, steps_of
from qpim_emu.hardware.counters import Counters
from qpim_emu.hardware.spec import check_spec
from qpim_emu.workload.checks import check_type, positive
from qpim_emu.workload.network import Network

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
    from qpim_emu.engine import count  # noqa: PLC0415 - brings a compiler, see run_plan

    nodes: dict[str, Counters] = {}
    for step in steps_of(network, batch=batch, spec=spec, mapping=mapping):
        with of_node(step.node.name):
            if isinstance(step, OperationStep):
                found = count_operation(step.operation, step.plan, charge=step.charge)
            else:
                found = count.execute(step.plan, charge=step.charge)
        nodes[step.node.name] = found
    return NetworkCount(
        network=network,
        nodes=nodes,
        counters=Counters.sum_of(list(nodes.values())),
        cycles=sum(int(counted.vault["cycles"].max()) for counted in nodes.values()),
    )
