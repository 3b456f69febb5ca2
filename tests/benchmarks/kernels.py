"""How fast are the kernels, beside what the machine could do and what others make of it?

``python -m tests.benchmarks.kernels [rounds]``: every kernel this machine has multiplies the same
shape, `VECTORS` streamed vectors of `DEPTH` operands with `RESIDENTS` resident ones, its threads
sharing the vectors; beside it BLAS and the integer loops of NumPy, and ``torch._int_mm`` where
torch is installed. Then saturating accumulators, clipped after every block of 16, beside NumPy
doing the same; and depthwise sums. All are called in turn, with pauses in which threads of BLAS
stop spinning. Shares are medians over the best of the peaks (`tests.benchmarks.peaks`), ratios to
BLAS in float64 are medians of the rounds' ratios.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from importlib import import_module
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.arith.formats import Encoding, Format
from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.availability import is_available
from qpim_emu.engine.fast.kernels.choice import KERNELS, Operands
from qpim_emu.engine.fast.kernels.depthwise import multiply_lanes
from qpim_emu.engine.fast.kernels.kernel import Kernel
from qpim_emu.engine.fast.kernels.multiply import multiply, saturate
from qpim_emu.engine.fast.kernels.saturating import Registers
from qpim_emu.engine.fast.kernels.stepping_rule import choose_stepping
from tests.benchmarks.peaks import MACS_OF_STEP, STEPS, THREADS, probes, run_on_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

VECTORS, DEPTH, RESIDENTS = 96 * 8, 1152, 128
REPEATS = 12
MACS = VECTORS * DEPTH * RESIDENTS * REPEATS
TILE = 96
WORDS = 16
TAPS = 9
LANE_REPEATS = 64
FEW = 48
"""Vectors for what takes long."""
ROUNDS = 7
PAUSE_S = 0.05
PEAK_OF = {
    "vnni8": "vpdpbusd",
    "vnni16": "vpdpwssd",
    "bytes64": "vpdpbusd",
    "float32": "float32",
    "float64": "float64",
}


class Case(NamedTuple):
    """Something to time: takes seconds for so many multiply-accumulates."""

    run: Callable[[], float]
    macs: int


@compiled_across
def multiply_tiles(panels: Any, tile: NDArray[Any], sums: NDArray[Any]) -> None:  # noqa: ANN401
    """Multiply tile by tile, as the fast tier does, several times over."""
    for _ in range(REPEATS):
        for first in range(0, tile.shape[0], TILE):
            past = min(first + TILE, tile.shape[0])
            multiply(panels, tile[first:past], sums[first:past])


@compiled_across
def repeat_lanes(table: NDArray[Any], tile: NDArray[Any], sums: NDArray[Any]) -> None:
    """Sum per lane, several times over."""
    for _ in range(REPEATS * LANE_REPEATS):
        multiply_lanes(table, tile, sums)


def compiled_case(kernel: Kernel) -> Case:
    """A kernel on all threads."""
    rng = np.random.default_rng(0)
    tile = rng.integers(0, 100, (VECTORS, kernel.depth(DEPTH))).astype(kernel.streamed)
    panels = kernel.pack(rng.integers(-100, 100, (RESIDENTS, DEPTH)))
    sums = np.empty((VECTORS, kernel.columns(RESIDENTS)), kernel.sums)
    shares = list(zip(np.array_split(tile, THREADS), np.array_split(sums, THREADS), strict=True))
    return Case(lambda: run_on_threads(lambda share: multiply_tiles(panels, *share), shares), MACS)


def timed(function: Callable[[], object], macs: int) -> Case:
    """A function that uses what threads it likes."""

    def run() -> float:
        begun = time.perf_counter()
        function()
        return time.perf_counter() - begun

    return Case(run, macs)


def lanes_case() -> Case:
    """Depthwise sums of nine taps on all threads, 16 lanes at a time."""
    rng = np.random.default_rng(0)
    table = rng.integers(-100, 100, (1, TAPS, WORDS)).astype(np.int16)
    tile = rng.integers(0, 100, (VECTORS, TAPS * WORDS)).astype(np.int16)
    sums = np.empty((VECTORS, WORDS), np.int32)
    shares = list(zip(np.array_split(tile, THREADS), np.array_split(sums, THREADS), strict=True))
    macs = VECTORS * TAPS * WORDS * REPEATS * LANE_REPEATS
    return Case(lambda: run_on_threads(lambda share: repeat_lanes(table, *share), shares), macs)


def stepping_case(most: int, bits: int) -> Case:
    """Saturating accumulators of `bits` bits for operands of up to `most`, on all threads."""
    rng = np.random.default_rng(0)
    streamed = rng.integers(0, most, (VECTORS, DEPTH))
    resident = rng.integers(-most, most, (RESIDENTS, DEPTH))
    block_sums = np.abs(resident).reshape(RESIDENTS, -1, WORDS).sum(axis=2).astype(np.float64)
    operands = Operands(
        streamed=(0, most),
        resident=(-most, most),
        block_sums=block_sums,
        words_per_block=WORDS,
    )
    register = Format(bits, Encoding.SIGNED)
    stepping = choose_stepping(operands, register)
    panels, steps = stepping.kernel.pack(resident), stepping.steps(resident)
    state = np.zeros((2, VECTORS, stepping.kernel.columns(RESIDENTS)), np.int64)
    tiles = np.array_split(streamed.astype(stepping.kernel.streamed), THREADS)
    shares = list(zip(tiles, np.array_split(state, THREADS, axis=1), strict=True))

    def step(share: Any) -> None:  # noqa: ANN401
        tile, (values, clips) = share
        registers = Registers(values, clips, register.min, register.max)
        for _ in range(REPEATS):
            saturate(panels, tile, registers, steps)

    step(shares[0])
    return Case(lambda: run_on_threads(step, shares), MACS)


def numpy_stepping_case(most: int, bits: int) -> Case:
    """The same in NumPy: all outputs at once, block by block."""
    rng = np.random.default_rng(0)
    streamed = rng.integers(0, most, (FEW, DEPTH)).astype(np.float64)
    resident = rng.integers(-most, most, (RESIDENTS, DEPTH)).astype(np.float64)
    register = Format(bits, Encoding.SIGNED)

    def step() -> None:
        values = np.zeros((FEW, RESIDENTS), np.int64)
        clips = np.zeros_like(values)
        for first in range(0, DEPTH, WORDS):
            block = slice(first, first + WORDS)
            totals = values + (streamed[:, block] @ resident[:, block].T).astype(np.int64)
            values = np.clip(totals, register.min, register.max)
            clips += totals != values

    return timed(step, FEW * DEPTH * RESIDENTS)


def library_cases() -> dict[str, Case]:
    """Products of NumPy and, where installed, torch."""
    rng = np.random.default_rng(0)
    streamed = rng.integers(0, 100, (VECTORS, DEPTH))
    resident = rng.integers(-100, 100, (RESIDENTS, DEPTH))
    single = streamed.astype(np.float32), resident.T.astype(np.float32)
    double = streamed.astype(np.float64), resident.T.astype(np.float64)
    few = streamed[:FEW]
    found = {
        "float32": timed(lambda: np.matmul(*single), MACS // REPEATS),
        "float64": timed(lambda: np.matmul(*double), MACS // REPEATS),
        "numpy int64 @": timed(lambda: few @ resident.T, FEW * DEPTH * RESIDENTS),
    }
    try:
        torch = import_module("torch")
    except ImportError:
        return found
    octets = [torch.from_numpy(part.astype(np.int8)) for part in (streamed, resident.T)]
    found["torch._int_mm"] = timed(lambda: torch._int_mm(*octets), MACS // REPEATS)  # noqa: SLF001 - its one name
    return found


def peak_cases() -> dict[str, Case]:
    """What instructions alone reach."""
    return {
        f"peak {name}": Case(
            partial(run_on_threads, probe, [STEPS] * THREADS),
            MACS_OF_STEP[name] * STEPS * THREADS,
        )
        for name, probe in probes().items()
    }


def all_cases() -> dict[str, Case]:
    """Everything that is timed, ready to run."""
    kernels = [kernel for kernel in KERNELS if isinstance(kernel, Kernel)]
    return {
        **{kernel.name: compiled_case(kernel) for kernel in kernels if is_available(kernel)},
        **library_cases(),
        "saturating, 8 bits into 20": stepping_case(127, 20),
        "numpy, 8 bits into 20": numpy_stepping_case(127, 20),
        "saturating, 16 bits into 40": stepping_case(32767, 40),
        "numpy, 16 bits into 40": numpy_stepping_case(32767, 40),
        "per lane, 9 taps": lanes_case(),
    }


def main(rounds: int = ROUNDS) -> None:
    """Take the times and print rates, shares of the peaks, and ratios to BLAS in float64."""
    cases = {**peak_cases(), **all_cases()}
    rates: dict[str, list[float]] = {name: [] for name in cases}
    for taken in range(rounds + 1):  # the first warms up
        for name, case in cases.items():
            time.sleep(PAUSE_S)
            seconds = case.run()
            if taken:
                rates[name].append(case.macs / seconds / 1e9)
    print(f"GMAC/s, {THREADS} threads{'':11} best  median  of peak  x float64")  # noqa: T201
    for name, found in rates.items():
        best, rate = max(found), median(found)
        share = f"{rate / max(rates['peak ' + PEAK_OF[name]]):.0%}" if name in PEAK_OF else ""
        ratio = median(a / b for a, b in zip(found, rates["float64"], strict=True))
        print(f"{name:28} {best:6.1f}  {rate:6.1f}  {share:>7}  {ratio:9.2f}")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
