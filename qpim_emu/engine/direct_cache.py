"""Reading numba's cache without making its compiler ready for what is not in there.

Before numba looks into the cache of a function, it imports and registers all that its compiler
may need (``BaseContext.refresh``), some 0.15 s at the first call of a process. Machine code that
is read needs one thing of that, the addresses of the functions that manage memory. (The others
that become known there are for hashing texts and for threads of numba's own, which no function
here has.) Where the cache has nothing, the compiler makes itself ready (``CompilerBase``), as it
does without a cache.

None of this is documented, so it is for the versions that it was tested with; any other reads its
cache in its own way (`qpim_emu.engine.compiled`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from llvmlite import binding
from numba.core.caching import FunctionCache
from numba.core.runtime._nrt_python import c_helpers

__all__ = ["DirectCache"]


class DirectCache(FunctionCache):
    """The cache of a function, as numba keeps it."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:  # noqa: ANN401 - numba's own
        """Read the machine code for a signature; None where there is none."""
        publish_addresses()
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]


@cache
def publish_addresses() -> None:
    """Tell LLVM where numba's management of memory is, as its ``rtsys.initialize`` does."""
    for name, address in c_helpers.items():
        binding.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)
