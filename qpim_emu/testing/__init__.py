"""Assertions and strategies for test suites built on the emulator.

The assertions need nothing but the core dependencies; `qpim_emu.testing.strategies` needs
Hypothesis (the ``testing`` extra).
"""

from qpim_emu.testing.bit_exact import assert_bit_exact

__all__ = ["assert_bit_exact"]
