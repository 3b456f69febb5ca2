"""Compiling the inner loops of the vectorised tiers, with a cache where one can be written.

numba looks for a cache folder beside the source, then in the user's cache folder; where neither
can be written (a read-only installation without a home), functions are compiled once per
process instead. Modules that use this are imported when a tier first runs, never at start-up.
What is in the cache is read without making the compiler ready (`qpim_emu.engine.direct_cache`).

The cache is keyed by the file that a function is defined in. A compiled function therefore calls
compiled functions of its own file only; otherwise a change of the callee would go unnoticed.
`compiled_across` is for those that call into other files: its key covers all sources of the
fast tier and of the arithmetic below it.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "TESTED",
    "compiled",
    "compiled_across",
    "compiled_any_order",
    "keep_on_disk",
    "source_stamps",
    "stamp",
]

Function = TypeVar("Function", bound="Callable[..., object]")

TESTED = frozenset((0, minor) for minor in range(62, 69))
"""Versions of numba whose cache `qpim_emu.engine.direct_cache` was tested with."""

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


def compiled_across(function: Function) -> Function:
    """Compile like `compiled` a function that calls compiled functions of other files.

    They may lie in `engine/fast/` and `arith/`.
    """
    ready = compile_with_cache(function, fastmath=False)
    stamp(ready)
    return ready


def stamp(ready: Any) -> None:  # noqa: ANN401 - what numba made of a function
    """Have machine code on disk depend on all sources that compiled functions share.

    numba has no way to say what else a function depends on. Its cache file compares a stamp of the
    function's source with the one it was written under; ours covers the other sources too.
    """
    file = getattr(getattr(ready, "_cache", None), "_cache_file", None)
    if file is not None:  # there is a cache
        file._source_stamp = (file._source_stamp, source_stamps())  # noqa: SLF001 - as said


@cache
def source_stamps() -> tuple[tuple[str, int, int], ...]:
    """Name, time of change (ns) and bytes of every source that compiled functions share."""
    engine = Path(__file__).parent
    files = sorted([*engine.glob("fast/**/*.py"), *engine.parent.glob("arith/**/*.py")])
    found = [(file.as_posix(), file.stat()) for file in files]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)


def compile_with_cache(function: Function, *, fastmath: bool | set[str]) -> Function:
    """Compile, keeping the machine code on disk where numba finds a folder for it."""
    ready = numba.njit(nogil=True, fastmath=fastmath)(function)
    if ready is not function:  # numba was not told to compile nothing
        with suppress(RuntimeError):  # no cache folder can be written
            keep_on_disk(ready, function)
    return cast("Function", ready)


def keep_on_disk(ready: Any, function: Callable[..., object]) -> None:  # noqa: ANN401
    """Have machine code kept on disk, and read from there.

    Parameters
    ----------
    ready
        What numba made of the function; anything that has ``enable_caching``.
    function
        The function.

    Raises
    ------
    RuntimeError
        If there is no folder that can be written.
    """
    if numba.version_info.short not in TESTED:
        ready.enable_caching()
        return
    from qpim_emu.engine.direct_cache import DirectCache  # noqa: PLC0415 - of these versions only

    kept: Any = DirectCache  # numba's functions have no types
    ready._cache = kept(function)  # noqa: SLF001 - what `enable_caching` sets
