"""Compiled functions that compiled code calls by their address."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from numba.core.ccallback import CFunc

from qpim_emu.engine.compiled import keep_on_disk, stamp

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
        The function. What it raises is lost, but for a line on standard error: who calls it must
        find out otherwise whether it did what it should.
    signature
        Of numba.
    """
    options = {"nopython": True}
    ready: Any = CFunc(
        function, (signature.args, signature.return_type), locals={}, options=options
    )
    with suppress(RuntimeError):  # no cache folder can be written
        keep_on_disk(ready, function)
        stamp(ready)
    ready.compile()
    return ready
