"""Check every node of a network run against the oracle, each fed the run's own inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.run import RunResult
from qpim_emu.oracle import reference
from qpim_emu.oracle.operations import reference_operation
from qpim_emu.workload.accumulator import Overflow
from qpim_emu.workload.operations import Operation

if TYPE_CHECKING:
    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.workload.network import Node

__all__ = ["NodeCheck", "check_node", "check_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCheck:
    """How a node's results compare with the oracle's.

    Attributes
    ----------
    compared, wrong
        Elements compared, and how many of them differ.
    first
        Index of the first that differs, or None.
    """

    compared: int
    wrong: int
    first: tuple[int, ...] | None

    @property
    def is_exact(self) -> bool:
        """Whether every element agrees."""
        return self.wrong == 0


def check_run(result: NetworkResult) -> dict[str, NodeCheck]:
    """Compare outputs, accumulators and overflow counts of every node with the oracle's.

    Returns
    -------
    dict
        A check per node, in order.
    """
    return {node.name: check_node(result, node) for node in result.network.nodes}


def check_node(result: NetworkResult, node: Node) -> NodeCheck:
    """Compare one node, given the codes that it read in the run."""
    codes = [result.tensors[name] for name in node.inputs]
    ran = result.nodes[node.name]
    if isinstance(node.step, Operation):
        return compare((ran.outputs, reference_operation(node.step, *codes)))
    assert isinstance(ran, RunResult)  # noqa: S101 - layers have layer results
    saturates = node.step.accumulator.overflow is Overflow.SATURATE
    expected = reference(node.step, codes[0], groups=ran.plan.word_groups if saturates else None)
    counted = np.array([ran.counters.total("overflows"), ran.counters.total("clamped")])
    return compare(
        (ran.outputs, expected.outputs),
        (ran.accumulators, expected.accumulators),
        (counted, np.array([expected.overflows, expected.clamped])),
    )


def compare(*pairs: tuple[np.ndarray, np.ndarray]) -> NodeCheck:
    """Compare pairs of arrays; the index is that of the first pair that differs."""
    compared = wrong = 0
    first = None
    for got, expected in pairs:
        differs = got != expected
        compared += got.size
        wrong += int(np.count_nonzero(differs))
        if first is None and differs.any():
            flat = int(np.argmax(differs))
            first = tuple(int(i) for i in np.unravel_index(flat, got.shape))
    return NodeCheck(compared=compared, wrong=wrong, first=first)
