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
    from qpim_emu.analysis.reference import reference
    from qpim_emu.arith.formats import BIPOLAR, Format, Int, UInt
    from qpim_emu.arith.window import Window
    from qpim_emu.engine.literal.lanes import Lanes
    from qpim_emu.engine.literal.vault import Vault
    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.engine.network_count import NetworkCount
    from qpim_emu.engine.observers import TraceEntry, TraceObserver
    from qpim_emu.engine.run import RunResult, Tier
    from qpim_emu.hardware.commands import Act, Drain, Mac, Mode, Pre, Rd, Ref, Wr
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.events import Observer
    from qpim_emu.hardware.presets import PAPER, TOY
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.hardware.switching import Switching
    from qpim_emu.hardware.timing import Timing
    from qpim_emu.machine import Machine
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.request import Mapping
    from qpim_emu.testing.bit_exact import assert_bit_exact
    from qpim_emu.testing.same_run import assert_same_run
    from qpim_emu.workload.accumulator import Accumulator
    from qpim_emu.workload.constant import Constant
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear, matmul
    from qpim_emu.workload.network import Network, Node, TensorType
    from qpim_emu.workload.network_file import (
        Examples,
        load_examples,
        load_network,
        save_examples,
        save_network,
    )
    from qpim_emu.workload.operations import (
        Activation,
        Add,
        AveragePool2d,
        Clamp,
        Concat,
        Flatten,
        FloatSoftmax,
        GlobalAveragePool2d,
        Lookup,
        MaxPool2d,
        Mean,
        Mul,
        Pad,
        PairLookup,
        Relu,
        Repeat,
        Rescale,
        Reshape,
        Slice,
        Softmax,
        Softmax16,
        Sub,
        Transpose,
        WideSoftmax,
        activation_limits,
    )
    from qpim_emu.workload.requantize import Requantize

__all__ = [
    "BIPOLAR",
    "PAPER",
    "TOY",
    "Accumulator",
    "Act",
    "Activation",
    "Add",
    "AveragePool2d",
    "Clamp",
    "Concat",
    "Constant",
    "Conv1d",
    "Conv2d",
    "Counters",
    "Drain",
    "Examples",
    "Flatten",
    "FloatSoftmax",
    "Format",
    "GlobalAveragePool2d",
    "Int",
    "Lanes",
    "Linear",
    "Lookup",
    "Mac",
    "Machine",
    "Mapping",
    "MaxPool2d",
    "Mean",
    "Mode",
    "Mul",
    "Network",
    "NetworkCount",
    "NetworkResult",
    "Node",
    "Observer",
    "Pad",
    "PairLookup",
    "Plan",
    "Pre",
    "Rd",
    "Ref",
    "Relu",
    "Repeat",
    "Requantize",
    "Rescale",
    "Reshape",
    "RunResult",
    "Slice",
    "Softmax",
    "Softmax16",
    "Spec",
    "Sub",
    "Switching",
    "TensorType",
    "Tier",
    "Timing",
    "TraceEntry",
    "TraceObserver",
    "Transpose",
    "UInt",
    "Vault",
    "WideSoftmax",
    "Window",
    "Wr",
    "__version__",
    "activation_limits",
    "assert_bit_exact",
    "assert_same_run",
    "errors",
    "load_examples",
    "load_network",
    "matmul",
    "reference",
    "save_examples",
    "save_network",
]

__version__ = "0.1.0"

_MODULE_OF = {
    "Accumulator": "qpim_emu.workload.accumulator",
    "Act": "qpim_emu.hardware.commands",
    "Activation": "qpim_emu.workload.operations",
    "Add": "qpim_emu.workload.operations",
    "AveragePool2d": "qpim_emu.workload.operations",
    "BIPOLAR": "qpim_emu.arith.formats",
    "Clamp": "qpim_emu.workload.operations",
    "Concat": "qpim_emu.workload.operations",
    "Constant": "qpim_emu.workload.constant",
    "Conv1d": "qpim_emu.workload.layers",
    "Conv2d": "qpim_emu.workload.layers",
    "Counters": "qpim_emu.hardware.counters",
    "Drain": "qpim_emu.hardware.commands",
    "Examples": "qpim_emu.workload.network_file",
    "Flatten": "qpim_emu.workload.operations",
    "FloatSoftmax": "qpim_emu.workload.operations",
    "Format": "qpim_emu.arith.formats",
    "GlobalAveragePool2d": "qpim_emu.workload.operations",
    "Int": "qpim_emu.arith.formats",
    "Lanes": "qpim_emu.engine.literal.lanes",
    "Linear": "qpim_emu.workload.layers",
    "Lookup": "qpim_emu.workload.operations",
    "Mac": "qpim_emu.hardware.commands",
    "Machine": "qpim_emu.machine",
    "Mapping": "qpim_emu.mapping.request",
    "MaxPool2d": "qpim_emu.workload.operations",
    "Mean": "qpim_emu.workload.operations",
    "Mode": "qpim_emu.hardware.commands",
    "Mul": "qpim_emu.workload.operations",
    "Network": "qpim_emu.workload.network",
    "NetworkCount": "qpim_emu.engine.network_count",
    "NetworkResult": "qpim_emu.engine.network",
    "Node": "qpim_emu.workload.network",
    "Observer": "qpim_emu.hardware.events",
    "PAPER": "qpim_emu.hardware.presets",
    "Pad": "qpim_emu.workload.operations",
    "PairLookup": "qpim_emu.workload.operations",
    "Plan": "qpim_emu.mapping.plan",
    "Pre": "qpim_emu.hardware.commands",
    "Rd": "qpim_emu.hardware.commands",
    "Ref": "qpim_emu.hardware.commands",
    "Relu": "qpim_emu.workload.operations",
    "Repeat": "qpim_emu.workload.operations",
    "Requantize": "qpim_emu.workload.requantize",
    "Rescale": "qpim_emu.workload.operations",
    "Reshape": "qpim_emu.workload.operations",
    "RunResult": "qpim_emu.engine.run",
    "Slice": "qpim_emu.workload.operations",
    "Softmax": "qpim_emu.workload.operations",
    "Softmax16": "qpim_emu.workload.operations",
    "Spec": "qpim_emu.hardware.spec",
    "Sub": "qpim_emu.workload.operations",
    "Switching": "qpim_emu.hardware.switching",
    "TOY": "qpim_emu.hardware.presets",
    "TensorType": "qpim_emu.workload.network",
    "Tier": "qpim_emu.engine.run",
    "Timing": "qpim_emu.hardware.timing",
    "TraceEntry": "qpim_emu.engine.observers",
    "TraceObserver": "qpim_emu.engine.observers",
    "Transpose": "qpim_emu.workload.operations",
    "UInt": "qpim_emu.arith.formats",
    "Vault": "qpim_emu.engine.literal.vault",
    "WideSoftmax": "qpim_emu.workload.operations",
    "Window": "qpim_emu.arith.window",
    "Wr": "qpim_emu.hardware.commands",
    "activation_limits": "qpim_emu.workload.operations",
    "assert_bit_exact": "qpim_emu.testing.bit_exact",
    "assert_same_run": "qpim_emu.testing.same_run",
    "load_examples": "qpim_emu.workload.network_file",
    "load_network": "qpim_emu.workload.network_file",
    "matmul": "qpim_emu.workload.layers",
    "reference": "qpim_emu.analysis.reference",
    "save_examples": "qpim_emu.workload.network_file",
    "save_network": "qpim_emu.workload.network_file",
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
