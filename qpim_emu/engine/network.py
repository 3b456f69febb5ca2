"""Run a network on a machine, node by node, each with its own bank image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from qpim_emu.engine.naming import of_node
from qpim_emu.engine.operation import OperationResult, run_operation
from qpim_emu.engine.run import (
    SEMANTICS_VERSION,
    RunResult,
    Tier,
    check_mapping,
    check_observer,
    read_tier,
    run_plan,
)
from qpim_emu.engine.steps import OperationStep, steps_of
from qpim_emu.hardware.counters import Counters
from qpim_emu.hardware.spec import check_spec
from qpim_emu.hardware.switching import Switching, read_switching

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
    nodes: dict[str, NodeResult] = {}
    batch = len(tensors[next(iter(network.inputs))])
    for step in steps_of(network, batch=batch, spec=spec, mapping=mapping):
        node = step.node
        with of_node(node.name):
            codes = [tensors[name] for name in node.inputs]
            watch = node_observer(observe, node.name)
            if isinstance(step, OperationStep):
                nodes[node.name] = run_operation(
                    step.operation,
                    step.plan,
                    codes,
                    charge=step.charge,
                    tier=tier,
                    switching=switching,
                    observe=watch,
                )
            else:
                check_observer(watch, tier)
                nodes[node.name] = run_plan(
                    step.plan,
                    codes[0],
                    shape=step.shape,
                    charge=step.charge,
                    tier=tier,
                    switching=switching,
                    observe=watch,
                    progress=node_progress(progress, node.name),
                )
            tensors[node.name] = nodes[node.name].outputs
    return NetworkResult(
        network=network,
        tensors=tensors,
        nodes=nodes,
        counters=Counters.sum_of([ran.counters for ran in nodes.values()]),
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
