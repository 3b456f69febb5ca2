"""Nodes of a network laid out for a batch on a machine, known as long as the network lives.

Plans, and what placing their operands costs, depend on sizes, the machine and the mapping; a
network that runs again finds them as they were. Large ones are not kept with the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from qpim_emu.engine.naming import of_node
from qpim_emu.engine.operation import charge_of, plan_operation
from qpim_emu.engine.run import plan_layer
from qpim_emu.mapping.dense import dense_homes
from qpim_emu.mapping.homes import homes_of_input, reshaped_homes
from qpim_emu.mapping.outputs import output_homes
from qpim_emu.mapping.placement import find_charge
from qpim_emu.workload.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.dense import DensePlan
    from qpim_emu.mapping.placement import Charge
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.request import Mapping
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network, Node

__all__ = ["LayerStep", "OperationStep", "Step", "steps_of"]

KEPT_PLANES = 1 << 13
"""Most planes of a network's plans that are kept with it, some 16 MB."""

KEPT_BATCHES = 4
"""Most batch sizes, machines and mappings that are known of a network."""


class LayerStep(NamedTuple):
    """A layer, its plan, the shape of its outputs, and what placing its codes costs."""

    node: Node
    plan: Plan
    shape: tuple[int, ...]
    charge: Charge


class OperationStep(NamedTuple):
    """An operation beside the lanes, its plan, and what placing its codes costs."""

    node: Node
    operation: Operation
    plan: DensePlan
    charge: Charge


Step: TypeAlias = LayerStep | OperationStep


class Steps(NamedTuple):
    """All steps of a network, the nodes they were made of, and the machine they were made for."""

    nodes: tuple[Node, ...]
    spec: Spec
    steps: tuple[Step, ...]


known: WeakKeyDictionary[Network, dict[Hashable, Steps]] = WeakKeyDictionary()
"""Steps by batch, mapping and the identity of the machine, which they keep alive."""


def steps_of(
    network: Network, *, batch: int, spec: Spec, mapping: Mapping | None
) -> Iterator[Step]:
    """Lay a network out node by node, each when its turn comes; or find how it was.

    Raises
    ------
    InputError
        If a node does not fit the machine or the mapping, naming it.
    """
    kept, key = known.setdefault(network, {}), (batch, mapping, id(spec))
    found = kept.get(key)
    if found is not None and found.nodes is network.nodes:
        yield from found.steps
        return
    made: list[Step] = []
    for step in make_steps(network, batch=batch, spec=spec, mapping=mapping):
        made.append(step)
        yield step
    if sum(step.plan.size for step in made if isinstance(step, LayerStep)) <= KEPT_PLANES:
        if len(kept) >= KEPT_BATCHES:
            kept.clear()
        kept[key] = Steps(network.nodes, spec, tuple(made))


def make_steps(
    network: Network, *, batch: int, spec: Spec, mapping: Mapping | None
) -> Iterator[Step]:
    """Do what `steps_of` says."""
    shapes = {name: (batch, *kind.shape) for name, kind in network.tensors.items()}
    given = (*network.inputs, *network.constants)
    homes = {name: homes_of_input(shapes[name]) for name in given}
    for node in network.nodes:
        produced = [homes[name] for name in node.inputs]
        with of_node(node.name):
            if isinstance(node.step, Operation):
                dense = plan_operation(node, network, batch=batch, spec=spec)
                homes[node.name] = dense_homes(dense.output, spec)
                charge = charge_of(node.step, dense, produced)
                step: Step = OperationStep(node, node.step, dense, charge)
            else:
                plan = plan_layer(
                    node.step,
                    shapes[node.inputs[0]],
                    spec=spec,
                    mapping=None if mapping is None else mapping.applied_to(node.step),
                )
                homes[node.name] = output_homes(plan, shapes[node.name])
                charge = charge_of_layer(plan, produced[0])
                step = LayerStep(node, plan, shapes[node.name], charge)
        yield step


def charge_of_layer(plan: Plan, homes: IntArray) -> Charge:
    """Find out what placing the codes of a layer costs, whose homes may lack an axis."""
    return find_charge(plan, reshaped_homes(homes, plan.input_shape))
