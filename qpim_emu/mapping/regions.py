"""Regions of a vault: consecutive blocks that start at column 0 of bank 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import CapacityError

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec

__all__ = ["Regions"]


class Regions:
    """Hands out stripe-aligned regions of one vault in ascending addresses."""

    def __init__(self, spec: Spec, vault: int) -> None:
        self.vault = vault
        self.stripe, self.capacity = spec.stripe, spec.blocks
        self.used = 0

    def take(self, blocks: int) -> int:
        """Reserve `blocks` blocks and return the address of the first.

        Raises
        ------
        CapacityError
            If the vault is full.
        """
        base = self.used
        stripes = -(-blocks // self.stripe)
        self.used += stripes * self.stripe
        if self.used > self.capacity:
            msg = (
                f"layer must fit into {self.capacity} blocks of vault {self.vault}, "
                f"got {self.used} or more"
            )
            raise CapacityError(msg)
        return base
