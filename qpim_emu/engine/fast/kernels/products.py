"""Matrix products of integers in floating-point BLAS, exact by construction.

Every partial sum of ``sum_k a_k w_k``, in whatever order and whether or not multiply and add are
fused, is an integer of magnitude at most ``B = sum_k |w_k| max|a|``. If B is at most 2**24, each
of them is a float32, and nothing is ever rounded; likewise for 2**53 and float64. Where a whole
vector has a larger bound, K is cut into pieces that each respect it, and the pieces are added
as int64, in which no total leaves its range (`SUM_LIMIT`).

Weights are transposed beforehand: where few vectors meet many of them, most of the time goes into
arranging them for the product, and BLAS takes three quarters of the time with rows that lie as the
sums do.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qpim_emu.typing import FloatArray, IntArray

__all__ = ["FLOAT32", "FLOAT64", "SUM_LIMIT", "WHOLE", "Blas", "Product", "choose"]

WHOLE = 2
"""Edges of a product that is not cut."""

SUM_LIMIT = 1 << 62
"""Bound on sums of products, so that a bias added to one is off by at most one wrap of int64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blas:
    """A BLAS routine.

    Attributes
    ----------
    dtype
        Type of its operands and sums.
    exact
        Integers of up to this magnitude are all exact in that type.
    shortest
        Fewest products a piece must keep for the kernel to be worth it.
    """

    dtype: type[np.floating[Any]]
    exact: int
    shortest: int

    @property
    def name(self) -> str:
        """As ``QPIM_KERNEL`` and ``qpim info`` call it."""
        return self.dtype.__name__


FLOAT32: Final = Blas(dtype=np.float32, exact=1 << 24, shortest=128)
FLOAT64: Final = Blas(dtype=np.float64, exact=1 << 53, shortest=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A routine, and the pieces of K that it may sum at once.

    Attributes
    ----------
    kernel
        The routine.
    edges
        Words at which pieces begin, and the end of the last.
    """

    kernel: Blas
    edges: tuple[int, ...]

    def multiply(
        self, resident: NDArray[Any], streamed: NDArray[Any], room: NDArray[Any]
    ) -> NDArray[Any]:
        """Compute ``streamed @ resident`` exactly.

        Parameters
        ----------
        resident, streamed
            Integers ``[K, residents]`` and ``[vectors, K]`` in the kernel's type, within the
            bounds the product was chosen for.
        room
            ``[vectors, residents]`` in the kernel's type, overwritten.

        Returns
        -------
        NDArray
            Integers ``[vectors, residents]``: `room`, or ``int64`` where K was cut.
        """
        total: IntArray | None = None
        for first, past in pairwise(self.edges):
            np.matmul(streamed[:, first:past], resident[first:past], out=room)
            if len(self.edges) == WHOLE:
                return room
            piece = room.astype(np.int64)
            total = piece if total is None else np.add(total, piece, out=total)
        assert total is not None  # noqa: S101 - a vector has at least one block
        return total


def choose(
    block_sums: FloatArray,
    *,
    largest: int,
    words_per_block: int,
    routines: Sequence[Blas] = (FLOAT32, FLOAT64),
) -> Product:
    """Choose the routine and the pieces for a table of resident vectors.

    Parameters
    ----------
    block_sums
        ``float64[residents, blocks]``: sum of the magnitudes of each block's operands.
    largest
        Largest magnitude of a streamed operand.
    words_per_block
        Operands in a block.
    routines
        What to choose from, fastest first; the last takes what the others refuse.

    Raises
    ------
    InputError
        If a sum of products could leave `SUM_LIMIT`; takes vectors of 2**28 operands.
    """
    sums = np.concatenate([np.zeros((len(block_sums), 1)), block_sums.cumsum(axis=1)], axis=1)
    blocks = block_sums.shape[1]
    bound = int(sums[:, -1].max()) * largest
    if bound > SUM_LIMIT:
        msg = f"sum of products must be at most {SUM_LIMIT} in magnitude, got {bound} or less"
        raise InputError(msg)
    for kernel in routines:
        if bound <= kernel.exact:
            return Product(kernel=kernel, edges=(0, blocks * words_per_block))
        pieces = max(1, -(-bound // kernel.exact))
        while pieces < 2 * blocks and blocks * words_per_block >= pieces * kernel.shortest:
            edges = np.unique(np.linspace(0, blocks, min(pieces, blocks) + 1).astype(np.int64))
            worst = int(np.diff(sums[:, edges], axis=1).max()) * largest
            if worst <= kernel.exact:
                starts = tuple(int(edge) * words_per_block for edge in edges)
                return Product(kernel=kernel, edges=starts)
            pieces *= 2
    msg = f"block must sum to at most {FLOAT64.exact} in magnitude, got a larger one"
    raise InputError(msg)
