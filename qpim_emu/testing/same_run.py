"""Require two runs of the same work to be equal in everything a machine produces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.network import NetworkResult
from qpim_emu.engine.run import RunResult
from qpim_emu.errors import MismatchError

if TYPE_CHECKING:
    from qpim_emu.engine.operation import OperationResult
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.memory.image import BankImage, VaultImage
    from qpim_emu.typing import IntArray

__all__ = ["assert_same_counters", "assert_same_run"]


def assert_same_run(
    one: RunResult | OperationResult | NetworkResult,
    other: RunResult | OperationResult | NetworkResult,
) -> None:
    """Require equal outputs, accumulators, counters, cycles and final bank images.

    Networks are compared node by node, in order. Runs of different tiers, or on machines that
    differ in what must not matter, are equal in all of these.

    Parameters
    ----------
    one, other
        Results of `run_layer` or `run_network`.

    Raises
    ------
    MismatchError
        Naming the first thing that differs: the node, the array and its first element, the
        counter, or the vault and block of the bank image.

    Examples
    --------
    >>> import qpim_emu as qe
    >>> layer = qe.Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="uint4")
    >>> machine = qe.Machine(qe.TOY)
    >>> assert_same_run(*(machine.run(layer, [[4, 5, 6]], tier=tier) for tier in qe.Tier))
    """
    if isinstance(one, NetworkResult) or isinstance(other, NetworkResult):
        compare_networks(one, other)
        return
    compare_nodes(one, other, where="")


def compare_networks(one: object, other: object) -> None:
    """Compare two results of networks, node by node."""
    if not isinstance(one, NetworkResult) or not isinstance(other, NetworkResult):
        msg = f"runs must both be of networks, got {type(one).__name__}, {type(other).__name__}"
        raise MismatchError(msg)
    if list(one.nodes) != list(other.nodes):
        msg = f"nodes must be {list(one.nodes)}, got {list(other.nodes)}"
        raise MismatchError(msg)
    for name, node in one.nodes.items():
        compare_nodes(node, other.nodes[name], where=f"{name}: ")
    assert_same_counters(one.counters, other.counters, where="network: ")
    require_equal("network: cycles", one.cycles, other.cycles)


def compare_nodes(
    one: RunResult | OperationResult, other: RunResult | OperationResult, *, where: str
) -> None:
    """Compare two layers or operations."""
    require_equal_arrays(f"{where}outputs", one.outputs, other.outputs)
    if isinstance(one, RunResult) and isinstance(other, RunResult):
        require_equal_arrays(f"{where}accumulators", one.accumulators, other.accumulators)
        compare_images(one.image, other.image, where=where)
    assert_same_counters(one.counters, other.counters, where=where)
    require_equal(f"{where}cycles", one.cycles, other.cycles)


def assert_same_counters(one: Counters, other: Counters, *, where: str = "") -> None:
    """Require two sets of counters to be equal.

    Parameters
    ----------
    one, other
        The counters.
    where
        What a failure names before the counter.

    Raises
    ------
    MismatchError
        Naming every counter that differs, with both values.
    """
    differences = one.differences(other)
    if differences:
        named = ", ".join(f"{name}: {values}" for name, values in differences.items())
        msg = f"{where}counters must be equal, got {named}"
        raise MismatchError(msg)


def require_equal(what: str, one: object, other: object) -> None:
    """Refuse two values that differ."""
    if one != other:
        msg = f"{what} must be {one}, got {other}"
        raise MismatchError(msg)


def require_equal_arrays(what: str, one: IntArray, other: IntArray) -> None:
    """Refuse two arrays that differ, naming the first element (row-major) that does."""
    require_equal(f"shape of {what}", list(one.shape), list(other.shape))
    wrong = np.flatnonzero(one != other)
    if wrong.size:
        first = tuple(int(i) for i in np.unravel_index(int(wrong[0]), one.shape))
        count = f"({wrong.size} of {one.size} differ)"
        require_equal(f"{what} {list(first)} {count}", int(one[first]), int(other[first]))


def compare_images(one: BankImage, other: BankImage, *, where: str) -> None:
    """Compare what two machines hold in their banks."""
    for vault in sorted(set(one.vaults) | set(other.vaults)):
        mine, theirs = one[vault], other[vault]
        if not mine.equals(theirs):
            compare_rows(mine, theirs, where=f"{where}vault {vault}, ")


def compare_rows(one: VaultImage, other: VaultImage, *, where: str) -> None:
    """Name the first block that two vaults hold differently."""
    columns = one.spec.columns
    for first in range(0, max(one.allocated_blocks, other.allocated_blocks), columns):
        sides = [(side.row(first), side.is_row_written(first)) for side in (one, other)]
        for column in range(columns):
            mine, theirs = (
                words[column].tolist() if written[column] else "nothing" for words, written in sides
            )
            place = one.spec.place(first + column)
            named = f"bank {place.bank}, row {place.row}, column {place.column}"
            require_equal(f"{where}{named}: words", mine, theirs)
