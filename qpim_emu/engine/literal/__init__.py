"""The literal tier: bits in row buffers, one command at a time, Python integers.

Its modules load when it first executes something: the fast tier needs none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpim_emu.engine.literal.operation import execute_operation
    from qpim_emu.engine.literal.tier import execute

__all__ = ["execute", "execute_operation"]

if not TYPE_CHECKING:  # a type checker that saw this would accept every misspelt name

    def __getattr__(name: str) -> object:
        """Load what executes, and keep it for the next time."""
        if name not in __all__:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        from qpim_emu.engine.literal.operation import execute_operation  # noqa: PLC0415 - as said
        from qpim_emu.engine.literal.tier import execute  # noqa: PLC0415 - as said

        globals().update(execute=execute, execute_operation=execute_operation)
        return globals()[name]
