"""Does each thread get its own scratch memory again, large enough, and is what is kept bounded?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.engine.fast import rooms
from qpim_emu.engine.fast.rooms import give_rooms, room_shape, take_rooms

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = room_shape(14, 14, (np.int8, 16), (np.int32, 16))
LARGE = room_shape(28, 280, (np.int16, 512), (np.int64, 64))


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Forget what other tests gave back."""
    rooms.free.clear()
    yield
    rooms.free.clear()


def test_each_thread_gets_its_own_again() -> None:
    first = take_rooms(LARGE, 3)
    give_rooms(first)
    for count in (3, 1, 2, 3):
        again = take_rooms(SMALL, count)
        assert all(one is other for one, other in zip(again, first, strict=False))
        give_rooms(again)


def test_memory_that_is_too_small_is_replaced() -> None:
    give_rooms(take_rooms(SMALL, 2))
    found = take_rooms(LARGE, 2)
    assert all(memory is not None and memory.size >= LARGE.size for memory in found)
    give_rooms(found)
    assert len(rooms.free) == 2


def test_what_is_kept_is_bounded() -> None:
    give_rooms(take_rooms(SMALL, rooms.KEPT + 3))
    assert len(rooms.free) == rooms.KEPT


def test_no_shape_needs_no_memory() -> None:
    found = take_rooms(None, 2)
    assert found == [None, None]
    give_rooms(found)
    assert not rooms.free
