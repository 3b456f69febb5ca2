"""Mode ``multithreshold``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.fast.kernels.requantize.unit import Coded

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.requantize.unit import Constants
    from qpim_emu.engine.fast.kernels.values import Values

__all__ = ["Multithreshold"]


class Multithreshold(Coded):
    """``multithreshold``."""

    __slots__ = ()
    names = ("addend",)

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Count the thresholds that the total reaches."""
        return c.reached(total) + c.like(total, "addend")
