"""Assertions, strategies and searches for test suites built on the emulator.

The assertions need nothing but the core dependencies; `qpim_emu.testing.strategies` and
`qpim_emu.testing.implementation` need Hypothesis (the ``testing`` extra).
"""

from qpim_emu.testing.bit_exact import assert_bit_exact
from qpim_emu.testing.same_run import assert_same_run
from qpim_emu.testing.tiers import assert_tiers_agree

__all__ = ["assert_bit_exact", "assert_same_run", "assert_tiers_agree"]
