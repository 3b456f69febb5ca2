"""The command line: ``qpim``."""

from qpim_emu.cli.entry import main

__all__ = ["main"]
