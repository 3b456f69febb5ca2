"""Run one operation beside the lanes: lay out, place, execute, account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.engine import literal
from qpim_emu.engine.run import Tier
from qpim_emu.hardware.counters import Counters
from qpim_emu.hardware.switching import Switching
from qpim_emu.mapping.dense import make_dense_plan
from qpim_emu.mapping.dense_charge import charge_dense, moved_homes
from qpim_emu.mapping.dense_image import place_dense
from qpim_emu.workload.operations import Movement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qpim_emu.hardware.events import Observer
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.dense import DensePlan
    from qpim_emu.mapping.placement import Charge
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network, Node
    from qpim_emu.workload.operations import Operation

__all__ = [
    "OperationResult",
    "charge_of",
    "count_operation",
    "plan_operation",
    "run_operation",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResult:
    """Result of an operation beside the lanes: output codes, counters, cycles."""

    outputs: IntArray
    counters: Counters
    cycles: int


def plan_operation(node: Node, network: Network, *, batch: int, spec: Spec) -> DensePlan:
    """Lay out the tensors of a node for a batch; errors as `make_dense_plan`."""
    kinds = [network.tensors[name] for name in (*node.inputs, node.name)]
    *inputs, output = [((batch, *kind.shape), kind.format) for kind in kinds]
    return make_dense_plan(inputs=inputs, output=output, spec=spec)


def run_operation(
    operation: Operation,
    plan: DensePlan,
    codes: Sequence[IntArray],
    *,
    charge: Charge,
    tier: Tier = Tier.LITERAL,
    switching: Switching = Switching.ASSUMED,
    observe: Callable[[int], Observer] | None = None,
) -> OperationResult:
    """Run an operation on its input codes.

    Parameters
    ----------
    operation, plan
        The operation, and where its tensors lie.
    codes
        Codes of every input.
    charge
        What their placement costs (`charge_of`).
    tier
        How to execute.
    switching
        Whether toggles are measured.
    observe
        Makes an observer for each vault (``literal`` only).
    """
    if isinstance(operation, Movement):
        outputs = operation.compute(*codes)
        counters = Counters.empty(plan.spec, switching=switching)
    elif tier is Tier.LITERAL:
        image = place_dense(plan, codes)
        outputs, counters = literal.execute_operation(
            operation, plan, image, switching=switching, observe=observe
        )
    else:
        outputs, counters = run_fast(operation, plan, codes, switching)
    charge.add_to(counters)
    cycles = int(counters.vault["cycles"].max())
    return OperationResult(outputs=outputs, counters=counters, cycles=cycles)


def run_fast(
    operation: Operation, plan: DensePlan, codes: Sequence[IntArray], switching: Switching
) -> tuple[IntArray, Counters]:
    """Run in the fast tier; its words are needed only where their switching is measured."""
    from qpim_emu.engine import fast  # noqa: PLC0415 - brings a compiler, see run_layer

    if switching is Switching.ASSUMED:
        return fast.run_operation(operation, plan, codes)
    image = place_dense(plan, codes)
    return fast.execute_operation(operation, plan, image, switching=switching)


def count_operation(operation: Operation, plan: DensePlan, *, charge: Charge) -> Counters:
    """Count an operation without its data."""
    if isinstance(operation, Movement):
        counters = Counters.empty(plan.spec).structural()
    else:
        from qpim_emu.engine.structure import count_dense_plan  # noqa: PLC0415 - likewise

        counters = count_dense_plan(plan)
    charge.add_to(counters)
    return counters


def charge_of(operation: Operation, plan: DensePlan, homes: Sequence[IntArray]) -> Charge:
    """Find out what placement costs: of the inputs, or of the output where codes only move.

    Parameters
    ----------
    operation, plan
        As for `run_operation`.
    homes
        Vault that produced each code of every input, -1 for none.
    """
    if isinstance(operation, Movement):
        return charge_dense([plan.output], [moved_homes(operation, homes)], plan.spec)
    return charge_dense(plan.inputs, homes, plan.spec)
