"""Workers that compute parts of some work and give the results in order.

Standard pools either wait for what is running when they are interrupted, or for ever when a
worker is killed. Here workers are ended at once when whoever uses them stops, for whatever reason.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from qpim_emu.arith.integers import is_integer
from qpim_emu.engine.processors import processors
from qpim_emu.engine.workers.process import DONE, FAILED, PICKLE, interrupts_held, start
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from types import TracebackType
    from typing import Self, TypeAlias, TypeVar

    Common = TypeVar("Common")
    Part = TypeVar("Part")
    Result = TypeVar("Result")
    Tell: TypeAlias = Callable[[str, int], None]

__all__ = ["MOST_WORKERS", "PartFailedError", "Workers", "read_workers"]

MOST_WORKERS = 256
"""Most processes that can be asked for."""


class PartFailedError(Exception):
    """A part raised an error in its worker.

    Compute it (or all) again without workers: the error is then raised where it belongs, with
    its own traceback, and about the whole batch.
    """


def read_workers(workers: int) -> int:
    """Check a number of worker processes.

    Raises
    ------
    InputError
        If it is none in 1..`MOST_WORKERS`.
    """
    if not is_integer(workers) or not 1 <= workers <= MOST_WORKERS:
        msg = f"workers must be an integer in 1..{MOST_WORKERS}, got {workers!r}"
        raise InputError(msg)
    return workers


@dataclass(slots=True, kw_only=True, eq=False)
class Worker:
    """A worker, what it knows (`task`), and which part it computes."""

    process: SpawnProcess
    connection: Connection
    task: bytes = b""
    part: int | None = None

    def give(self, task: bytes, index: int, part: bytes) -> None:
        """Let it compute a part."""
        is_new = task is not self.task
        self.task, self.part = task, index
        self.connection.send((index, is_new))
        if is_new:
            self.connection.send_bytes(task)
        self.connection.send_bytes(part)


class Workers:
    """Processes for parts of a batch; to be used in a ``with`` block, which ends them.

    Parameters
    ----------
    count
        How many at most. There are never more than processors, which they share evenly; each
        starts when there is something to do for it.

    Attributes
    ----------
    count
        How many there may be. With 1 there is no point in using them.

    Raises
    ------
    InputError
        If `count` is no number of processes.
    """

    def __init__(self, count: int) -> None:
        self.count = min(read_workers(count), processors())
        self.crew: list[Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def results(
        self,
        function: Callable[[Common, Part, Tell], Result],
        common: Common,
        parts: Iterable[Part],
        *,
        progress: Tell | None = None,
    ) -> Iterator[Result]:
        """Call ``function(common, part, tell)`` for every part; yield the results in order.

        Parameters
        ----------
        function
            A function of a module; ``tell(name, count)`` reports progress.
        common, parts
            What is the same for all parts, sent to a worker once, and what is not. Parts are
            taken as there are workers for them.
        progress
            Called with what the functions tell.

        Raises
        ------
        InputError
            If something cannot be sent to another process, or a worker was killed.
        PartFailedError
            If `function` raised an error; raised when its result is due.
        """
        task = pickled((function, common))
        parts_left = enumerate(parts)
        finished: dict[int, tuple[str, Any]] = {}
        due = 0
        try:
            while self.feed(task, parts_left):
                for kind, index, value in self.receive():
                    if kind in {DONE, FAILED}:
                        finished[index] = kind, value
                    elif progress:
                        for name, count in value.items():
                            progress(name, count)
                while due in finished:
                    kind, value = finished.pop(due)
                    if kind == FAILED:
                        raise PartFailedError
                    yield value
                    due += 1
        finally:
            if any(worker.part is not None for worker in self.crew):
                self.end()  # somebody stopped half-way

    def feed(self, task: bytes, parts: Iterator[tuple[int, Any]]) -> bool:
        """Give parts to idle workers; whether any is busy then."""
        while (worker := self.idle()) or len(self.crew) < self.count:
            following = next(parts, None)
            if following is None:
                break
            if worker is None:
                worker = self.hire()
            try:
                worker.give(task, following[0], pickled(following[1]))
            except OSError as error:
                raise lost(worker) from error
        return any(worker.part is not None for worker in self.crew)

    def idle(self) -> Worker | None:
        """A worker that has nothing to do."""
        return next((worker for worker in self.crew if worker.part is None), None)

    def hire(self) -> Worker:
        """Start one more."""
        with interrupts_held():  # until it is known which process there is to end
            process, connection = start(max(1, processors() // self.count))
            worker = Worker(process=process, connection=connection)
            self.crew.append(worker)
        return worker

    def receive(self) -> Iterator[tuple[str, int, Any]]:
        """Wait for messages: kind, number of the part, and what goes with it."""
        busy = {one.connection: one for one in self.crew if one.part is not None}
        for connection in wait(list(busy)):
            worker = busy[connection]  # type: ignore[index] # only connections are waited for
            try:
                message = worker.connection.recv_bytes()
            except (EOFError, OSError) as error:
                raise lost(worker) from error
            kind, index, value = pickle.loads(message)  # noqa: S301 - from our own worker
            if kind in {DONE, FAILED}:
                worker.part = None
            yield kind, index, value

    def end(self) -> None:
        """End all workers, whatever they are doing."""
        crew, self.crew = self.crew, []
        for worker in crew:
            worker.process.kill()
        for worker in crew:
            worker.process.join()
            worker.process.close()
            worker.connection.close()


def pickled(something: object) -> bytes:
    """Make bytes of it.

    Raises
    ------
    InputError
        If that cannot be done.
    """
    try:
        return pickle.dumps(something, PICKLE)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        msg = f"with workers, everything must be of classes that pickle finds, got {error}"
        raise InputError(msg) from error


def lost(worker: Worker) -> InputError:
    """Say that a worker ended before its part was done."""
    worker.process.join()
    status = worker.process.exitcode
    ended = f"that signal {-status} ended" if status and status < 0 else f"with status {status}"
    return InputError(
        f"workers must live until their parts are done, got one {ended} (memory may be short: try "
        'fewer; a script that starts workers needs `if __name__ == "__main__":`)'
    )
