"""TensorFlow Lite Micro's interpreter as an oracle."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.crosscheck.tflite_engine import TfliteOracle, open_file
from qpim_emu.errors import UnsupportedModelError
from qpim_emu.frontends.extras import missing_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.crosscheck.oracle import Oracle
    from qpim_emu.frontends.model import Model
    from qpim_emu.frontends.tflite.parsing import TfliteFile

__all__ = ["open_oracle"]

NAME = "tflm"
SLACK = 1 << 20
"""Bytes of the arena beside tensors and constants: what the interpreter keeps for each operator."""
MOST_ARENA = 1 << 30
WIDEST = 8
"""Bytes of an element; tensors may be unpacked, and operators want room for as much again."""


def open_oracle(model: Model) -> Oracle:
    """Open the interpreter on a model.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    UnsupportedModelError
        If the model is of another kind, or the interpreter refuses it.
    """
    try:
        from tflite_micro import runtime  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise missing_extra(NAME, error) from error
    file = open_file(model, engine=NAME)
    data = model.path.read_bytes()
    try:
        interpreter = runtime.Interpreter.from_bytes(
            data,
            arena_size=arena_bytes(file, len(data)),
            intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
        )
    except Exception as error:
        # Its Python part parses the file too, and raises whatever a damaged one makes it run into.
        refusal = f"oracle {NAME} does not run the model: {error}"
        raise UnsupportedModelError([refusal]) from error
    return TfliteOracle(name=NAME, model=model, file=file, engine=Micro(interpreter))


class Micro:
    """The interpreter, keeping every tensor."""

    def __init__(self, interpreter: Any) -> None:  # noqa: ANN401 - has no types
        self.interpreter = interpreter

    def feed(self, position: int, array: NDArray[np.generic]) -> None:
        """Set an input."""
        self.interpreter.set_input(array, position)

    def invoke(self) -> None:
        """Compute every tensor."""
        self.interpreter.invoke()

    def tensor(self, index: int) -> NDArray[np.generic]:
        """Elements of a tensor."""
        return np.array(self.interpreter.GetTensor(index, 0)["tensor_data"])


def arena_bytes(file: TfliteFile, size: int) -> int:
    """Bytes that hold every tensor at once.

    Raises
    ------
    UnsupportedModelError
        If that is more than a gigabyte.
    """
    needed = SLACK + 2 * size + WIDEST * sum(prod(tensor.shape) for tensor in file.tensors)
    if needed > MOST_ARENA:
        refusal = f"oracle {NAME} takes models of {MOST_ARENA} bytes of tensors, got {needed}"
        raise UnsupportedModelError([refusal])
    return needed
