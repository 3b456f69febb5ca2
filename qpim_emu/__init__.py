"""Bit-accurate functional emulator of the Quant-PIM processing-in-memory accelerator.

The names below are the public interface. They load on first use (PEP 562), so that importing
`qpim_emu` costs nothing that the caller does not need.

A new public name takes three lines: one in `__all__`, one in `_MODULE_OF`, and an import for
type checkers. ``tests/project/test_exported_members.py`` says which one is missing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from qpim_emu import errors

if TYPE_CHECKING:
    from qpim_emu.arith.formats import BIPOLAR, Format, Int, UInt
    from qpim_emu.arith.window import Window

__all__ = [
    "BIPOLAR",
    "Format",
    "Int",
    "UInt",
    "Window",
    "__version__",
    "errors",
]

__version__ = "0.1.0"

_MODULE_OF = {
    "BIPOLAR": "qpim_emu.arith.formats",
    "Format": "qpim_emu.arith.formats",
    "Int": "qpim_emu.arith.formats",
    "UInt": "qpim_emu.arith.formats",
    "Window": "qpim_emu.arith.window",
}
"""Where each lazily loaded public name is defined."""

if not TYPE_CHECKING:  # a type checker that saw these would accept every misspelt name

    def __getattr__(name: str) -> object:
        """Load a public name from its module and keep it for the next time."""
        if name not in _MODULE_OF:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value = getattr(import_module(_MODULE_OF[name]), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """List the public names along with what is loaded."""
        return sorted({*globals(), *__all__})
