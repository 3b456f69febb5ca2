"""Whether this machine can be trusted with a kernel: its processor, and a test at first use.

A kernel is available where LLVM compiles for a processor with the features it needs, and where
it multiplies extreme operands exactly. Byte products of some engines saturate half-way, silently,
which neither small operands nor ones of one sign and size show: 255 x -128 and 127 x 127 do.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.fast.kernels.multiply import multiply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.kernel import Kernel
    from qpim_emu.typing import IntArray

__all__ = ["is_available", "is_exact", "missing_features", "reason"]

VECTORS, RESIDENTS, DEPTH = 17, 37, 530
"""Of the test: blocks of every size, panels and steps that are not full."""


@cache
def compiled_features() -> frozenset[str]:
    """Features of the processor that functions are compiled for, as LLVM names them.

    Not those of the processor at hand where numba was told otherwise (``NUMBA_CPU_NAME``).
    """
    from numba.core.registry import cpu_target  # noqa: PLC0415 - sets the compiler up

    *_, features = cpu_target.target_context.codegen().magic_tuple()
    return frozenset(name[1:] for name in features.split(",") if name.startswith("+"))


def missing_features(kernel: Kernel) -> tuple[str, ...]:
    """Features that `kernel` needs and the processor lacks."""
    return tuple(name for name in kernel.features if name not in compiled_features())


def is_available(kernel: Kernel) -> bool:
    """Whether the processor has what `kernel` needs, and its products are exact."""
    return not missing_features(kernel) and is_exact(kernel)


def reason(kernel: Kernel) -> str:
    """Why `kernel` is available or not, for people."""
    missing = missing_features(kernel)
    if missing:
        return f"not available: no {', '.join(missing)}"
    return "exact in its self-test" if is_exact(kernel) else "NOT USED: wrong in its self-test"


@cache
def is_exact(kernel: Kernel) -> bool:
    """Multiply adversarial operands, once per process, and compare with integers of NumPy.

    Only for kernels of which no feature is missing: compiling others ends the process.
    """
    for streamed, resident in adversaries(kernel):
        tile = np.zeros((VECTORS, kernel.depth(DEPTH)), kernel.streamed)
        tile[:, :DEPTH] = streamed
        sums = np.empty((VECTORS, kernel.columns(RESIDENTS)), kernel.sums)
        multiply(kernel.pack(resident), tile, sums)
        expected = (streamed.astype(np.int64) @ resident.T).astype(kernel.sums)  # wraps as they do
        if not np.array_equal(sums[:, :RESIDENTS], expected):
            return False
    return True


def adversaries(kernel: Kernel) -> Iterator[tuple[IntArray, IntArray]]:
    """Streamed and resident operands: each extreme with each, extremes mixed, anything."""
    rng = np.random.default_rng(0)
    left, right = extremes(kernel.streamed), extremes(kernel.resident)
    shapes = (VECTORS, DEPTH), (RESIDENTS, DEPTH)
    for one in left:
        for other in right:
            yield np.full(shapes[0], one), np.full(shapes[1], other)
    yield rng.choice(left, shapes[0]), rng.choice(right, shapes[1])
    yield (
        rng.integers(left[0], left[-1] + 1, shapes[0]),
        rng.integers(right[0], right[-1] + 1, shapes[1]),
    )


def extremes(kind: np.dtype[np.integer]) -> NDArray[np.int64]:
    """Least value of a type, the largest that a signed one of its width has, and its largest."""
    limits = np.iinfo(kind)
    return np.unique([limits.min, (1 << (limits.bits - 1)) - 1, limits.max])
