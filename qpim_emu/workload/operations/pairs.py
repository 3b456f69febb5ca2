"""Functions of two codes, computed once for each pair of codes where elements are many more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.typing import IntArray

__all__ = ["of_pairs"]

WORTH_IT = 4
"""Elements for each pair of codes from which on a table is quicker."""


def of_pairs(
    function: Callable[[IntArray, IntArray], IntArray], first: IntArray, second: IntArray
) -> IntArray:
    """Apply a function of arrays, element by element, to codes.

    Where tensors are much larger than the number of pairs between their smallest and largest
    codes (65536 for 8 bits), the function is applied to every such pair, and the results are
    looked up.

    Parameters
    ----------
    function
        Of two ``int64`` arrays that NumPy spreads over each other; each element of the result
        depends on its two codes alone.
    first, second
        Codes, not empty; `second` spreads over `first`.

    Examples
    --------
    >>> codes = np.array([[1, 2], [2, 1]])
    >>> of_pairs(np.subtract, np.tile(codes, 20), codes[:, :1])[:, :4]
    array([[ 0,  1,  0,  1],
           [ 0, -1,  0, -1]])
    """
    low, least = int(first.min()), int(second.min())
    rows, columns = int(first.max()) - low + 1, int(second.max()) - least + 1
    if rows * columns * WORTH_IT > first.size:
        return function(first, second)
    table = function(
        np.arange(low, low + rows)[:, None], np.arange(least, least + columns)[None, :]
    )
    places = first * columns
    places += second - (low * columns + least)
    found: IntArray = table.reshape(-1)[places]
    return found
