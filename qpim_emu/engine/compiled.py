"""Compiling the inner loops of the vectorised tiers, with a cache where one can be written.

numba looks for a cache folder beside the source, then in the user's cache folder; where neither
can be written (a read-only installation without a home), functions are compiled once per
process instead. Modules that use this are imported when a tier first runs, never at start-up.

The cache is keyed by the file that a function is defined in. A compiled function therefore calls
compiled functions of its own file only; otherwise a change of the callee would go unnoticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compiled", "compiled_any_order"]

Function = TypeVar("Function", bound="Callable[..., object]")

ANY_ORDER = {"reassoc", "contract", "nsz"}
"""What the compiler may do to floating-point sums whose every partial sum is proven exact."""


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays; it runs without the interpreter's lock."""
    return compile_with_cache(function, fastmath=False)


def compiled_any_order(function: Function) -> Function:
    """Compile like `compiled`, letting sums be formed in any order (vectorised).

    Only for functions whose docstring bounds every partial sum below the exact range.
    """
    return compile_with_cache(function, fastmath=ANY_ORDER)


def compile_with_cache(function: Function, *, fastmath: bool | set[str]) -> Function:
    """Compile, keeping the machine code on disk where numba finds a folder for it."""
    try:
        ready = numba.njit(cache=True, nogil=True, fastmath=fastmath)(function)
    except RuntimeError:  # no cache folder can be written
        ready = numba.njit(nogil=True, fastmath=fastmath)(function)
    return cast("Function", ready)
