"""The fast tier: vectorised over the same bank image, masks and walks as the literal one.

Operations beside the lanes load when the first one runs: layers need nothing of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.fast.tier import execute, place, run

if TYPE_CHECKING:
    from qpim_emu.engine.fast.operation import execute_operation, run_operation

__all__ = ["execute", "execute_operation", "place", "run", "run_operation"]

if not TYPE_CHECKING:  # a type checker that saw this would accept every misspelt name

    def __getattr__(name: str) -> object:
        """Load what executes operations, and keep it for the next time."""
        if name not in __all__:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        from qpim_emu.engine.fast.operation import (  # noqa: PLC0415 - as said
            execute_operation,
            run_operation,
        )

        globals().update(execute_operation=execute_operation, run_operation=run_operation)
        return globals()[name]
