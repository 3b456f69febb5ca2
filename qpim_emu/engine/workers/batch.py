"""A batch computed in parts by several processes, with the results of one run, all of them.

Images do not influence one another's codes. What a batch costs is another matter: batch rows of
a linear layer share passes, operations beside the lanes lie in memory as one tensor, refreshes
follow from the time of all images together. So counters of parts do not add up to those of the
batch. Instead:

- structural counters and cycles are counted for the whole batch without its data (the ``count``
  tier), which every tier agrees with;
- overflows and clamped outputs are counted by the vault that computes an output. With the same
  layout and partition that is the same vault in a part as in the batch (shares are of the pixels of
  one image, or of filters; section 10.2 of the semantics), and the order of additions is the same
  (`Plan.word_groups`); so these counts add up.

A part may be mapped otherwise only where the batch nearly fills the memory. That is noticed, and
the batch then runs in this process, as it does when anything raises an error: which error, about
which image of the batch, is thus the same as without workers. Toggles of data lines depend on the
order of all images: measured, they are counted in this process as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from qpim_emu.engine.network import NetworkResult, OperationResult, run_network
from qpim_emu.engine.network_count import count_network
from qpim_emu.engine.run import RunResult, Tier, count_layer, plan_layer, read_tier, run_layer
from qpim_emu.engine.workers.merge import merged_counters, merged_layer
from qpim_emu.engine.workers.parts import cut, joined, narrow
from qpim_emu.engine.workers.pool import PartFailedError, Workers
from qpim_emu.errors import QpimError
from qpim_emu.hardware.counters import DATA_COUNTERS, Counters
from qpim_emu.hardware.switching import Switching
from qpim_emu.workload.checks import integers
from qpim_emu.workload.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from qpim_emu.engine.network import NodeResult
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.request import Layout, Partition
    from qpim_emu.mapping.request import Mapping as LayerMapping
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear
    from qpim_emu.workload.network import Network, Node

__all__ = ["run_layer_in_parts", "run_network_in_parts"]


class OtherMappingError(Exception):
    """A part was mapped otherwise than the batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What all parts of a batch have in common."""

    work: Network | Conv1d | Conv2d | Linear
    spec: Spec
    tier: Tier
    mapping: LayerMapping | None


class NodePart(NamedTuple):
    """What one part of a batch gave at a node; operations have outputs only.

    The fast tier computes accumulators for those who ask, which here takes no worker.
    """

    outputs: NDArray[Any]
    accumulators: NDArray[Any] | None = None
    events: Mapping[str, IntArray] | None = None
    mapping: tuple[Layout, Partition] | None = None


def run_network_in_parts(
    network: Network,
    inputs: Mapping[str, ArrayLike],
    *,
    spec: Spec,
    tier: Tier | str,
    workers: Workers,
    mapping: LayerMapping | None = None,
    switching: Switching | str = Switching.ASSUMED,
    progress: Callable[[str, int], None] | None = None,
) -> NetworkResult:
    """Do what `run_network` does, a batch of several images in processes; errors as there.

    Raises
    ------
    InputError
        Also if a worker was killed, or the network cannot be sent to another process.
    """
    alone = partial(
        run_network,
        network,
        inputs,
        spec=spec,
        tier=tier,
        mapping=mapping,
        switching=switching,
        progress=progress,
    )
    if workers.count == 1 or switching != Switching.ASSUMED:
        return alone()
    try:
        tier = read_tier(tier)
        tensors = network.start(inputs)
        images = len(next(iter(tensors.values())))
        if images == 1:
            return alone()
        counted = count_network(network, batch=images, spec=spec, mapping=mapping)
    except QpimError:
        return alone()  # raises it, or another that comes before it
    task = Task(work=network, spec=spec, tier=tier, mapping=mapping)
    shares = cut(images, workers=workers.count, tier=tier)
    given = ({name: tensors[name][first:past] for name in network.inputs} for first, past in shares)
    try:
        parts = list(workers.results(run_network_part, task, given, progress=progress))
        nodes: dict[str, NodeResult] = {}
        for node in network.nodes:
            codes, found = tensors[node.inputs[0]], [part.pop(node.name) for part in parts]
            nodes[node.name] = merged_node(task, node, codes, found, counted.nodes[node.name])
            tensors[node.name] = nodes[node.name].outputs
    except (PartFailedError, OtherMappingError):
        return alone()
    return NetworkResult(
        network=network,
        tensors=tensors,
        nodes=nodes,
        counters=sum((ran.counters for ran in nodes.values()), Counters.empty(spec)),
        cycles=sum(ran.cycles for ran in nodes.values()),
        tier=tier,
    )


def run_network_part(
    task: Task, inputs: Mapping[str, IntArray], tell: Callable[[str, int], None]
) -> dict[str, NodePart]:
    """Run a network on some images (in a worker)."""
    work: Any = task.work
    result = run_network(
        work, inputs, spec=task.spec, tier=task.tier, mapping=task.mapping, progress=tell
    )
    return {name: part_of(ran) for name, ran in result.nodes.items()}


def part_of(ran: NodeResult) -> NodePart:
    """What a worker sends of a node's result."""
    if isinstance(ran, OperationResult):
        return NodePart(outputs=narrow(ran.outputs))
    return NodePart(
        outputs=narrow(ran.outputs),
        accumulators=narrow(ran.accumulators) if ran.tier is Tier.LITERAL else None,
        events={name: ran.counters.vault[name] for name in DATA_COUNTERS},
        mapping=(ran.plan.layout, ran.plan.partition),
    )


def merged_node(
    task: Task, node: Node, codes: IntArray, parts: Sequence[NodePart], counted: Counters
) -> NodeResult:
    """Put the parts of a node's result together."""
    counters = merged_counters(counted, [part.events for part in parts if part.events])
    if isinstance(node.step, Operation):
        cycles = int(counters.vault["cycles"].max())
        outputs = joined([part.outputs for part in parts])
        return OperationResult(outputs=outputs, counters=counters, cycles=cycles)
    mapping = None if task.mapping is None else task.mapping.applied_to(node.step)
    return merged_run(task, node.step, codes, parts, counters, mapping=mapping)


def merged_run(
    task: Task,
    layer: Conv1d | Conv2d | Linear,
    codes: IntArray,
    parts: Sequence[NodePart],
    counters: Counters,
    *,
    mapping: LayerMapping | None,
) -> RunResult:
    """Put the parts of a layer's result together.

    Raises
    ------
    OtherMappingError
        If one was mapped otherwise.
    """
    plan = plan_layer(layer, codes.shape, spec=task.spec, mapping=mapping)
    if any(part.mapping != (plan.layout, plan.partition) for part in parts):
        raise OtherMappingError
    sent = [part.accumulators for part in parts if part.accumulators is not None]
    again = partial(run_layer, layer, codes, spec=task.spec, tier=task.tier, mapping=mapping)
    executed = merged_layer(
        plan,
        codes,
        outputs=[part.outputs for part in parts],
        accumulators=partial(joined, sent) if sent else lambda: again().accumulators,
        counters=counters,
    )
    shape = layer.output_shape(codes.shape)
    return RunResult(plan=plan, shape=shape, executed=executed, tier=task.tier)


def run_layer_in_parts(
    layer: Conv1d | Conv2d | Linear,
    codes: ArrayLike,
    *,
    spec: Spec,
    tier: Tier | str,
    workers: Workers,
    mapping: LayerMapping | None = None,
    switching: Switching | str = Switching.ASSUMED,
) -> RunResult:
    """Do what `run_layer` does, a batch of several images in processes; errors as there.

    Raises
    ------
    InputError
        Also if a worker was killed.
    """
    alone = partial(
        run_layer, layer, codes, spec=spec, tier=tier, mapping=mapping, switching=switching
    )
    if workers.count == 1 or switching != Switching.ASSUMED:
        return alone()
    try:
        tier = read_tier(tier)
        array = integers(codes, field="input")
        counted = count_layer(layer, array.shape, spec=spec, mapping=mapping)
    except QpimError:
        return alone()
    if len(array) == 1:
        return alone()
    task = Task(work=layer, spec=spec, tier=tier, mapping=mapping)
    shares = cut(len(array), workers=workers.count, tier=tier)
    given = (array[first:past] for first, past in shares)
    try:
        parts = list(workers.results(run_layer_part, task, given))
        counters = merged_counters(counted, [part.events for part in parts if part.events])
        return merged_run(task, layer, array, parts, counters, mapping=mapping)
    except (PartFailedError, OtherMappingError):
        return alone()


def run_layer_part(task: Task, codes: IntArray, tell: Callable[[str, int], None]) -> NodePart:
    """Run a layer on some images (in a worker)."""
    layer: Any = task.work
    return part_of(
        run_layer(
            layer,
            codes,
            spec=task.spec,
            tier=task.tier,
            mapping=task.mapping,
            progress=lambda count: tell("layer", count),
        )
    )
