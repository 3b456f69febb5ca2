"""Do helpers do everything once, wake from sleep, and hand errors back?"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, get_ident

import pytest

from qpim_emu.engine.fast import helpers as module
from qpim_emu.engine.fast.helpers import Helper
from qpim_emu.engine.fast.threads import run_together, take_helpers, wait_for


@pytest.fixture(params=[1, module.LOOKS], ids=["sleeps at once", "stays awake"])
def helper(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Helper:
    """A helper that looks so often before it sleeps."""
    monkeypatch.setattr(module, "LOOKS", request.param)
    return Helper()


def test_things_are_done_on_another_thread(helper: Helper) -> None:
    done: list[int] = []
    begun = Event()

    def task() -> None:
        begun.set()
        done.append(get_ident())

    for number in range(200):
        begun.clear()
        helper.ask(task)
        assert begun.wait(10)
        helper.wait()
        assert len(done) == number + 1
    assert set(done) == {helper.ident}


def test_who_waits_sees_what_was_done(helper: Helper) -> None:
    begun, done = Event(), Event()

    def task() -> None:
        begun.set()
        time.sleep(0.003)
        done.set()

    for _ in range(10):
        begun.clear()
        done.clear()
        helper.ask(task)
        assert begun.wait(10)
        helper.wait()
        assert done.is_set()


def test_what_is_not_begun_is_not_done_later(helper: Helper) -> None:
    done: list[int] = []
    for number in range(500):
        helper.ask(lambda number=number: done.append(number))  # type: ignore[misc]
        helper.wait()
        before = list(done)
        if number % 50 == 0:
            time.sleep(0.002)
        assert done == before
    assert done == sorted(set(done))


def test_errors_come_back_once(helper: Helper) -> None:
    begun = Event()

    def fail() -> None:
        begun.set()
        raise KeyError

    for _ in range(20):
        begun.clear()
        helper.ask(fail)
        assert begun.wait(10)
        with pytest.raises(KeyError):
            helper.wait()
        helper.ask(lambda: None)
        helper.wait()


def test_threads_that_share_helpers_get_everything_done() -> None:
    def job(number: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        left = iter(range(7))
        run_together(lambda: found.extend((number, i) for i in left), 6)
        return sorted(found)

    with ThreadPoolExecutor(4) as threads:
        for number, found in enumerate(threads.map(job, range(300))):
            assert found == [(number, i) for i in range(7)]


def test_waiting_twice_does_no_harm(helper: Helper) -> None:
    done: list[int] = []
    helper.wait()  # for nothing
    for number in range(100):
        helper.ask(lambda number=number: done.append(number))  # type: ignore[misc]
        helper.wait()
        helper.wait()
    assert done == sorted(set(done))


def test_an_interrupted_wait_goes_on(helper: Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for may use memory that is given up once the wait is over."""
    begun, done, waits = Event(), Event(), []

    def task() -> None:
        begun.set()
        sleep(0.02)
        done.set()

    def interrupt(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) in {1, 3}:
            raise KeyboardInterrupt
        sleep(seconds)

    sleep = time.sleep
    helper.ask(task)
    assert begun.wait(10)
    monkeypatch.setattr(time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        helper.wait()
    assert done.is_set()
    assert len(waits) > 3


def test_all_threads_are_waited_for_and_given_back() -> None:
    others = [Helper() for _ in range(3)]
    done: list[int] = []

    def task(number: int) -> None:
        time.sleep(0.005 * number)
        done.append(number)
        if number != 1:
            raise ValueError(number)

    for number, other in enumerate(others):
        assert other.in_use.acquire(blocking=False)
        other.ask(lambda number=number: task(number))  # type: ignore[misc]
    time.sleep(0.03)
    with pytest.raises(ValueError, match="0"):
        wait_for(others)
    assert sorted(done) == [0, 1, 2]
    assert not any(other.in_use.locked() for other in others)


def test_who_still_works_for_somebody_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked was interrupted so early that it did not wait."""
    other = Helper()
    monkeypatch.setattr("qpim_emu.engine.fast.threads.helpers", lambda _: (other,))
    begun, may_end = Event(), Event()

    def task() -> None:
        begun.set()
        may_end.wait(10)

    other.ask(task)
    assert begun.wait(10)
    taken: list[Helper] = []
    take_helpers(taken, 1)
    assert taken == []
    may_end.set()
    other.wait()
    take_helpers(taken, 1)
    assert taken == [other]
