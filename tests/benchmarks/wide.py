"""Products of wider operands beside BLAS in float64, the shapes those of ResNet-18's layers.

Kernels alone on both sides: operands unfolded beforehand, sums written to memory that exists.

``10 bits``
    Signed operands on both sides; every sum fits int32.
``16 bits, wrap-32``
    Sums are wanted modulo 2**32, as by accumulators of 32 bits that wrap.
``16 bits``
    Exact int64 sums.
``float64 BLAS``
    ``np.matmul`` of the same operands as float64, exact for all of these.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks.bare import bare, call_all, products_of
from tests.benchmarks.floats import forced
from tests.benchmarks.peaks import peak_entrants
from tests.benchmarks.race import Entrant, race
from tests.benchmarks.resnet import steps_of
from tests.benchmarks.rows import Bound, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.bare import Products
    from tests.benchmarks.rows import Row

__all__ = ["rows"]

ROUNDS = 7
INTO_32 = Target(bound=Bound.LEAST, value=3)
INTO_64 = Target(bound=Bound.LEAST, value=1.5)
TARGETS = {
    "10 bits into int32": INTO_32,
    "16 bits, wrap-32": INTO_32,
    "16 bits into int64": INTO_64,
}


def entrant(parts: Sequence[Products]) -> Entrant:
    """All products, one after another."""
    functions = [bare(part) for part in parts]
    return Entrant(partial(call_all, functions), sum(part.macs for part in parts))


def rows() -> Iterator[Row]:
    """Compare."""
    parts = [products_of(step) for step in steps_of(1)]
    words = [replace(part, bits=16) for part in parts]
    entrants = {
        "10 bits into int32": entrant([replace(part, bits=10) for part in parts]),
        "16 bits, wrap-32": entrant([replace(part, modulo_bits=32) for part in words]),
        "16 bits into int64": entrant(words),
    }
    with forced("float64"):
        entrants["float64 BLAS"] = entrant(words)
    entrants |= peak_entrants("vpdpwssd", "float64")
    found = race(entrants, rounds=ROUNDS)
    for name, target in TARGETS.items():
        yield found.row(f"ResNet-18 products, {name}, speed", name, "float64 BLAS", target)
