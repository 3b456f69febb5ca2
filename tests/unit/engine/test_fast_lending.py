"""Is memory lent again only when nobody holds it, and is what is kept bounded?"""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.engine.fast import lending
from qpim_emu.engine.fast.lending import KEPT_BYTES, LEAST_BYTES, lend

if TYPE_CHECKING:
    from collections.abc import Iterator

SHAPE = 3, 50_000


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Forget what other tests gave back."""
    lending.free.clear()
    yield
    lending.free.clear()


def address(array: np.ndarray) -> int:
    """Where an array lies."""
    return array.ctypes.data


def test_memory_given_back_is_lent_again() -> None:
    first = lend(SHAPE, np.int32)
    place = address(first)
    del first
    assert address(lend(SHAPE, np.int32)) == place


def test_a_view_keeps_the_memory_of_its_array() -> None:
    first = lend(SHAPE, np.int32)
    first[:] = 7
    part, transposed = first[1], first.T
    del first
    for _ in range(3):
        lend(SHAPE, np.int32)[:] = 1
    assert (part == 7).all()
    assert (transposed == 7).all()


def test_arrays_that_live_at_once_are_apart() -> None:
    held = [lend(SHAPE, np.int32) for _ in range(6)]
    for number, array in enumerate(held):
        array[:] = number
    assert [int(array.min()) for array in held] == list(range(6))
    assert [int(array.max()) for array in held] == list(range(6))


def test_sizes_and_types_are_those_asked_for() -> None:
    for shape, kind in (((5,), np.uint16), ((LEAST_BYTES,), np.int8), ((7, 100_001), np.int64)):
        array = lend(shape, kind)
        assert array.shape == shape
        assert array.dtype == kind
        assert array.flags.c_contiguous
        assert array.flags.writeable


def test_what_is_kept_is_bounded() -> None:
    held = [lend((KEPT_BYTES // 4,), np.uint8) for _ in range(9)]
    held.clear()
    gc.collect()
    assert sum(size * len(parts) for size, parts in lending.free.items()) <= KEPT_BYTES


def test_threads_never_share_memory() -> None:
    def use(number: int) -> bool:
        array = lend(SHAPE, np.int32)
        array[:] = number
        return bool((array == number).all())

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(use, range(400)))
