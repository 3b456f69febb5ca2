"""Compiled functions that compiled code calls by their address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
from numba.core.ccallback import CFunc

from qpim_emu.engine.compiled import keep_on_disk, source_stamps

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compiled_callback"]


def compiled_callback(function: Callable[..., None], signature: Any) -> Any:  # noqa: ANN401
    """Compile a function of pointers and numbers; its ``address`` can be called.

    It may call compiled functions of any file in `engine/fast/` and `arith/`, and is kept on disk
    as those of `qpim_emu.engine.compiled.compiled_across` are.

    Parameters
    ----------
    function
        The function; it must not raise anything.
    signature
        Of numba.
    """
    options = {"nopython": True}
    ready: Any = CFunc(
        function, (signature.args, signature.return_type), locals={}, options=options
    )
    try:
        keep_on_disk(ready, function)
    except RuntimeError:  # no cache folder can be written
        return numba.cfunc(signature)(function)
    file = ready._cache._cache_file  # noqa: SLF001 - as in compiled_across
    file._source_stamp = (file._source_stamp, source_stamps())  # noqa: SLF001
    ready.compile()
    return ready
