"""What the kinds of nodes in a network file are called, and the classes they are.

A new operation takes one line in `KINDS`. Its parameters are the fields of its dataclass, of the
types that `qpim_emu.workload.network_file.values` describes; a type that its module imports for
type checkers only must be in `NAMES`.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from qpim_emu.arith.formats import Encoding, Format
from qpim_emu.arith.interpolation import TableFloat
from qpim_emu.arith.requantize import Mode
from qpim_emu.arith.rounding import Integers, Rounding
from qpim_emu.arith.window import Window
from qpim_emu.typing import FloatArray, IntArray
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear
from qpim_emu.workload.operations import (
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
)
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "kind_of", "types_of"]

KINDS: Mapping[str, type[Any]] = {
    "conv1d": Conv1d,
    "conv2d": Conv2d,
    "linear": Linear,
    "add": Add,
    "average_pool2d": AveragePool2d,
    "clamp": Clamp,
    "concat": Concat,
    "flatten": Flatten,
    "float_softmax": FloatSoftmax,
    "global_average_pool2d": GlobalAveragePool2d,
    "lookup": Lookup,
    "max_pool2d": MaxPool2d,
    "mean": Mean,
    "mul": Mul,
    "pad": Pad,
    "pair_lookup": PairLookup,
    "relu": Relu,
    "repeat": Repeat,
    "rescale": Rescale,
    "reshape": Reshape,
    "slice": Slice,
    "softmax": Softmax,
    "softmax16": Softmax16,
    "sub": Sub,
    "transpose": Transpose,
    "wide_softmax": WideSoftmax,
}

NAMES: dict[str, Any] = {
    "Accumulator": Accumulator,
    "Encoding": Encoding,
    "FloatArray": FloatArray,
    "Format": Format,
    "IntArray": IntArray,
    "Integers": Integers,
    "Mode": Mode,
    "Requantize": Requantize,
    "Rounding": Rounding,
    "TableFloat": TableFloat,
    "Window": Window,
}
"""Types of parameters that modules import for type checkers only."""


def kind_of(step: object) -> str | None:
    """Name of a step's kind, or None if it has none."""
    return next((kind for kind, step_type in KINDS.items() if type(step) is step_type), None)


@cache
def types_of(dataclass_type: type[Any]) -> dict[str, Any]:
    """Declared type of every parameter of a dataclass, by name."""
    hints = get_type_hints(dataclass_type, localns=NAMES)
    return {item.name: hints[item.name] for item in fields(dataclass_type) if item.init}
