"""What a kernel of integer products is: its types, its shape, and the packed resident table.

A kernel computes ``sums[v, r] = sum_k tile[v, k] * table[r, k]``. Resident vectors are packed once
per layer into *panels*: ``width`` residents side by side, ``group`` operands of each at a time,
in the order in which the inner loop reads them. Each kernel has a tuple type of its own for its
panels, so that a compiled function that gets panels is compiled for their kernel, and cached.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import DTypeLike, NDArray

    from qpim_emu.typing import IntArray

__all__ = ["LINE", "LOW_OFFSET", "Kernel", "Panels", "aligned"]

LINE = 64
"""Bytes of a line of the cache, and of the widest vector."""

LOW_OFFSET = 128
"""What is subtracted from the low byte of a resident word, so that it is signed."""


class Panels(Protocol):
    """A packed resident table; every kernel has its own named tuple.

    Attributes
    ----------
    table
        ``[panels, depth / group, slices, width, group]``, in an order that suits the kernel.
    """

    @property
    def table(self) -> NDArray[Any]:
        """The packed operands."""
        ...  # pragma: no cover


@compiled
def pack_slices(rows: NDArray[np.int16], packed: NDArray[np.int8]) -> None:
    """Write signed bytes l and h of words, with ``word = 256*h + l + LOW_OFFSET``."""
    _, steps, _, width, group = packed.shape
    for r in range(packed.shape[0] * width):
        panel, lane = r // width, r % width
        for step in range(steps):
            for g in range(group):
                word = rows[r, step * group + g] if r < rows.shape[0] else np.int16(0)
                packed[panel, step, 0, lane, g] = (word & 255) - LOW_OFFSET
                packed[panel, step, 1, lane, g] = word >> 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A kernel, as data.

    Attributes
    ----------
    name
        As ``QPIM_KERNEL`` and ``qpim info`` call it.
    panels
        Type of its packed resident table, a named tuple of one field ``table``.
    streamed, resident
        Types of its operands. Every value of the type is allowed.
    sums
        Type of its sums. They are exact modulo 2 to the width of this type, at any depth: an
        exact sum within the type's range is therefore delivered as it is, whatever happens on
        the way.
    group
        Operands of a vector multiplied at once: depths are rounded up to a multiple.
    width
        Resident vectors side by side: their number is rounded up to a multiple.
    slices
        Vectors of bytes that groups are cut into, 1 if they are not.
    cut
        Cuts rows of operands into ``[panels, depth / group, slices, width, group]``.
    features
        Processor features it needs, as LLVM names them; empty for one that runs anywhere.
    """

    name: str
    panels: type[Any]
    streamed: np.dtype[Any]
    resident: np.dtype[Any]
    sums: np.dtype[Any]
    group: int
    width: int
    slices: int = 1
    cut: Callable[[NDArray[np.int16], NDArray[np.int8]], None] = pack_slices
    features: tuple[str, ...] = ()

    def depth(self, operands: int) -> int:
        """Columns of a tile for vectors of `operands` operands; those beyond are zero."""
        return -(-operands // self.group) * self.group

    def columns(self, residents: int) -> int:
        """Columns of the sums for `residents` vectors; those beyond mean nothing."""
        return -(-residents // self.width) * self.width

    def pack(self, table: IntArray) -> Any:  # noqa: ANN401 - the kernel's own tuple type
        """Pack resident vectors ``[residents, K]``, whose values fit `resident`.

        Fastest for C-contiguous tables of that type whose K is a multiple of `group`.
        """
        residents, operands = table.shape
        panels, depth = self.columns(residents) // self.width, self.depth(operands)
        rows = np.ascontiguousarray(table, self.resident)
        if operands < depth:
            rows = np.zeros((residents, depth), self.resident)
            rows[:, :operands] = table
        kind = self.resident if self.slices == 1 else np.dtype(np.int8)
        packed = aligned((panels, depth // self.group, self.slices, self.width, self.group), kind)
        if self.slices > 1:
            self.cut(rows, packed)
        elif self.width > 1:
            pack_groups(rows.view(np.uint32), packed.view(np.uint32)[:, :, 0, :, 0])
        else:
            packed.reshape(rows.shape)[:] = rows
        return self.panels(packed)


@compiled
def pack_groups(rows: NDArray[np.uint32], packed: NDArray[np.uint32]) -> None:
    """Write groups of four bytes, ``[residents, steps]``, as ``[panels, steps, width]``.

    Residents that there are not come out 0.
    """
    width = packed.shape[2]
    for panel in range(packed.shape[0]):
        first = panel * width
        last = min(width, rows.shape[0] - first)
        for step in range(rows.shape[1]):
            for lane in range(last):
                packed[panel, step, lane] = rows[first + lane, step]
            for lane in range(last, width):
                packed[panel, step, lane] = 0


def aligned(shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
    """Memory that begins at a line of the cache, so that vectors need not lie across two.

    As many bytes as such a line has lie behind it; all is 0.
    """
    size = math.prod(shape) * np.dtype(kind).itemsize
    room = np.zeros(size + 2 * LINE, np.uint8)
    first = -room.__array_interface__["data"][0] % LINE
    return room[first : first + size].view(kind).reshape(shape)
