"""Memory for results, lent: what nobody holds any more is used again.

Memory that is new to a process is cleared by the system page by page when it is first touched,
which takes longer than what most layers do to it. An array's memory comes back when the last view
of it is gone.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["lend"]

LEAST_BYTES = 1 << 16
"""Smaller arrays are left to the allocator."""

KEPT_BYTES = 1 << 26
"""Most memory that is kept for later."""

STEP_BITS = 4
"""Sizes have so many bits that count: memory is at most an eighth larger than asked for."""

free: dict[int, list[NDArray[np.uint8]]] = {}
"""Memory that nobody holds, by its bytes."""


class Loan:
    """Memory on loan; NumPy's views of it keep it alive."""

    __slots__ = ("__array_interface__", "memory")

    def __init__(self, memory: NDArray[np.uint8], shape: tuple[int, ...], kind: str) -> None:
        self.memory = memory
        address = memory.__array_interface__["data"]
        self.__array_interface__ = {"data": address, "shape": shape, "typestr": kind, "version": 3}

    def __del__(self) -> None:
        if hasattr(self, "memory"):  # else it was interrupted before it began
            give_back(self.memory)


def give_back(memory: NDArray[np.uint8], free: dict[int, list[NDArray[np.uint8]]] = free) -> None:
    """Keep memory for later; sizes that came first are dropped where there is too much of all.

    This may happen at any time in any thread: no step relies on the one before.
    """
    free.setdefault(memory.nbytes, []).append(memory)
    kept = tuple(free.items())
    held = sum(size * len(parts) for size, parts in kept)
    for size, parts in kept:
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
    return np.asarray(Loan(take(size), shape, element))


@lru_cache(maxsize=1024)
def size_of(shape: tuple[int, ...], kind: DTypeLike) -> tuple[int, str]:
    """Bytes to lend for an array, and its type as NumPy writes it."""
    element = np.dtype(kind)
    return rounded(math.prod(shape) * element.itemsize), element.str


def rounded(size: int) -> int:
    """Round a number of bytes up, so that memory of about that size will do."""
    step = 1 << max(0, size.bit_length() - STEP_BITS)
    return -(-size // step) * step


def take(size: int) -> NDArray[np.uint8]:
    """Take free memory of exactly so many bytes, or new memory."""
    try:
        return free[size].pop()
    except (KeyError, IndexError):
        return np.empty(size, np.uint8)
