"""ResNet-18's convolutions where BLAS multiplies, as on machines without integer kernels.

``QPIM_KERNEL`` asks for ``float32``. *Bare* are the same calls of ``np.matmul``, one for each piece
of K that sums exactly, on float32 operands unfolded beforehand; pieces are not added up.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from qpim_emu.engine.fast.kernels.choice import VARIABLE
from tests.benchmarks.bare import bare, call_all, products_of
from tests.benchmarks.peaks import peak_entrants
from tests.benchmarks.race import Entrant, race
from tests.benchmarks.resnet import steps_of
from tests.benchmarks.rows import Bound, Target
from tests.benchmarks.stacks import emulate, macs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.rows import Row

__all__ = ["forced", "rows"]

ROUNDS = 5
BATCHES = 1, 8
TARGET = Target(bound=Bound.MOST, value=1.25)


@contextmanager
def forced(kernel: str) -> Iterator[None]:
    """Ask for a kernel meanwhile."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = kernel
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def rows() -> Iterator[Row]:
    """Compare at each size of the batch."""
    for batch in BATCHES:
        with forced("float32"):
            yield compare(batch)


def compare(batch: int) -> Row:
    """Compare at one size of the batch."""
    steps = steps_of(batch)
    functions = [bare(products_of(step)) for step in steps]
    entrants = {
        "emulated": Entrant(partial(emulate, steps), macs_of(steps)),
        "bare": Entrant(partial(call_all, functions), macs_of(steps)),
        **peak_entrants("float32"),
    }
    name = f"ResNet-18 stack, batch {batch}, float32 BLAS, emulated"
    return race(entrants, rounds=ROUNDS).row(name, "emulated", "bare", TARGET)
