"""The simulators these tests need, and how to do without them."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

__all__ = ["needs_cocotb", "needs_iverilog", "needs_verilator"]

needs_iverilog = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="Icarus Verilog (iverilog) is not installed"
)
needs_verilator = pytest.mark.skipif(
    shutil.which("verilator") is None, reason="Verilator (verilator) is not installed"
)
needs_cocotb = pytest.mark.skipif(
    importlib.util.find_spec("cocotb") is None, reason="cocotb is not installed"
)
