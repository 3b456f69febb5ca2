"""Which kernel multiplies a layer: one rule, from what is known of its operands.

Let the streamed operands lie in ``low..high``, and let ``B = max over residents of sum|w|`` times
the largest magnitude of a streamed operand, so that no sum exceeds B. The first available kernel
of this list whose line holds is used:

================= ================ ================= =======================================
kernel            ``high - low``   every ``w`` in    bound
================= ================ ================= =======================================
``vnni8``         at most 255      -128..127         B < 2**31
``vnni16``        at most 65535    -32768..32767     B < 2**31
``bytes64``       at most 65535    -32768..32767     B <= 2**62
``madd16``        at most 65535    -32768..32767     B < 2**31
``madd16_avx2``   at most 65535    -32768..32767     B < 2**31
``float32``       any              any               B <= 2**24, or of each long piece of K
``float64``       any              any               B <= 2**53, or of each piece of K
================= ================ ================= =======================================

``loops32`` (as ``vnni16``) and ``loops64`` (``high - low`` and ``w`` of up to 32 bits, B <= 2**62)
run anywhere and are used on request only: BLAS is faster.

A kernel with ``n``-bit sums is exact modulo ``2**n`` at any depth (`Kernel.sums`), so the bound on
the exact sum is all there is to prove; where sums are wanted modulo ``2**n`` only, as by
accumulators of at most n bits that wrap, B may be anything. Operands that do not lie in the
kernel's streamed type are moved there: it multiplies ``a - offset``, and
``sum a*w = sum (a - offset)*w + offset * sum w``, modulo ``2**n`` as well (`offset_of`,
`corrections`).

``QPIM_KERNEL`` names the kernel to try first, whatever the machine would choose. Where its line
does not hold, the list decides.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from qpim_emu.engine.fast.kernels.availability import is_available, missing_features
from qpim_emu.engine.fast.kernels.instructions import BYTES64, MADD16, MADD16_AVX2, VNNI8, VNNI16
from qpim_emu.engine.fast.kernels.loops import LOOPS32, LOOPS64
from qpim_emu.engine.fast.kernels.products import FLOAT32, FLOAT64, SUM_LIMIT, Blas, choose
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.kernel import Kernel
    from qpim_emu.engine.fast.kernels.products import Product
    from qpim_emu.typing import FloatArray, IntArray

__all__ = [
    "IN_ORDER",
    "KERNELS",
    "VARIABLE",
    "Operands",
    "choose_kernel",
    "corrections",
    "holds",
    "is_allowed",
    "offset_of",
    "requested_kernel",
]

VARIABLE: Final = "QPIM_KERNEL"

IN_ORDER: Final[tuple[Kernel | Blas, ...]] = (
    VNNI8,
    VNNI16,
    BYTES64,
    MADD16,
    MADD16_AVX2,
    FLOAT32,
    FLOAT64,
)
"""Kernels in the order of the rule."""

KERNELS: Final[tuple[Kernel | Blas, ...]] = (*IN_ORDER, LOOPS32, LOOPS64)
"""All kernels, by whose names one can be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operands:
    """What is known of the operands of a product.

    Attributes
    ----------
    streamed
        Least and largest streamed operand that can occur.
    resident
        Least and largest resident operand.
    block_sums
        ``float64[residents, blocks]``: sum of the magnitudes of each block's resident operands.
    words_per_block
        Operands in a block.
    modulo_bits
        If not None, sums are wanted modulo 2 to this power only.
    """

    streamed: tuple[int, int]
    resident: tuple[int, int]
    block_sums: FloatArray
    words_per_block: int
    modulo_bits: int | None = None

    @property
    def largest(self) -> int:
        """Largest magnitude of a streamed operand."""
        return max(abs(bound) for bound in self.streamed)

    @property
    def bound(self) -> int:
        """B: no sum of products is larger in magnitude."""
        return int(self.block_sums.sum(axis=1).max()) * self.largest


def choose_kernel(operands: Operands) -> Kernel | Product:
    """Choose by the rule above: a compiled kernel, or BLAS with the pieces of K it may sum.

    Raises
    ------
    InputError
        If ``QPIM_KERNEL`` names no kernel that this machine can run, or a sum of products could
        leave `SUM_LIMIT`.
    """
    requested = requested_kernel()
    routines = (FLOAT64,) if requested is FLOAT64 else (FLOAT32, FLOAT64)
    for kernel in (requested, *IN_ORDER) if requested else IN_ORDER:
        if isinstance(kernel, Blas):
            break
        if is_allowed(kernel, operands) and is_available(kernel):
            return kernel
    return choose(
        operands.block_sums,
        largest=operands.largest,
        words_per_block=operands.words_per_block,
        routines=routines,
    )


def requested_kernel() -> Kernel | Blas | None:
    """The kernel that ``QPIM_KERNEL`` names, None where it is not set.

    Raises
    ------
    InputError
        If it names none, or one that this machine cannot run.
    """
    name = os.environ.get(VARIABLE)
    if not name:
        return None
    found = {kernel.name: kernel for kernel in KERNELS}.get(name)
    if found is None:
        names = ", ".join(kernel.name for kernel in KERNELS)
        msg = f"{VARIABLE} must be one of {names}, got {name!r}"
        raise InputError(msg)
    if not isinstance(found, Blas) and not is_available(found):
        missing = ", ".join(missing_features(found)) or "exact products"
        msg = f"{VARIABLE} must name a kernel this machine can run, got {name!r} (no {missing})"
        raise InputError(msg)
    return found


def holds(kernel: Kernel, operands: Operands) -> bool:
    """Whether the operands fit the kernel's types, moved by an offset where they are streamed."""
    streamed, resident = np.iinfo(kernel.streamed), np.iinfo(kernel.resident)
    low, high = operands.streamed
    if high - low > streamed.max - streamed.min:
        return False
    return bool(resident.min <= operands.resident[0] <= operands.resident[1] <= resident.max)


def is_allowed(kernel: Kernel, operands: Operands) -> bool:
    """Whether `kernel` computes what is wanted exactly."""
    if not holds(kernel, operands):
        return False
    bits = np.iinfo(kernel.sums).bits
    if operands.modulo_bits is not None and operands.modulo_bits <= bits:
        return True
    return operands.bound < min(1 << (bits - 1), SUM_LIMIT + 1)


def offset_of(kernel: Kernel, streamed: tuple[int, int]) -> int:
    """What to subtract from streamed operands so that they fit the kernel's type: 0 if they do."""
    limits, (low, high) = np.iinfo(kernel.streamed), streamed
    return 0 if limits.min <= low and high <= limits.max else low - int(limits.min)


def corrections(table: IntArray, offset: int) -> IntArray:
    """What to add to the sums of residents ``[residents, K]`` where `offset` was subtracted.

    ``int64[residents]``, exact: operands of 17 bits, offsets of 17 bits and vectors of up to
    2**28 operands stay below 2**62.
    """
    sums: IntArray = table.sum(axis=1, dtype=np.int64)
    return offset * sums
