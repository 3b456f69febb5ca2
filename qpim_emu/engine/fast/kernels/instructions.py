"""The vector instructions that products are made of, as data, and their kernels.

The instructions multiply *groups*: each 32-bit lane of a vector holds 4 bytes or 2 words, and the
products of a lane's group are added to the lane's 32-bit sum.

=========== ==================== =========================== =============================
kernel      instruction          streamed x resident         source
=========== ==================== =========================== =============================
vnni8       VPDPBUSD, 512 bits   unsigned x signed bytes     Intel SDM vol. 2, AVX512_VNNI
vnni16      VPDPWSSD, 512 bits   signed words                Intel SDM vol. 2, AVX512_VNNI
madd16      VPMADDWD and VPADDD  signed words                Intel SDM vol. 2, AVX512BW
madd16_avx2 the same, 256 bits   signed words                Intel SDM vol. 2, AVX2
bytes64     VPDPBUSD, 512 bits   unsigned x signed words     the same, byte by byte
=========== ==================== =========================== =============================

None of them saturates (their relatives VPDPBUSDS, VPDPWSSDS and VPMADDUBSW do): all sums wrap at
32 bits. So sums are exact modulo 2**32 at any depth. That covers the one product that leaves
int32 before it is added, the pair (-32768)**2 + (-32768)**2 = 2**31 of VPMADDWD: the instruction
yields -2**31, which is the same modulo 2**32.

`BYTES64` multiplies words exactly, in slices: with ``a = 256*ah + al`` and
``w = 256*wh + wl + 128``, where al and ah are unsigned bytes, wl and wh signed ones,

    sum a*w = 2**16 * sum ah*wh + 2**8 * sum (ah*wl + al*wh) + sum al*wl + 128 * sum a

Each of the three sums of byte products stays in int32 over a stretch of K of up to 2**15
operands, as 2 * 255 * 128 * 2**15 < 2**31; stretches are added in int64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from qpim_emu.engine.fast.kernels.kernel import Kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "BYTES64",
    "GROUP_BYTES",
    "INSTRUCTIONS",
    "MADD16",
    "MADD16_AVX2",
    "VNNI8",
    "VNNI16",
    "Instruction",
]

GROUP_BYTES = 4
"""Bytes of a lane: of its sum, and of the group of operands multiplied into it."""


class Vnni8(NamedTuple):
    """Panels of `VNNI8`."""

    table: NDArray[np.int8]


class Vnni16(NamedTuple):
    """Panels of `VNNI16`."""

    table: NDArray[np.int16]


class Madd16(NamedTuple):
    """Panels of `MADD16`."""

    table: NDArray[np.int16]


class Madd16Avx2(NamedTuple):
    """Panels of `MADD16_AVX2`."""

    table: NDArray[np.int16]


class Bytes64(NamedTuple):
    """Panels of `BYTES64`, slices side by side."""

    table: NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """A vector instruction, and how many sums its inner loop keeps in registers.

    Attributes
    ----------
    name
        If it adds, its name in assembly, else that of LLVM's function for it. (LLVM knows
        VPDPWSSD too, but prefers to make VPMADDWD and VPADDD of it, which takes twice as long.)
    lanes
        Sums in a vector.
    bits
        Width of an operand; a lane holds ``32 / bits`` of them.
    adds
        Whether it adds to the sums itself; otherwise an addition follows.
    vectors
        Vectors of resident operands in a panel: each streamed group is used that often.
    slices
        Bytes that an operand is cut into; 1 if it is not.
    rows
        Streamed vectors taken at once: most, fewer, ..., one. Their sums (of each place of
        slices), the resident operands and a broadcast one fit the processor's 32 (AVX2: 16)
        registers. Ten sums and more keep its multipliers busy. The usual images have rows of a
        multiple of 7 pixels.
    """

    name: str
    lanes: int
    bits: int
    adds: bool = True
    vectors: int = 2
    slices: int = 1
    rows: tuple[int, int, int, int] = (14, 7, 3, 1)

    @property
    def group(self) -> int:
        """Operands of a lane."""
        return 8 * GROUP_BYTES // self.bits


INSTRUCTIONS: Final[dict[type[object], Instruction]] = {
    Vnni8: Instruction(name="vpdpbusd", lanes=16, bits=8),
    Vnni16: Instruction(name="vpdpwssd", lanes=16, bits=16),
    Madd16: Instruction(
        name="llvm.x86.avx512.pmaddw.d.512", lanes=16, bits=16, adds=False, rows=(12, 7, 3, 1)
    ),
    Madd16Avx2: Instruction(
        name="llvm.x86.avx2.pmadd.wd", lanes=8, bits=16, adds=False, rows=(5, 3, 2, 1)
    ),
    Bytes64: Instruction(name="vpdpbusd", lanes=16, bits=8, slices=2, rows=(4, 3, 2, 1)),
}


def kernel_of(
    name: str,
    panels: type[object],
    *,
    operands: tuple[type[np.integer], type[np.integer]],
    features: tuple[str, ...],
) -> Kernel:
    """Describe the kernel of an instruction; operands are the streamed and the resident type."""
    instruction = INSTRUCTIONS[panels]
    streamed, resident = map(np.dtype, operands)
    return Kernel(
        name=name,
        panels=panels,
        streamed=streamed,
        resident=resident,
        sums=np.dtype(np.int32 if instruction.slices == 1 else np.int64),
        group=instruction.group,
        width=instruction.vectors * instruction.lanes,
        slices=instruction.slices,
        features=features,
    )


VNNI = ("avx512f", "avx512vnni")

VNNI8: Final = kernel_of("vnni8", Vnni8, operands=(np.uint8, np.int8), features=VNNI)
VNNI16: Final = kernel_of("vnni16", Vnni16, operands=(np.int16, np.int16), features=VNNI)
MADD16: Final = kernel_of(
    "madd16", Madd16, operands=(np.int16, np.int16), features=("avx512f", "avx512bw")
)
MADD16_AVX2: Final = kernel_of(
    "madd16_avx2", Madd16Avx2, operands=(np.int16, np.int16), features=("avx2",)
)
BYTES64: Final = kernel_of("bytes64", Bytes64, operands=(np.uint16, np.int16), features=VNNI)
