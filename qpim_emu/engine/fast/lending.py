"""Memory for results, lent: what nobody holds any more is used again.

Memory that is new to a process is cleared by the system page by page when it is first touched,
which takes longer than what most layers do to it. An array's memory comes back when the last view
of it is gone.
"""

from __future__ import annotations

import math
from ctypes import c_char
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.fast.kernels.records import address_of

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["lend"]

LEAST_BYTES = 1 << 16
"""Smaller arrays are left to the allocator."""

KEPT_BYTES = 1 << 26
"""Most memory that is kept for later."""

STEP_BITS = 4
"""Sizes have so many bits that count: memory is at most an eighth larger than asked for."""


class Kept(NamedTuple):
    """Memory, and its address."""

    memory: NDArray[np.uint8]
    address: int


free: dict[int, list[Kept]] = {}
"""Memory that nobody holds, by its bytes."""


@lru_cache(maxsize=1024)
def loan_of(size: int) -> Any:  # noqa: ANN401 - a type of ctypes
    """Make the type of memory on loan, of so many bytes; NumPy's views of it keep it alive.

    Nothing that NumPy makes an array of is made more quickly than an array of ctypes.
    """

    class Loan(c_char * size):  # type: ignore[misc] # a type made here
        """Memory on loan."""

        __slots__ = ("kept",)
        kept: Kept

        def __del__(self) -> None:
            if hasattr(self, "kept"):  # else it was interrupted before it began
                give_back(self.kept)

    return Loan


def give_back(kept: Kept, free: dict[int, list[Kept]] = free) -> None:
    """Keep memory for later; sizes that came first are dropped where there is too much of all.

    This may happen at any time in any thread: no step relies on the one before.
    """
    size = kept.memory.nbytes
    try:
        free[size].append(kept)
    except KeyError:
        free.setdefault(size, []).append(kept)
    sizes = tuple(free.items())
    held = 0
    for size, parts in sizes:
        held += size * len(parts)
    for size, parts in sizes:
        if held <= KEPT_BYTES:
            return
        held -= size * len(parts)
        free.pop(size, None)


def lend(shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
    """Lend an array that holds anything.

    Parameters
    ----------
    shape, kind
        Of the array.
    """
    size, element = size_of(shape, kind)  # type: ignore[arg-type] # what is passed is hashable
    if size < LEAST_BYTES:
        return np.empty(shape, element)
    kept = take(size)
    loan = loan_of(size).from_address(kept.address)
    loan.kept = kept
    return np.ndarray(shape, element, loan)


@lru_cache(maxsize=1024)
def size_of(shape: tuple[int, ...], kind: DTypeLike) -> tuple[int, np.dtype[Any]]:
    """Bytes to lend for an array, and its type."""
    element = np.dtype(kind)
    return rounded(math.prod(shape) * element.itemsize), element


def rounded(size: int) -> int:
    """Round a number of bytes up, so that memory of about that size will do."""
    step = 1 << max(0, size.bit_length() - STEP_BITS)
    return -(-size // step) * step


def take(size: int) -> Kept:
    """Take free memory of exactly so many bytes, or new memory."""
    try:
        return free[size].pop()
    except (KeyError, IndexError):
        memory = np.empty(size, np.uint8)
        return Kept(memory, address_of(memory))
