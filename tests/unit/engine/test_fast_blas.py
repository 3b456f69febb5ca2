"""Does BLAS use one thread as long as somebody wants that, and as many as before after that?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from qpim_emu.engine.fast import blas
from qpim_emu.engine.fast.blas import can_be_limited, controller, on_one_thread

pytestmark = pytest.mark.skipif(not can_be_limited(), reason="a BLAS whose threads cannot be set")


def threads() -> set[int]:
    """Threads of every BLAS that is loaded."""
    return {library["num_threads"] for library in controller().info()}


def test_one_after_another() -> None:
    before = threads()
    for _ in range(3):
        with on_one_thread():
            assert threads() == {1}
        assert threads() == before


def test_without_functions_of_blas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "settings", list)
    test_one_after_another()


def test_after_an_error() -> None:
    before = threads()
    with pytest.raises(KeyError), on_one_thread():
        raise KeyError
    assert threads() == before


@pytest.mark.parametrize("first_leaves_first", [True, False])
def test_callers_that_overlap(*, first_leaves_first: bool) -> None:
    before = threads()
    entered, left = [Event(), Event()], [Event(), Event()]
    order = (0, 1) if first_leaves_first else (1, 0)

    def caller(number: int) -> None:
        if number:
            entered[0].wait(30)
        with on_one_thread():
            assert threads() == {1}  # the other may set it back from here on
            entered[number].set()
            entered[1].wait(30)
            if number == order[1]:
                left[order[0]].wait(30)
        left[number].set()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(caller, number) for number in (0, 1)]:
            done.result(60)
    assert threads() == before
