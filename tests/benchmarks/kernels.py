"""How fast are the kernels, beside what the machine could do and what NumPy makes of it?

``python -m tests.benchmarks.kernels [rounds]``: every kernel this machine has multiplies the same
shape, `VECTORS` streamed vectors of `DEPTH` operands with `RESIDENTS` resident ones, which stay in
the caches, its threads sharing the vectors; beside it BLAS and the integer loops of NumPy, and
saturating accumulators and depthwise sums. Shares are medians over the best of the peaks
(`tests.benchmarks.peaks`), ratios to BLAS in float64 are medians of the rounds' ratios.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.availability import is_available
from qpim_emu.engine.fast.kernels.choice import KERNELS
from qpim_emu.engine.fast.kernels.depthwise import multiply_lanes
from qpim_emu.engine.fast.kernels.kernel import Kernel
from qpim_emu.engine.fast.kernels.multiply import multiply
from qpim_emu.engine.fast.threads import run_together, shares_of
from tests.benchmarks import stepping
from tests.benchmarks.peaks import MACS_OF_STEP, peak_entrants
from tests.benchmarks.race import Entrant, race

if TYPE_CHECKING:
    from numpy.typing import NDArray

VECTORS, DEPTH, RESIDENTS = 96 * 8, 1152, 128
MACS = VECTORS * DEPTH * RESIDENTS
REPEATS = 12
TILE = 96
WORDS = 16
TAPS = 9
LANE_REPEATS = 768
FEW = 48
"""Vectors for what takes long."""
ROUNDS = 7
PEAK_OF = {
    "vnni8": "vpdpbusd",
    "vnni16": "vpdpwssd",
    "bytes64": "vpdpbusd",
    "float32": "float32",
    "float64": "float64",
}


@compiled_across
def multiply_again(panels: Any, tile: NDArray[Any], sums: NDArray[Any]) -> None:  # noqa: ANN401
    """Multiply tile by tile, as the fast tier does, several times over."""
    for _ in range(REPEATS):
        for first in range(0, tile.shape[0], TILE):
            past = min(first + TILE, tile.shape[0])
            multiply(panels, tile[first:past], sums[first:past])


@compiled_across
def sum_lanes_again(table: NDArray[Any], tile: NDArray[Any], sums: NDArray[Any]) -> None:
    """Sum per lane, several times over."""
    for _ in range(LANE_REPEATS):
        multiply_lanes(table, tile, sums)


def shared(function: Any, table: Any, tile: NDArray[Any], sums: NDArray[Any]) -> Entrant:  # noqa: ANN401
    """A compiled function whose vectors are shared out to all threads."""

    def run() -> None:
        left = iter(shares)

        def take_shares() -> None:
            for part in left:
                function(table, tile[slice(*part)], sums[slice(*part)])

        run_together(take_shares, len(shares) - 1)

    lanes = function is sum_lanes_again
    macs = VECTORS * TAPS * WORDS * LANE_REPEATS if lanes else MACS * REPEATS
    shares = shares_of(VECTORS, macs, grain=TILE)
    return Entrant(run, macs)


def compiled_products(kernel: Kernel) -> Entrant:
    """A kernel."""
    rng = np.random.default_rng(0)
    tile = rng.integers(0, 100, (VECTORS, kernel.depth(DEPTH))).astype(kernel.streamed)
    panels = kernel.pack(rng.integers(-100, 100, (RESIDENTS, DEPTH)))
    sums = np.empty((VECTORS, kernel.columns(RESIDENTS)), kernel.sums)
    return shared(multiply_again, panels, tile, sums)


def compiled_lanes() -> Entrant:
    """Depthwise sums of nine taps, 16 lanes at a time."""
    rng = np.random.default_rng(0)
    table = rng.integers(-100, 100, (1, TAPS, WORDS)).astype(np.int16)
    tile = rng.integers(0, 100, (VECTORS, TAPS * WORDS)).astype(np.int16)
    return shared(sum_lanes_again, table, tile, np.empty((VECTORS, WORDS), np.int32))


def numpy_products() -> dict[str, Entrant]:
    """Products of NumPy."""
    rng = np.random.default_rng(0)
    streamed = rng.integers(0, 100, (VECTORS, DEPTH))
    resident = rng.integers(-100, 100, (RESIDENTS, DEPTH))
    single = streamed.astype(np.float32), resident.T.astype(np.float32)
    double = streamed.astype(np.float64), resident.T.astype(np.float64)
    few = streamed[:FEW]
    return {
        "float32": Entrant(lambda: np.matmul(*single), MACS),
        "float64": Entrant(lambda: np.matmul(*double), MACS),
        "numpy int64 @": Entrant(lambda: few @ resident.T, FEW * DEPTH * RESIDENTS),
    }


def all_entrants() -> dict[str, Entrant]:
    """Everything that is timed, ready to run."""
    kernels = [kernel for kernel in KERNELS if isinstance(kernel, Kernel)]
    return {
        **peak_entrants(*MACS_OF_STEP),
        **{kernel.name: compiled_products(kernel) for kernel in kernels if is_available(kernel)},
        **numpy_products(),
        **{
            f"{who}, {case}": entrant
            for case in stepping.CASES
            for who, entrant in stepping.entrants(case).items()
        },
        "per lane, 9 taps": compiled_lanes(),
    }


def main(rounds: int = ROUNDS) -> None:
    """Take the times and print rates, shares of the peaks, and ratios to BLAS in float64."""
    found = race(all_entrants(), rounds=rounds)
    print(f"GMAC/s{'':24} best  median  of peak  x float64")  # noqa: T201
    for name in found.seconds:
        peak = f"peak {PEAK_OF.get(name)}"
        share = f"{found.share(name, peak):.0f}%" if peak in found.seconds else ""
        best, rate, ratio = found.best_rate(name), found.rate(name), found.speed(name, "float64")
        print(f"{name:29} {best:6.1f}  {rate:6.1f}  {share:>7}  {ratio:9.2f}")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
