"""The bank image: packed words of the modelled memory."""

from qpim_emu.memory.image import BankImage, VaultImage

__all__ = ["BankImage", "VaultImage"]
