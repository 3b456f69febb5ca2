"""Do arguments come back from their records as they are, on this thread and on others?"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from qpim_emu.engine.fast import calls as module
from qpim_emu.engine.fast.calls import Call
from qpim_emu.engine.fast.helpers import Helper
from qpim_emu.engine.fast.kernels.atomic import add_atomically
from qpim_emu.engine.fast.kernels.records import (
    address_of,
    enter,
    entry_of,
    places_of,
    read_record,
    write_record,
)
from qpim_emu.engine.fast.kernels.waiting import post

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Inner(NamedTuple):
    """A part of arguments."""

    scale: int
    table: NDArray[Any]
    edges: tuple[int, int]


class Outer(NamedTuple):
    """Arguments: of every number of axes, and some types."""

    inner: Inner
    bytes: NDArray[Any]
    words: NDArray[Any]
    flag: int
    calls: NDArray[Any]
    sums: NDArray[Any]


def add_up(record: Any, kind: Any) -> None:  # noqa: ANN401
    """Add up everything, each element weighed by its place."""
    inner, held, words, flag, calls, sums = read_record(record, kind)
    if add_atomically(calls, 0, 1) > 0:
        return
    total = 3 * flag + 5 * inner.scale + 7 * inner.edges[0] + 11 * inner.edges[1]
    for i in range(inner.table.shape[0]):
        for j in range(inner.table.shape[1]):
            for k in range(inner.table.shape[2]):
                total += (i + 10 * j + 100 * k) * inner.table[i, j, k]
    for i in range(held.shape[0]):
        total += i * held[i]
    for i in range(words.shape[0]):
        for j in range(words.shape[1]):
            total += (i + 10 * j) * words[i, j]
    sums[0] += total


def arguments(seed: int) -> Outer:
    """Some arguments."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 5, 3).tolist()
    return Outer(
        Inner(-3 - seed, rng.integers(-(1 << 40), 1 << 40, (2, *sizes[:2])), (1 << 50, -7)),
        rng.integers(-128, 128, sizes[2], np.int8),
        rng.integers(0, 1 << 16, (sizes[0], 3), np.uint16),
        int(rng.integers(2)),
        np.zeros(1, np.int64),
        np.zeros(1, np.int64),
    )


def expected(given: Outer) -> int:
    """What `add_up` finds."""
    table, words = given.inner.table, given.words.astype(np.int64)
    i, j, k = np.indices(table.shape)
    total = 3 * given.flag + 5 * given.inner.scale
    total += 7 * given.inner.edges[0] + 11 * given.inner.edges[1]
    total += int(((i + 10 * j + 100 * k) * table).sum())
    total += int((np.arange(len(given.bytes)) * given.bytes.astype(np.int64)).sum())
    row, column = np.indices(words.shape)
    return total + int(((row + 10 * column) * words).sum())


@pytest.mark.parametrize("seed", range(20))
def test_everything_comes_back(seed: int) -> None:
    given = arguments(seed)
    record = np.array(write_record(given), np.int64)
    enter(entry_of(add_up, given), address_of(record))
    assert given.sums[0] == expected(given)


def test_places_have_names() -> None:
    given = arguments(1)
    places, record = places_of(given), write_record(given)
    assert record[places["flag"]] == given.flag
    assert record[places["inner.scale"]] == given.inner.scale
    assert record[places["inner.edges"]] == 1 << 50
    assert record[places["inner.edges.1"]] == -7
    assert record[places["words"] : places["words"] + 3] == [
        address_of(given.words),
        *given.words.shape,
    ]
    assert record[places["sums"] :] == [address_of(given.sums), 1]


def test_arrays_with_gaps_are_refused() -> None:
    gaps = np.zeros((4, 4), np.uint16)[:, ::2]
    with pytest.raises(ValueError, match="array must be C-contiguous, got strides"):
        write_record((1, gaps))
    call = Call(add_up, arguments(3))
    with pytest.raises(ValueError, match="words must be C-contiguous, got strides"):
        call.put(call.numbers.copy(), "words", gaps)


@pytest.mark.parametrize("value", [True, 1.0, None, "1", [1]])
def test_what_is_no_argument_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="argument must be an int, an array or a tuple, got"):
        write_record((1, (2, value)))


def test_another_array_of_another_size_takes_the_place() -> None:
    given = arguments(3)
    call = Call(add_up, given)
    for rows in (1, 40):
        words = np.random.default_rng(rows).integers(0, 1 << 16, (rows, 3), np.uint16)
        record = call.numbers.copy()
        call.put(record, "words", words)
        given.calls[:] = given.sums[:] = 0
        call.run(record, others=0)
        assert given.sums[0] == expected(given._replace(words=words))


@pytest.mark.parametrize("others", [1, 2, 3])
def test_all_threads_get_the_same(others: int, monkeypatch: pytest.MonkeyPatch) -> None:
    helpers = [Helper() for _ in range(others)]

    def take(taken: list[Helper], count: int) -> None:
        assert count == others
        taken += [helper for helper in helpers if helper.in_use.acquire(blocking=False)]

    monkeypatch.setattr(module, "take_helpers", take)
    given = arguments(5)
    call = Call(add_up, given)
    for _ in range(200):
        given.calls[:] = given.sums[:] = 0
        call.run(call.numbers.copy(), others=others)
        assert 1 <= given.calls[0] <= others + 1
        assert given.sums[0] == expected(given)
        assert not any(helper.in_use.locked() for helper in helpers)


@pytest.mark.parametrize("looks", [1, 1 << 18], ids=["sleeps at once", "stays awake"])
def test_helpers_enter_once_or_not_at_all(looks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qpim_emu.engine.fast.helpers.LOOKS", looks)
    helper = Helper()
    given = arguments(7)
    record = np.array(write_record(given), np.int64)
    entry = entry_of(add_up, given)
    entered, done = 0, threading.Event()
    for number in range(300):
        given.calls[:] = given.sums[:] = 0
        if number % 7 == 0:
            helper.ask(done.set)
        else:
            helper.ask_entry(entry, address_of(record), given)
            post(helper.state)
            helper.wake()
            assert helper.held is not None
        while number % 7 == 1 and not given.calls[0]:
            time.sleep(0)
        helper.wait()
        assert helper.held is None
        assert given.calls[0] in {0, 1}
        assert given.sums[0] == (expected(given) if given.calls[0] else 0)
        entered += int(given.calls[0])
    assert entered >= 43
