"""Is every target of speed met on this machine?

``python -m tests.benchmarks.bench [group ...]``: all comparisons, or those named. Each group runs
its competitors in turn, round by round, after all of them ran once; ratios are medians of the
ratios within rounds, times are medians. Peaks of the machine are probed first, and again in the
rounds of what is told as a share of them. What exactly each competitor does is in the module of
its group. The last line tells how much of the machine other processes took meanwhile.
"""

from __future__ import annotations

import gc
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.benchmarks import (
    conv,
    floats,
    memory,
    mobilenet,
    resnet,
    startup,
    stepping,
    tiny,
    wide,
)
from tests.benchmarks.neighbours import Neighbours
from tests.benchmarks.peaks import THREADS, peaks
from tests.benchmarks.rows import HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.benchmarks.rows import Row

GROUPS: Final[dict[str, Callable[[], Iterable[Row]]]] = {
    "resnet1": partial(resnet.rows, 1),
    "resnet8": partial(resnet.rows, 8),
    "floats": floats.rows,
    "wide": wide.rows,
    "saturating": stepping.rows,
    "mobilenet": mobilenet.rows,
    "tiny": tiny.rows,
    "conv": conv.rows,
    "memory": memory.rows,
    "startup": startup.rows,
}


def main(*names: str) -> None:
    """Run groups and print their rows as they come."""
    unknown = set(names) - GROUPS.keys()
    if unknown:
        sys.exit(f"group must be one of {', '.join(GROUPS)}, got {', '.join(sorted(unknown))}")
    begun, neighbours = time.perf_counter(), Neighbours()
    for name, rate in peaks().items():
        print(f"peak of {name}: {rate:.0f} GMAC/s on {THREADS} threads")  # noqa: T201
    print(f"\n{HEADER}", flush=True)  # noqa: T201
    for name in names or GROUPS:
        for row in GROUPS[name]():
            print(row, flush=True)  # noqa: T201
        gc.collect()
    taken, others = time.perf_counter() - begun, neighbours.share()
    print(f"\n{taken:.0f} s; other processes took {others:.0f} % of the processors")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
