"""Do threads that fill memory together wait for each other, and take every share once?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba import types

from qpim_emu.engine.callbacks import compiled_callback
from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.atomic import look_at, put_atomically
from qpim_emu.engine.fast.kernels.filling import Filler
from qpim_emu.engine.fast.kernels.records import address_of
from qpim_emu.engine.fast.kernels.sharing import fill_all, new_state, next_share
from qpim_emu.engine.fast.work import work_of

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.sharing import Work
    from qpim_emu.typing import IntArray

PARTS = 40
SLOW = 50_000_000
"""Looks of the first part, some 50 ms."""

carray: Any = numba.carray  # type: ignore[attr-defined]
pointers_to: Any = types.CPointer


def fill_slowly(pointer: Any, part: int) -> None:  # noqa: ANN401
    """Fill a part; the first one takes long."""
    context = carray(pointer, (2 * PARTS,))
    if part == 0:
        for _ in range(SLOW):
            if look_at(context, 0) != 1:
                break
    context[PARTS + part] = 7 + part
    put_atomically(context, part, 0)


@compiled_across
def take_all(work: Work, taken: IntArray) -> None:
    """Count how often each share is taken."""
    share = next_share(work)
    while share >= 0:
        taken[share] += 1
        share = next_share(work)


def test_nobody_goes_on_before_all_is_filled() -> None:
    signature = types.void(pointers_to(types.int64), types.int64)
    function = compiled_callback(fill_slowly, signature).address

    def fill_and_look(filler: Filler, state: IntArray, filled: IntArray) -> list[int]:
        fill_all(filler, state)
        return [int(part) for part in filled]

    for _ in range(5):
        context = np.repeat([1, 0], PARTS)
        filler = Filler(function, address_of(context), context[:PARTS])
        state, filled = new_state(), context[PARTS:]
        with ThreadPoolExecutor(3) as threads:
            found = [threads.submit(fill_and_look, filler, state, filled) for _ in range(3)]
            assert [one.result(60) for one in found] == [list(range(7, 7 + PARTS))] * 3


def test_every_share_is_taken_once() -> None:
    shares = [(i, i + 1) for i in range(2000)]
    for _ in range(20):
        work = work_of(shares)._replace(state=new_state())
        taken = np.zeros(len(shares), np.int64)
        with ThreadPoolExecutor(3) as threads:
            for done in [threads.submit(take_all, work, taken) for _ in range(3)]:
                done.result(60)
        assert (taken == 1).all()
