"""Do worker processes give results in order, keep to their share, and end when they should?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from qpim_emu.engine.workers import MOST_WORKERS, PartFailedError, Workers, pool
from qpim_emu.engine.workers.process import THREADS_OF
from qpim_emu.errors import InputError
from tests.project.repository import ROOT
from tests.unit.engine.worker_tasks import (
    add,
    describe,
    die,
    fail_at,
    fail_to_pickle,
    note_and_wait,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 30  # nothing here takes as long, whatever else the machine does

NOTES = """
import signal
import sys
from pathlib import Path
from qpim_emu.engine.workers import Workers, pool
from tests.unit.engine.worker_tasks import note_and_wait

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started this may ignore it
    pool.processors = lambda: 2
    with Workers(2) as crew:
        list(crew.results(note_and_wait, Path(sys.argv[1]), [0, 1]))
"""


@pytest.fixture(autouse=True)
def many_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine has, which is another number."""
    monkeypatch.setattr(pool, "processors", lambda: 70)


@pytest.fixture(scope="module")
def crew() -> Iterator[Workers]:
    """Two workers for several tests; it takes a while to start them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "processors", lambda: 70)
        patch.setenv("MKL_NUM_THREADS", "1")
        patch.delenv("OPENBLAS_NUM_THREADS", raising=False)
        with Workers(2) as workers:
            list(workers.results(add, 0, [0, 0]))
            assert "OPENBLAS_NUM_THREADS" not in os.environ
            assert os.environ["MKL_NUM_THREADS"] == "1"
            yield workers


def is_alive(process: int) -> bool:
    """Whether there is such a process, and it is more than a name."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as state:  # noqa: PTH123 - one line
            return state.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition: Any) -> None:  # noqa: ANN401 - a function of nothing
    """Wait until something is so."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < SECONDS
        time.sleep(0.02)


def test_results_come_in_order_and_progress_adds_up(crew: Workers) -> None:
    told: list[tuple[str, int]] = []
    found = crew.results(add, 100, range(1, 9), progress=lambda *what: told.append(what))
    assert list(found) == [100 + part for part in range(1, 9)]
    assert {name for name, _ in told} == {"added"}
    assert sum(count for _, count in told) == sum(range(1, 9))
    assert list(crew.results(add, 7, [])) == []


def test_a_worker_keeps_to_its_share(crew: Workers) -> None:
    """Of the 70 processors each of two has 35, for its threads and for those of BLAS."""
    found = list(crew.results(describe, None, range(8)))
    assert len({one["process"] for one in found}) == 2
    assert os.getpid() not in {one["process"] for one in found}
    for one in found:
        assert (one["processors"], one["blas"], one["interrupt"]) == (35, "35", True)


def test_an_error_ends_the_workers_when_it_is_due() -> None:
    with Workers(2) as workers:
        found = workers.results(fail_at, 2, range(6))
        assert [next(found), next(found)] == [0, 1]
        with pytest.raises(PartFailedError):
            next(found)


def test_what_cannot_be_sent(crew: Workers) -> None:
    with pytest.raises(InputError, match="with workers, everything must be of classes that pickle"):
        next(crew.results(lambda *_: None, None, [1]))
    with pytest.raises(PartFailedError):
        next(crew.results(fail_to_pickle, None, [1]))
    assert list(crew.results(add, 1, [1])) == [2]  # as if nothing had been


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("how", "ended"), [(signal.SIGKILL, "one that signal 9 ended"), (0, "one with status 3")]
)
def test_a_worker_that_dies_is_one_message(how: int, ended: str) -> None:
    with Workers(1) as workers:
        message = f"^workers must live until their parts are done, got {ended} [(]memory may be"
        with pytest.raises(InputError, match=message):
            next(workers.results(die, how, [1]))


def test_there_are_no_more_than_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Workers(MOST_WORKERS).count == 70
    monkeypatch.setattr(pool, "processors", lambda: 1)
    assert Workers(MOST_WORKERS).count == 1


@pytest.mark.parametrize("count", [0, -1, MOST_WORKERS + 1, 10**30, 1.0, "2", True, None])
def test_bad_numbers_are_refused(count: Any) -> None:  # noqa: ANN401 - on purpose
    with pytest.raises(InputError, match=r"^workers must be an integer in 1\.\.256, got "):
        Workers(count)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes of Linux")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    """Interrupted, as a terminal does it to the whole group, or killed without a word."""
    script = tmp_path / "script.py"
    script.write_text(NOTES)
    notes = tmp_path / "notes"
    notes.mkdir()
    parent = subprocess.Popen(
        [sys.executable, script, notes],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: len(list(notes.glob("*.pid"))) == 2)
    said = [note.read_text().split() for note in notes.iterdir()]
    assert [is_deaf for _, is_deaf in said] == ["True", "True"]
    workers = [int(process) for process, _ in said]
    assert all(map(is_alive, workers))
    if how == signal.SIGINT:
        os.killpg(parent.pid, how)
    else:
        parent.kill()
    errors = parent.communicate(timeout=SECONDS)[1]
    wait_for(lambda: not any(map(is_alive, workers)))
    assert errors.count("Traceback") == (how == signal.SIGINT)  # the parent's own


def test_variables_are_known_by_name() -> None:
    assert sorted(THREADS_OF) == list(THREADS_OF)


def test_nobody_waits_for_work_that_nobody_wants(tmp_path: Path) -> None:
    """Leaving the block ends workers in the middle of a part."""
    with Workers(1) as workers:
        workers.feed(pool.pickled((note_and_wait, tmp_path)), enumerate([0]))
        wait_for((tmp_path / "0.pid").exists)
    assert workers.crew == []
