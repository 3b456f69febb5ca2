"""Accumulator registers: wrap, saturate or trap, one addition at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.workload.accumulator import Overflow

if TYPE_CHECKING:
    from qpim_emu.workload.accumulator import Accumulator

__all__ = ["Register"]


class Register:
    """One accumulator.

    Parameters
    ----------
    accumulator
        Width and policy.
    start
        The bias it starts at.

    Attributes
    ----------
    value
        Contents of the register.
    total
        Exact sum of everything added, the bias included.
    """

    __slots__ = ("format", "policy", "total", "value")

    def __init__(self, accumulator: Accumulator, start: int) -> None:
        self.format = accumulator.format
        self.policy = accumulator.overflow
        self.value = self.total = start

    def add(self, amount: int) -> bool:
        """Add `amount`; return whether the addition was clipped."""
        self.total += amount
        exact = self.value + amount
        if self.format.contains(exact):
            self.value = exact
            return False
        saturates = self.policy is Overflow.SATURATE
        self.value = self.format.saturate(exact) if saturates else self.format.wrap(exact)
        return saturates

    @property
    def overflowed(self) -> bool:
        """Whether the exact total lies outside the format, where the policy counts that."""
        return self.policy is not Overflow.SATURATE and not self.format.contains(self.total)
