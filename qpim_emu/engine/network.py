"""Run a network on a machine, node by node, each with its own bank image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from qpim_emu.engine import literal
from qpim_emu.engine.run import SEMANTICS_VERSION, RunResult, Tier, read_tier, run_layer
from qpim_emu.hardware.counters import Counters
from qpim_emu.mapping.dense import charge_dense, dense_homes, make_dense_plan, place_dense
from qpim_emu.mapping.outputs import output_homes
from qpim_emu.workload.layers import MacLayer
from qpim_emu.workload.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike

    from qpim_emu.hardware.events import Observer
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.request import Mapping as LayerMapping
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network, Node

__all__ = ["NetworkResult", "OperationResult", "run_network"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResult:
    """Result of an operation beside the lanes: output codes, counters, cycles."""

    outputs: IntArray
    counters: Counters
    cycles: int


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
    observe
        Makes an observer for a node and vault (``literal`` only).
    progress
        Called with a node's name and a number of finished outputs now and then.

    Raises
    ------
    InputError
        If inputs, mapping or tier do not fit.
    AccumulatorOverflowError
        If an accumulator traps.
    """
    tier = read_tier(tier)
    tensors = network.read_inputs(inputs)
    homes = {name: np.full(array.shape, -1, np.int64) for name, array in tensors.items()}
    nodes: dict[str, NodeResult] = {}
    total = Counters.empty(spec)
    for node in network.nodes:
        watch = node_observer(observe, node.name)
        report = node_progress(progress, node.name)
        if isinstance(node.step, Operation):
            result, produced = run_operation(
                node, network, tensors, homes, spec=spec, observe=watch
            )
            nodes[node.name] = result
        else:
            (source,) = node.inputs
            run = run_layer(
                node.step,
                tensors[source],
                spec=spec,
                tier=tier,
                mapping=mapping,
                homes=homes[source],
                observe=watch,
                progress=report,
            )
            nodes[node.name] = run
            produced = output_homes(run.plan).reshape(run.outputs.shape)
        tensors[node.name], homes[node.name] = nodes[node.name].outputs, produced
        total = total + nodes[node.name].counters
    return NetworkResult(
        network=network,
        tensors=tensors,
        nodes=nodes,
        counters=total,
        cycles=sum(result.cycles for result in nodes.values()),
        tier=tier,
    )


def run_operation(
    node: Node,
    network: Network,
    tensors: Mapping[str, IntArray],
    homes: Mapping[str, IntArray],
    *,
    spec: Spec,
    observe: Callable[[int], Observer] | None,
) -> tuple[OperationResult, IntArray]:
    """Run an operation; also return the vault that holds each output code."""
    operation = node.step
    assert isinstance(operation, Operation)  # noqa: S101 - the caller chose
    codes = [tensors[name] for name in node.inputs]
    stored = [network.tensors[name].format for name in node.inputs]
    kind = network.tensors[node.name]
    plan = make_dense_plan(
        inputs=[(array.shape, form) for array, form in zip(codes, stored, strict=True)],
        output=((codes[0].shape[0], *kind.shape), kind.format),
        spec=spec,
    )
    produced = [homes[name] for name in node.inputs]
    if operation.moves_only:
        counters = Counters.empty(spec)
        outputs = operation.compute(*codes)
        charge_dense([plan.output], [operation.compute(*produced)], spec, counters)
    else:
        image = place_dense(plan, codes)
        outputs, counters = literal.execute_operation(operation, plan, image, observe=observe)
        charge_dense(plan.inputs, produced, spec, counters)
    cycles = int(counters.vault["cycles"].max())
    result = OperationResult(outputs=outputs, counters=counters, cycles=cycles)
    return result, dense_homes(plan.output, spec)


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
