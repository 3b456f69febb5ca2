"""Which kernel steps through saturating accumulators, and in how many bits.

Accumulators that provably never clip take the kernels of whole products
(`qpim_emu.engine.fast.kernels.choice`). For the others, let ``S`` be the largest sum of a block
in magnitude, and ``P`` a bound on the 32-bit sums that it is made of, with the operands as they
are streamed: ``operands of the sum * max|a - offset| * max|w|``. The first available of ``vnni8``,
``vnni16``, ``madd16`` and ``madd16_avx2`` that holds the operands, and whose groups divide the
block, is used

- with 32-bit lanes if ``2**(bits - 1) + S < 2**31``: no register can leave its lane before it is
  clipped, and sums of blocks are exact modulo 2**32;
- else with 64-bit lanes if the accumulator has at most 62 bits: the block is summed in as few
  parts as keep ``P < 2**31``.

Before ``vnni16`` takes 64-bit lanes, `LIMBS16` is asked: it has two lanes of 32 bits for each
register, and takes blocks of whole groups and of up to `WORDS` operands, registers of 17 bits or
more, and ``2**(bits - 1) + S < 2**46``. It is made of the instructions of ``vnni8`` and ``vnni16``,
and is available where both passed their self-tests.

Where none fits, `LOOPS64` takes any operands and registers. ``QPIM_KERNEL`` is tried first here
too, where it names one of these kernels; `LIMBS16` multiplies nothing else and has no such name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from qpim_emu.engine.fast.kernels.availability import is_available
from qpim_emu.engine.fast.kernels.choice import holds, offset_of, requested_kernel
from qpim_emu.engine.fast.kernels.instructions import MADD16, MADD16_AVX2, VNNI8, VNNI16
from qpim_emu.engine.fast.kernels.limb_blocks import HALF_BITS
from qpim_emu.engine.fast.kernels.limbs import LIMBS16, WORDS, limb_corrections
from qpim_emu.engine.fast.kernels.loops import LOOPS64
from qpim_emu.engine.fast.kernels.saturating import Steps

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.engine.fast.kernels.choice import Operands
    from qpim_emu.engine.fast.kernels.kernel import Kernel
    from qpim_emu.typing import IntArray

__all__ = ["Stepping", "choose_stepping"]

IN_ORDER: Final = (VNNI8, LIMBS16, VNNI16, MADD16, MADD16_AVX2)
LANE_LIMIT = 1 << 31
"""What a register and a block in a 32-bit lane stay below."""

LIMBS_LIMIT = 1 << 46
"""What they stay below in the two lanes of `LIMBS16`: ``2**16`` times what its upper one holds."""

WIDEST = 62
"""Most bits of an accumulator to which the sum of a block can be added in int64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepping:
    """A kernel, and how it forms the sum of a block.

    Attributes
    ----------
    kernel
        What multiplies.
    lanes
        Type of the lanes that registers are kept in meanwhile.
    groups, parts
        As in `Steps`.
    offset
        What to subtract from streamed operands.
    """

    kernel: Kernel
    lanes: np.dtype[Any]
    groups: int
    parts: int
    offset: int

    def steps(self, table: IntArray) -> Steps:
        """Steps for the resident vectors ``[residents, K]`` of whole blocks."""
        if self.kernel is LIMBS16:
            words = self.groups * self.kernel.group
            return Steps(limb_corrections(table, self.offset, words), self.groups, self.parts)
        words = self.groups * self.parts * (1 if self.kernel is LOOPS64 else self.kernel.group)
        sums = self.offset * table.reshape(len(table), -1, words).sum(axis=2, dtype=np.int64)
        corrections = np.zeros((sums.shape[1], self.kernel.columns(len(table))), self.lanes)
        corrections[:, : len(table)] = sums.T
        return Steps(corrections, self.groups, self.parts)


def choose_stepping(operands: Operands, register: Format) -> Stepping:
    """Choose by the rule above, for accumulators of the format `register`."""
    requested = requested_kernel()
    order = (requested, *IN_ORDER) if requested in IN_ORDER else IN_ORDER
    for kernel in () if requested is LOOPS64 else order:
        found = stepping_with(kernel, operands, register)
        if found and can_run(kernel):
            return found
    return Stepping(
        kernel=LOOPS64,
        lanes=np.dtype(np.int64),
        groups=operands.words_per_block,
        parts=1,
        offset=0,
    )


def can_run(kernel: Kernel) -> bool:
    """Whether the machine has what the kernel is made of."""
    return all(map(is_available, (VNNI8, VNNI16) if kernel is LIMBS16 else (kernel,)))


def stepping_with(kernel: Kernel, operands: Operands, register: Format) -> Stepping | None:
    """How `kernel` steps through blocks, None if the rule refuses it."""
    words = operands.words_per_block
    if words % kernel.group or not holds(kernel, operands):
        return None
    groups, offset = words // kernel.group, offset_of(kernel, operands.streamed)
    largest = (1 << (register.bits - 1)) + int(operands.block_sums.max()) * operands.largest
    if kernel is LIMBS16 and (
        largest < LANE_LIMIT
        or largest >= LIMBS_LIMIT
        or register.bits <= HALF_BITS
        or words > WORDS
    ):
        return None
    if kernel is LIMBS16 or largest < LANE_LIMIT:
        lanes, parts = 32, 1
    else:
        lanes = 64
        product = max(abs(bound - offset) for bound in operands.streamed) * max(
            abs(bound) for bound in operands.resident
        )
        fitting = [n for n in range(1, groups + 1) if groups % n == 0]
        sizes = [n for n in fitting if n * kernel.group * product < LANE_LIMIT]
        if not sizes or register.bits > WIDEST:
            return None
        parts = groups // max(sizes)
    return Stepping(
        kernel=kernel,
        lanes=np.dtype(f"int{lanes}"),
        groups=groups // parts,
        parts=parts,
        offset=offset,
    )
