"""Do tables of counters behave as mappings, and copies and sums of them share nothing?"""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.errors import InputError
from qpim_emu.hardware import TOY
from qpim_emu.hardware.counter_table import CounterTable
from qpim_emu.hardware.counters import DATA_COUNTERS, VAULT_COUNTERS, Counters
from qpim_emu.hardware.switching import VAULT_TOGGLES, Switching

if TYPE_CHECKING:
    from collections.abc import Callable


def table() -> CounterTable:
    """Two counters in a block, one beside it."""
    block = np.array([[1, 2], [3, 4]])
    return CounterTable({"a": 0, "b": 1}, block, {"c": np.array([5, 6])})


def as_lists(counts: CounterTable) -> dict[str, list[int]]:
    """What it holds."""
    return {name: count.tolist() for name, count in counts.items()}


def test_it_is_read_by_name() -> None:
    assert as_lists(table()) == {"a": [1, 2], "b": [3, 4], "c": [5, 6]}
    assert len(table()) == 3
    assert "b" in table()
    assert "d" not in table()
    assert table()["a"] is not table()["a"]
    held = table()
    assert held["a"] is held["a"]


def test_a_counter_that_is_not_there() -> None:
    with pytest.raises(InputError, match="counter must be one of a, b, c, got 'd'"):
        table()["d"]
    assert table().get("d") is None
    assert table().get("d", 0) == 0
    assert table().get("a", 0) is not 0  # noqa: F632 - an array, whatever it compares to


def test_counting_in_place_and_setting_are_both_seen() -> None:
    held = table()
    held["a"] += 10
    held["b"] = np.array([7, 8])
    held["c"] += 1
    held["d"] = np.array([9, 9])
    expected = {"a": [11, 12], "b": [7, 8], "c": [6, 7], "d": [9, 9]}
    assert as_lists(held) == as_lists(held.copy()) == expected
    assert list(held) == list("abcd")


def test_copies_share_nothing() -> None:
    held = table()
    held["b"] = np.array([7, 8])
    expected = as_lists(held)
    for count in held.copy().values():
        np.add(count, 100, out=count)
    assert as_lists(held) == expected


def test_sums_take_what_was_set_for_what_is_in_the_block() -> None:
    one, other = table(), table()
    one["a"] = np.array([10, 20])
    other["d"] = np.array([1, 1])
    total = CounterTable.sum_of([one, other, table()])
    assert as_lists(total) == {"a": [12, 24], "b": [9, 12], "c": [15, 18]}
    for count in total.values():
        np.add(count, 100, out=count)
    assert as_lists(one)["b"] == [3, 4]


def test_a_sum_of_one_is_a_copy() -> None:
    one = Counters.empty(TOY)
    one.macs[8, 8] = np.array([1, 2])
    total = Counters.sum_of([one])
    assert total == one
    total.vault["cycles"] += 1
    total.bank["act"] += 1
    total.macs[8, 8] += 1
    assert one.totals() == {**Counters.empty(TOY).totals(), "macs": 3}


@pytest.mark.parametrize("switching", Switching)
def test_leaving_data_out_leaves_the_same_counts(switching: Switching) -> None:
    counters = Counters.empty(TOY, switching=switching)
    structural = counters.structural()
    assert list(structural.vault) == list(VAULT_COUNTERS)
    counters.vault["cycles"] += 3
    assert structural.vault["cycles"].tolist() == [3, 3]
    beside = {*DATA_COUNTERS, *VAULT_TOGGLES} if switching is Switching.MEASURED else DATA_COUNTERS
    assert counters.vault.keys() - structural.vault.keys() == set(beside)


def test_adding_is_summing() -> None:
    one, other = Counters.empty(TOY), Counters.empty(TOY).structural()
    one.macs[8, 8], other.macs[4, 8] = np.array([1, 2]), np.array([3, 4])
    one.vault["cycles"] += 1
    assert (one + other).totals() == {**other.totals(), "cycles": 2, "macs": 10}
    assert "clamped" not in (one + other).vault


def sent(counters: Counters) -> Counters:
    """Counters as another process gets them."""
    found: Counters = pickle.loads(pickle.dumps(counters))  # noqa: S301 - what was just written
    return found


@pytest.mark.parametrize("twice", [copy.deepcopy, sent])
def test_counters_that_were_elsewhere_still_count(twice: Callable[[Counters], Counters]) -> None:
    counters = Counters.empty(TOY)
    counters.vault["cycles"] += 1
    counters.vault["clamped"] = np.array([4, 5])
    again = twice(counters)
    assert again == counters
    assert repr(again) == repr(counters)
    again.vault["cycles"] += 1
    assert again.copy().vault["cycles"].tolist() == [2, 2]
    assert (again + counters).vault["cycles"].tolist() == [3, 3]
    assert counters.vault["cycles"].tolist() == [1, 1]
