"""LiteRT's interpreter with its reference kernels as an oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.crosscheck.tflite_engine import TfliteOracle, open_file
from qpim_emu.errors import UnsupportedModelError
from qpim_emu.frontends.extras import missing_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.crosscheck.oracle import Oracle
    from qpim_emu.frontends.model import Model

__all__ = ["open_oracle"]

NAME = "litert-ref"
EXTRA = "litert"


def open_oracle(model: Model) -> Oracle:
    """Open the interpreter on a model: reference kernels, every tensor kept, one thread.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    UnsupportedModelError
        If the model is of another kind, or the interpreter refuses it.
    """
    try:
        from ai_edge_litert import interpreter as litert  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise missing_extra(EXTRA, error) from error
    file = open_file(model, engine=NAME)
    try:
        interpreter = litert.Interpreter(
            model_path=str(model.path),
            experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
            num_threads=1,
        )
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        refusal = f"oracle {NAME} does not run the model: {error}"
        raise UnsupportedModelError([refusal]) from error
    return TfliteOracle(name=NAME, model=model, file=file, engine=Reference(interpreter))


class Reference:
    """The interpreter, keeping every tensor."""

    def __init__(self, interpreter: Any) -> None:  # noqa: ANN401 - has no types
        self.interpreter = interpreter
        self.inputs = [each["index"] for each in interpreter.get_input_details()]

    def feed(self, position: int, array: NDArray[np.generic]) -> None:
        """Set an input."""
        self.interpreter.set_tensor(self.inputs[position], array)

    def invoke(self) -> None:
        """Compute every tensor."""
        self.interpreter.invoke()

    def tensor(self, index: int) -> NDArray[np.generic] | None:
        """Elements of a tensor, unless it has none of its own."""
        try:
            return np.array(self.interpreter.get_tensor(index))
        except ValueError:
            return None
