"""What counts as an integer where a user gives one: Python's and NumPy's, but no truth value."""

from __future__ import annotations

from numbers import Integral
from typing import TypeGuard

__all__ = ["is_integer"]


def is_integer(value: object) -> TypeGuard[int]:
    """Whether `value` is an integer scalar; ``int(value)`` is then exact."""
    plain = type(value) is int  # by far the most common, and quickly seen
    return plain or (isinstance(value, Integral) and not isinstance(value, bool))
