"""A model on the machine beside another engine: every tensor, node by node and as a whole.

*Teacher-forced*, each node reads what the other engine computed before it, so that a difference
is that node's own. *Free-running*, the machine computes the whole network from its inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.crosscheck.expected import expected_of
from qpim_emu.crosscheck.passes import Checker
from qpim_emu.engine.run import Tier
from qpim_emu.engine.workers import Workers
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qpim_emu.crosscheck.compare import Comparison
    from qpim_emu.crosscheck.inputs import Batch
    from qpim_emu.crosscheck.oracle import Oracle
    from qpim_emu.frontends.model import Model
    from qpim_emu.hardware.spec import Spec

__all__ = ["CheckResult", "Pair", "check_model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Both comparisons of a node."""

    forced: Comparison
    free: Comparison

    @property
    def is_exact(self) -> bool:
        """Whether neither found a difference."""
        return self.forced.is_exact and self.free.is_exact


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check found.

    Attributes
    ----------
    model, oracle, notes
        What was checked, against which engine, and what it says about itself.
    batch, spec, tier
        On which inputs, on which machine, how executed.
    nodes
        Both comparisons of every node by name, in order.
    """

    model: Model
    oracle: str
    notes: tuple[str, ...]
    batch: Batch
    spec: Spec
    tier: Tier
    nodes: Mapping[str, Pair]

    @property
    def is_exact(self) -> bool:
        """Whether no element differs."""
        return all(pair.is_exact for pair in self.nodes.values())

    @property
    def shown(self) -> int:
        """How many nodes the engine shows."""
        return sum(pair.forced.compared > 0 for pair in self.nodes.values())


def check_model(
    model: Model,
    oracle: Oracle,
    batch: Batch,
    *,
    spec: Spec,
    tier: Tier = Tier.FAST,
    show: int = 1,
    workers: int = 1,
    progress: Callable[[str], None] | None = None,
) -> CheckResult:
    """Compare a model with another engine, teacher-forced and free-running.

    Parameters
    ----------
    model, oracle
        The model, and an engine opened on it.
    batch
        The inputs.
    spec, tier
        The machine, and how to execute.
    show
        How many mismatches of each node to describe.
    workers
        How many processes run the machine, and this project's own oracle. Other engines compute
        here, with threads of their own.
    progress
        Called with what is about to run.

    Raises
    ------
    InputError
        If the engine shows none of the network's tensors, a node does not fit the machine, or
        `workers` is no number of processes.
    MismatchError
        If it shows one in another shape.
    AccumulatorOverflowError
        If an accumulator traps.
    """
    tell = progress or (lambda _: None)
    with Workers(workers) as crew:
        tell(oracle.name)
        expected = expected_of(oracle, batch.inputs, crew)
        if not any(node.name in expected for node in model.network.nodes):
            msg = f"oracle must show tensors of the network, got {', '.join(expected) or 'none'}"
            raise InputError(msg)
        checker = Checker(
            model=model,
            expected=expected,
            batch=batch,
            spec=spec,
            tier=tier,
            show=show,
            workers=crew,
        )
        forced = checker.forced(tell)
        tell("free-running")
        free = checker.free()
    return CheckResult(
        model=model,
        oracle=oracle.name,
        notes=oracle.notes,
        batch=batch,
        spec=spec,
        tier=tier,
        nodes={name: Pair(forced=forced[name], free=free[name]) for name in forced},
    )
