"""Run a network on a machine, node by node, each with its own bank image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from qpim_emu.engine.naming import of_node
from qpim_emu.engine.operation import OperationResult, plan_operation, run_operation
from qpim_emu.engine.run import (
    SEMANTICS_VERSION,
    RunResult,
    Tier,
    check_mapping,
    read_tier,
    run_layer,
)
from qpim_emu.hardware.counters import Counters
from qpim_emu.hardware.spec import check_spec
from qpim_emu.hardware.switching import Switching, read_switching
from qpim_emu.mapping.dense import dense_homes
from qpim_emu.mapping.homes import homes_of_input
from qpim_emu.mapping.outputs import output_homes
from qpim_emu.workload.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike

    from qpim_emu.hardware.events import Observer
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.request import Mapping as LayerMapping
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = ["NetworkResult", "NodeResult", "OperationResult", "run_network"]

NodeResult: TypeAlias = RunResult | OperationResult


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkResult:
    """Result of a network.

    Attributes
    ----------
    network
        What ran.
    tensors
        Codes of every tensor by name, inputs included, ``int64[batch, ...]``.
    nodes
        Result of every node by name.
    counters, cycles
        Sums over the nodes.
    tier, semantics_version
        What executed it, by which version of the semantics.
    """

    network: Network
    tensors: Mapping[str, IntArray]
    nodes: Mapping[str, NodeResult]
    counters: Counters
    cycles: int
    tier: Tier
    semantics_version: str = SEMANTICS_VERSION


def run_network(
    network: Network,
    inputs: Mapping[str, ArrayLike],
    *,
    spec: Spec,
    tier: Tier | str = Tier.LITERAL,
    mapping: LayerMapping | None = None,
    switching: Switching | str = Switching.ASSUMED,
    observe: Callable[[str, int], Observer] | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> NetworkResult:
    """Run a network on input codes.

    Parameters
    ----------
    network
        The network.
    inputs
        Codes of every input tensor, batch axis first.
    spec
        The machine.
    tier
        How to execute.
    mapping
        Layout and partition of every layer they apply to; automatic where not given.
    switching
        Whether toggles are measured, as in `run_layer`.
    observe
        Makes an observer for a node and vault (``literal`` only).
    progress
        Called with a node's name and a number of finished outputs now and then.

    Raises
    ------
    InputError
        If inputs, mapping, tier or switching do not fit.
    AccumulatorOverflowError
        If an accumulator traps.
    """
    check_spec(spec)
    check_mapping(mapping)
    tier, switching = read_tier(tier), read_switching(switching)
    tensors = network.start(inputs)
    homes = {name: homes_of_input(array.shape) for name, array in tensors.items()}
    nodes: dict[str, NodeResult] = {}
    for node in network.nodes:
        with of_node(node.name):
            codes = [tensors[name] for name in node.inputs]
            produced = [homes[name] for name in node.inputs]
            watch = node_observer(observe, node.name)
            if isinstance(node.step, Operation):
                plan = plan_operation(node, network, batch=len(codes[0]), spec=spec)
                nodes[node.name] = run_operation(
                    node.step,
                    plan,
                    codes,
                    produced,
                    tier=tier,
                    switching=switching,
                    observe=watch,
                )
                homes[node.name] = dense_homes(plan.output, spec)
            else:
                run = run_layer(
                    node.step,
                    codes[0],
                    spec=spec,
                    tier=tier,
                    mapping=None if mapping is None else mapping.applied_to(node.step),
                    homes=produced[0],
                    switching=switching,
                    observe=watch,
                    progress=node_progress(progress, node.name),
                )
                nodes[node.name] = run
                homes[node.name] = output_homes(run.plan, run.shape)
            tensors[node.name] = nodes[node.name].outputs
    return NetworkResult(
        network=network,
        tensors=tensors,
        nodes=nodes,
        counters=sum(
            (ran.counters for ran in nodes.values()), Counters.empty(spec, switching=switching)
        ),
        cycles=sum(ran.cycles for ran in nodes.values()),
        tier=tier,
    )


def node_observer(
    observe: Callable[[str, int], Observer] | None, name: str
) -> Callable[[int], Observer] | None:
    """Observer maker of one node."""
    return (lambda vault: observe(name, vault)) if observe else None


def node_progress(
    progress: Callable[[str, int], None] | None, name: str
) -> Callable[[int], None] | None:
    """Progress callback of one node."""
    return (lambda count: progress(name, count)) if progress else None
