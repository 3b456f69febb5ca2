"""One row per node of a network run: the numbers, before anything is formatted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qpim_emu.engine.run import RunResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.engine.network import NetworkResult, NodeResult
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.workload.network import Node

__all__ = ["Row", "rows", "total_row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Figures of one node, or of a whole run.

    Attributes
    ----------
    name, kind
        Node and what it computes.
    shape
        Output shape without the batch axis.
    weight_bits, activation_bits
        Precisions that are read; None where there are none.
    macs
        Multiply-accumulates, border taps included.
    rd, rd2, rd4
        Read commands by blocks.
    gated
        Share of the offered data lines that the masks kept off, 0..1.
    bus_utilization
        Enabled lines per line of the read commands, 0..1.
    cycles
        Cycles of the slowest vault (of a run: summed over its nodes).
    overflows
        Accumulator overflows.
    exact
        Whether every element equals the oracle's; None if not checked.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    weight_bits: int | None
    activation_bits: int | None
    macs: int
    rd: int
    rd2: int
    rd4: int
    gated: float
    bus_utilization: float
    cycles: int
    overflows: int
    exact: bool | None


def rows(result: NetworkResult, exact: Mapping[str, bool] | None = None) -> list[Row]:
    """Figures of every node of a run, in order.

    Parameters
    ----------
    exact
        Whether each node equals the oracle; None if that was not checked.
    """
    return [
        row_of(node, result.nodes[node.name], exact=exact[node.name] if exact else None)
        for node in result.network.nodes
    ]


def row_of(node: Node, ran: NodeResult, *, exact: bool | None) -> Row:
    """Figures of one node."""
    layer = ran.plan.layer if isinstance(ran, RunResult) else None
    return Row(
        name=node.name,
        kind=type(node.step).__name__,
        shape=ran.outputs.shape[1:],
        weight_bits=layer.weight_window.precision if layer else None,
        activation_bits=layer.activation_window.precision if layer else None,
        cycles=ran.cycles,
        exact=exact,
        **figures(ran.counters),
    )


def total_row(result: NetworkResult, exact: Mapping[str, bool] | None = None) -> Row:
    """Figures of a whole run."""
    return Row(
        name="total",
        kind="",
        shape=(),
        weight_bits=None,
        activation_bits=None,
        cycles=result.cycles,
        exact=all(exact.values()) if exact else None,
        **figures(result.counters),
    )


def figures(counters: Counters) -> dict[str, Any]:
    """Figures that come straight from the counters."""
    offered = counters.total("offered")
    return {
        "macs": counters.total("macs"),
        "rd": counters.total("rd"),
        "rd2": counters.total("rd2"),
        "rd4": counters.total("rd4"),
        "gated": counters.total("gated") / offered if offered else 0.0,
        "bus_utilization": counters.bus_utilization,
        "overflows": counters.total("overflows"),
    }
