"""Traces of a layer or an operation: its vaults side by side, in order of time."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from qpim_emu.engine.operation import plan_operation
from qpim_emu.engine.run import plan_layer
from qpim_emu.errors import InputError
from qpim_emu.mapping.dense import DensePlan
from qpim_emu.traces.expand import expand_vault
from qpim_emu.traces.program import dense_phases, layer_phases
from qpim_emu.workload.operations import Movement, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.traces.record import TraceRecord
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear
    from qpim_emu.workload.network import Network

__all__ = ["Trace", "trace_node", "trace_step"]

RANK = {"MODE": 0, "REF": 0, "PRE": 1, "RD": 2, "RD2": 2, "RD4": 2, "WR": 2, "ACT": 3}


class Trace:
    """The commands of some vaults during one layer, expanded while iterated.

    Every iteration expands the program anew; nothing is kept of the last one but `end`.

    Parameters
    ----------
    plan
        The mapped layer, or the laid-out operation.
    vaults
        Vaults to trace; those without work issue nothing.

    Attributes
    ----------
    end
        Cycles of the slowest vault traced, known once an iteration has finished; 0 before.

    Examples
    --------
    >>> import qpim_emu as qe
    >>> layer = qe.Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="uint4")
    >>> trace = trace_step(layer, (1, 3), spec=qe.TOY, vault=1)
    >>> [(one.cycle, one.command, one.bank, f"{one.mask:04x}") for one in trace][:3]
    [(0, 'MODE', -1, '000f'), (0, 'ACT', 0, '0000'), (3, 'RD', 0, '000f')]
    >>> trace.end
    29
    """

    def __init__(self, plan: Plan | DensePlan, vaults: tuple[int, ...]) -> None:
        self.plan = plan
        self.vaults = vaults
        self.end = 0

    @property
    def spec(self) -> Spec:
        """The machine."""
        return self.plan.spec

    def __iter__(self) -> Iterator[TraceRecord]:
        self.end = 0
        return merge(*(self.records(vault) for vault in self.vaults), key=order)

    def records(self, vault: int) -> Iterator[TraceRecord]:
        """Commands of one vault."""
        plan = self.plan
        phases = (
            dense_phases(plan, vault) if isinstance(plan, DensePlan) else layer_phases(plan, vault)
        )
        busy = yield from expand_vault(phases, plan.spec, vault=vault)
        self.end = max(self.end, busy)


def order(record: TraceRecord) -> tuple[int, int, int]:
    """Order of a trace: cycle, then REF < PRE < column < ACT, then bank (then vault)."""
    return record.cycle, RANK[record.command], record.bank


def trace_step(
    step: Conv1d | Conv2d | Linear,
    shape: tuple[int, ...],
    *,
    spec: Spec,
    vault: int | None = None,
) -> Trace:
    """Trace a MAC layer at an input of `shape`.

    Parameters
    ----------
    step
        The layer.
    shape
        Shape of its input, batch axis first.
    spec
        The machine.
    vault
        The vault to trace; all of them if not given.

    Raises
    ------
    InputError
        If the shape does not fit, there is no such vault, or the machine refuses the layer.
    """
    return Trace(plan_layer(step, shape, spec=spec), choose_vaults(vault, spec))


def trace_node(
    network: Network, name: str, *, spec: Spec, vault: int | None = None, batch: int = 1
) -> Trace:
    """Trace one layer or operation of a network.

    Parameters
    ----------
    network
        The network.
    name
        Name of the node.
    spec
        The machine.
    vault
        The vault to trace; all of them if not given.
    batch
        Images.

    Raises
    ------
    InputError
        If there is no such node or vault, if the node issues no commands because it only moves
        codes, or if the machine refuses it.
    """
    vaults = choose_vaults(vault, spec)
    node = next((node for node in network.nodes if node.name == name), None)
    if node is None:
        known = ", ".join(node.name for node in network.nodes)
        msg = f"layer must be one of {known}, got {name!r}"
        raise InputError(msg)
    if isinstance(node.step, Movement):
        msg = f"layer must issue commands, got {name!r}, which only moves codes"
        raise InputError(msg)
    if isinstance(node.step, Operation):
        return Trace(plan_operation(node, network, batch=batch, spec=spec), vaults)
    shape = (batch, *network.tensors[node.inputs[0]].shape)
    return Trace(plan_layer(node.step, shape, spec=spec), vaults)


def choose_vaults(vault: int | None, spec: Spec) -> tuple[int, ...]:
    """One vault, or all.

    Raises
    ------
    InputError
        If the machine has no such vault.
    """
    if vault is None:
        return tuple(range(spec.vaults))
    if not 0 <= vault < spec.vaults:
        msg = f"vault must be in 0..{spec.vaults - 1}, got {vault}"
        raise InputError(msg)
    return (vault,)
