"""Integers that gather at the ends of their range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["cornered", "filterwise"]


def cornered(low: int, high: int, *, also: Iterable[int] = ()) -> st.SearchStrategy[int]:
    """Integers of ``low..high``, both included, half of them at a corner.

    Parameters
    ----------
    low, high
        The range.
    also
        Further corners; those outside the range are left out. The ends, their neighbours and
        -1, 0 and 1 always are corners.
    """
    near = (0, 1, -1, low, high, low + 1, high - 1, *also)
    corners = list(dict.fromkeys(value for value in near if low <= value <= high))
    return st.sampled_from(corners) | st.integers(low, high)


def filterwise(values: st.SearchStrategy[Any], filters: int) -> st.SearchStrategy[Any]:
    """Draw one value for all filters, or a list of one for each."""
    return values | st.lists(values, min_size=filters, max_size=filters)
