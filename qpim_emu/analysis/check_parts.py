"""The same check as `check_run`, its work divided among processes: by node and by images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.analysis.check import NodeCheck, check_node, check_run
from qpim_emu.engine.run import RunResult
from qpim_emu.engine.workers import PartFailedError
from qpim_emu.engine.workers.parts import narrow
from qpim_emu.oracle import reference
from qpim_emu.oracle.operations import reference_operation
from qpim_emu.workload.accumulator import Overflow
from qpim_emu.workload.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.engine.workers import Workers
    from qpim_emu.oracle.problem import Groups
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network, Node

__all__ = ["check_run_in_parts"]

MOST_IMAGES = 16
"""Images of a part: the oracle takes much memory for each."""


class Claim(NamedTuple):
    """What a run says of some images at one node.

    `groups` is the order of additions, where the layer saturates.
    """

    node: int
    codes: list[NDArray[Any]]
    outputs: NDArray[Any]
    accumulators: NDArray[Any] | None
    groups: Groups | None


class Verdict(NamedTuple):
    """Whether a claim holds, and which events the oracle counts."""

    node: int
    is_exact: bool
    events: tuple[int, int] = (0, 0)


def check_run_in_parts(result: NetworkResult, workers: Workers) -> dict[str, NodeCheck]:
    """Do what `check_run` does, and exactly that for every node that is not as it should be.

    Parameters
    ----------
    result
        A run.
    workers
        Processes; where there is but one, or one image, the check is made here.

    Raises
    ------
    InputError
        If a worker was killed.
    """
    network = result.network
    claims = list(claimed(result, workers.count))
    if workers.count == 1 or len(claims) <= len(network.nodes):
        return check_run(result)
    try:
        verdicts = list(workers.results(judge, network, (make() for make in claims)))
    except PartFailedError:
        return check_run(result)
    return {
        node.name: settled(result, node, [one for one in verdicts if one.node == number])
        for number, node in enumerate(network.nodes)
    }


def claimed(result: NetworkResult, workers: int) -> Iterator[Callable[[], Claim]]:
    """Yield what makes each claim: they are made when there is a worker for them."""
    images = len(next(iter(result.tensors.values())))
    step = max(1, min(MOST_IMAGES, images // workers))
    for number, node in enumerate(result.network.nodes):
        for first in range(0, images, step):
            yield lambda number=number, node=node, first=first: claim_of(  # type: ignore[misc]
                result, number, node, slice(first, first + step)
            )


def claim_of(result: NetworkResult, number: int, node: Node, images: slice) -> Claim:
    """What a run says of some images at a node."""
    ran = result.nodes[node.name]
    codes = [narrow(result.tensors[name][images]) for name in node.inputs]
    outputs = narrow(ran.outputs[images])
    if not isinstance(ran, RunResult):
        return Claim(number, codes, outputs, None, None)
    saturates = ran.plan.layer.accumulator.overflow is Overflow.SATURATE
    groups = ran.plan.word_groups if saturates else None
    return Claim(number, codes, outputs, narrow(ran.accumulators[images]), groups)


def judge(network: Network, claim: Claim, tell: Callable[[str, int], None]) -> Verdict:  # noqa: ARG001 - nothing to tell
    """Ask the oracle (in a worker)."""
    step = network.nodes[claim.node].step
    codes: Sequence[IntArray] = [one.astype(np.int64) for one in claim.codes]
    if isinstance(step, Operation):
        expected = reference_operation(step, *codes)
        return Verdict(claim.node, np.array_equal(expected, claim.outputs))
    found = reference(step, codes[0], groups=claim.groups)
    assert claim.accumulators is not None  # noqa: S101 - a layer has some
    is_exact = np.array_equal(found.outputs, claim.outputs) and np.array_equal(
        found.accumulators, claim.accumulators
    )
    return Verdict(claim.node, is_exact, (found.overflows, found.clamped))


def settled(result: NetworkResult, node: Node, verdicts: Sequence[Verdict]) -> NodeCheck:
    """Put the verdicts on a node together."""
    ran = result.nodes[node.name]
    compared, agree = ran.outputs.size, all(one.is_exact for one in verdicts)
    if isinstance(ran, RunResult):
        counted = [ran.counters.total(name) for name in ("overflows", "clamped")]
        agree &= counted == np.sum([one.events for one in verdicts], axis=0).tolist()
        compared += ran.accumulators.size + len(counted)
    return NodeCheck(compared=compared, wrong=0, first=None) if agree else check_node(result, node)
