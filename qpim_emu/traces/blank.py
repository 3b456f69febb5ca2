"""A vault whose rows hold nothing: every rule of a vault, no data.

When a command is issued, and whether it may be, never depends on data. A blank vault is the
literal vault with banks that keep only which row is open, so that a program can be expanded
without placing an operand; its reads return zeros and its writes are forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from bitarray.util import zeros

from qpim_emu.engine.literal.bank import Bank
from qpim_emu.engine.literal.vault import Vault

if TYPE_CHECKING:
    from bitarray import bitarray

    from qpim_emu.hardware.events import Observer
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.memory.image import VaultImage

__all__ = ["BlankBank", "blank_vault"]


class BlankBank(Bank):
    """A bank without cells: every block of every row is written, and 0.

    Parameters
    ----------
    index, spec, image
        As for `Bank`; the image is never touched.
    """

    def __init__(self, index: int, spec: Spec, image: VaultImage) -> None:
        super().__init__(index, spec, image)
        self.buffer = zeros(spec.columns * spec.block_lines, endian="little")
        self.written = np.ones(spec.columns, np.bool_)

    def open(self, row: int) -> None:
        """Note the row."""
        self.row = row

    def close(self) -> None:
        """Forget the row."""
        self.row = None

    def overwrite(self, column: int, bits: bitarray) -> None:
        """Keep nothing."""


def blank_vault(spec: Spec, observer: Observer) -> Vault:
    """Make a vault of blank banks, its events told to `observer`."""
    vault = Vault(spec, observer=observer)
    vault.banks = [BlankBank(bank.index, spec, bank.image) for bank in vault.banks]
    return vault
