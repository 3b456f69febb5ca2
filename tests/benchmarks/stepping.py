"""Saturating accumulators, clipped after every block of 16 products, beside NumPy doing the same.

The kernels alone, on all threads, operands unfolded beforehand: sums and clipped additions are
counted in memory that exists. NumPy takes few vectors at a time, so that its arrays stay in the
nearest caches:

``NumPy stepping``
    As one writes it: a float64 product of each block, its exact sums added as int64 and clipped
    (``np.clip``), and the clips counted.
``NumPy in place``
    The same with registers in float64, which is exact to 53 bits, blocks cut out beforehand, and
    every result written to memory that exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding, Format
from qpim_emu.engine.fast.kernels.choice import Operands
from qpim_emu.engine.fast.kernels.multiply import saturate
from qpim_emu.engine.fast.kernels.saturating import Registers
from qpim_emu.engine.fast.kernels.stepping_rule import choose_stepping
from qpim_emu.engine.fast.threads import run_together, shares_of
from tests.benchmarks.race import Entrant, race
from tests.benchmarks.rows import Bound, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.rows import Row

__all__ = ["CASES", "entrants", "rows"]

VECTORS, DEPTH, RESIDENTS = 96 * 8, 1152, 128
FEW = 48
WORDS = 16
REPEATS = 12
ROUNDS = 7
CASES = {"8 bits into 24": (127, 24), "16 bits into 40": (32767, 40)}
TARGET = Target(bound=Bound.LEAST, value=15)


def compiled_steps(most: int, bits: int) -> Callable[[], None]:
    """The fast tier's kernel, for operands of up to `most` and registers of `bits` bits."""
    rng = np.random.default_rng(0)
    streamed = rng.integers(0, most, (VECTORS, DEPTH))
    resident = rng.integers(-most, most, (RESIDENTS, DEPTH))
    operands = Operands(
        streamed=(0, most),
        resident=(-most, most),
        block_sums=np.abs(resident).reshape(RESIDENTS, -1, WORDS).sum(axis=2).astype(np.float64),
        words_per_block=WORDS,
    )
    register = Format(bits, Encoding.SIGNED)
    stepping = choose_stepping(operands, register)
    panels, steps = stepping.kernel.pack(resident), stepping.steps(resident)
    tiles = streamed.astype(stepping.kernel.streamed)
    values, clips = np.zeros((2, VECTORS, stepping.kernel.columns(RESIDENTS)), np.int64)

    shares = shares_of(VECTORS, VECTORS * DEPTH * RESIDENTS, grain=WORDS)

    def run() -> None:
        left = iter(shares)

        def take_shares() -> None:
            for part in left:
                rows = slice(*part)
                registers: Any = Registers(values[rows], clips[rows], register.min, register.max)
                for _ in range(REPEATS):
                    saturate(panels, tiles[rows], registers, steps)

        run_together(take_shares, len(shares) - 1)

    return run


def numpy_steps(most: int, bits: int) -> Callable[[], None]:
    """The same in NumPy: all outputs of a few vectors at once, block by block."""
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

    return step


def numpy_steps_in_place(most: int, bits: int) -> Callable[[], None]:
    """The same without conversions and new arrays."""
    rng = np.random.default_rng(0)
    streamed = rng.integers(0, most, (FEW, DEPTH // WORDS, WORDS)).astype(np.float64)
    resident = rng.integers(-most, most, (RESIDENTS, DEPTH // WORDS, WORDS)).astype(np.float64)
    blocks = list(
        zip(
            np.ascontiguousarray(streamed.transpose(1, 0, 2)),
            np.ascontiguousarray(resident.transpose(1, 2, 0)),
            strict=True,
        )
    )
    register = Format(bits, Encoding.SIGNED)
    low, high = float(register.min), float(register.max)
    totals, values = np.empty((2, FEW, RESIDENTS))
    clips, clipped = np.empty(totals.shape, np.int64), np.empty(totals.shape, np.bool_)

    def step() -> None:
        values[:], clips[:] = 0, 0
        for left, right in blocks:
            np.matmul(left, right, out=totals)
            np.add(totals, values, out=totals)
            np.clip(totals, low, high, out=values)
            np.not_equal(totals, values, out=clipped)
            np.add(clips, clipped, out=clips)

    return step


def entrants(case: str) -> dict[str, Entrant]:
    """The competitors of one of `CASES`."""
    most, bits = CASES[case]
    macs, few = VECTORS * DEPTH * RESIDENTS * REPEATS, FEW * DEPTH * RESIDENTS
    return {
        "saturating": Entrant(compiled_steps(most, bits), macs),
        "NumPy stepping": Entrant(numpy_steps(most, bits), few),
        "NumPy in place": Entrant(numpy_steps_in_place(most, bits), few),
    }


def rows() -> Iterator[Row]:
    """Compare."""
    for case in CASES:
        found = race(entrants(case), rounds=ROUNDS)
        name = f"saturating, {case}, speed"
        yield found.row(name, "saturating", "NumPy stepping", TARGET)
        yield found.row(name, "saturating", "NumPy in place", Bound.LEAST)
