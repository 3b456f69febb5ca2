"""ONNX Runtime as an oracle, on the CPU, one thread."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.crosscheck.onnx_engine import OnnxOracle, cut_to_network
from qpim_emu.crosscheck.onnx_widening import widened
from qpim_emu.crosscheck.onnxruntime_probe import check_sums
from qpim_emu.errors import UnsupportedModelError
from qpim_emu.frontends.extras import missing_extra

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from onnx import ModelProto

    from qpim_emu.crosscheck.oracle import Oracle
    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray

__all__ = ["Optimizations", "Session", "open_oracle", "open_session"]

NAME = "onnxruntime"
PROVIDERS = ["CPUExecutionProvider"]
ERRORS_ONLY = 3
FLOAT_LAYERS = {"Conv", "Gemm", "MatMul", "Add", "Mul", "FusedConv", "FusedGemm", "FusedMatMul"}
FLOAT_LAYERS |= {"GlobalAveragePool", "AveragePool", "Sigmoid", "Softmax", "Concat", "LeakyRelu"}


class Optimizations(StrEnum):
    """How ONNX Runtime runs a model."""

    NONE = "none"
    """As it is written: operators between DequantizeLinear and QuantizeLinear in float32."""

    DEFAULT = "default"
    """As users run it: those operators fused into integer kernels (QLinearConv, QGemm ...).

    With int8 activations allowed, which on x86 is an option of the session
    (``session.qdqisint8allowed``).
    """


def open_oracle(model: Model, *, optimizations: Optimizations | None = None) -> Oracle:
    """Open ONNX Runtime on a model.

    Parameters
    ----------
    model
        The model.
    optimizations
        By default none, unless the file has operators between Q and DQ.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    OracleUnsoundError
        If its integer kernels compute wrongly on this CPU.
    UnsupportedModelError
        If the model is of another kind, or it refuses to run it.
    """
    part, batch = cut_to_network(model, engine=NAME)
    check_soundness()
    reals = any(node.op_type == "DequantizeLinear" for node in part.graph.node)
    if optimizations is None:
        optimizations = Optimizations.DEFAULT if reals else Optimizations.NONE
    session = open_session(part, optimizations=optimizations)
    notes = notes_of(session, optimizations) if reals else ()
    return OnnxOracle(name=NAME, model=model, engine=session, batch=batch, notes=notes)


def notes_of(session: Session, optimizations: Optimizations) -> tuple[str, ...]:
    """What to say of operators between Q and DQ."""
    if optimizations is Optimizations.NONE:
        return ("operators between DequantizeLinear and QuantizeLinear run in float32",)
    floats = [f"{kind} {name!r}" for kind, name in session.kept if kind in FLOAT_LAYERS]
    fused = "operators between DequantizeLinear and QuantizeLinear run as fused integer kernels"
    return (fused, *(f"but {each} runs in float32" for each in floats))


@cache
def check_soundness() -> None:
    """Refuse an ONNX Runtime whose integer kernels compute wrongly on this CPU, once."""

    def run(model: ModelProto, inputs: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        session = open_session(model, optimizations=Optimizations.NONE)
        return session.raw(inputs)[0]

    check_sums(run, engine=NAME)


def open_session(model: ModelProto, *, optimizations: Optimizations) -> Session:
    """Open a session: CPU, one thread.

    Raises
    ------
    MissingExtraError
        If ONNX Runtime is not installed.
    UnsupportedModelError
        If it refuses the model.
    """
    try:
        import onnxruntime  # noqa: PLC0415 - optional
    except ImportError as error:
        raise missing_extra(NAME, error) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_DISABLE_ALL
    if optimizations is Optimizations.DEFAULT:
        options.graph_optimization_level = levels.ORT_ENABLE_ALL
        options.add_session_config_entry("session.qdqisint8allowed", "1")
    with tempfile.TemporaryDirectory() as folder:
        optimized = Path(folder) / "optimized.onnx"
        options.optimized_model_filepath = str(optimized)
        try:
            session = onnxruntime.InferenceSession(
                widened(model).SerializeToString(), options, providers=PROVIDERS
            )
        except Exception as error:
            # The classes of its exceptions are no public part of ONNX Runtime.
            refusal = f"oracle {NAME} does not run the model: {error}"
            raise UnsupportedModelError([refusal]) from error
        return Session(session, model, kept=operators_in(optimized))


def operators_in(path: Path) -> tuple[tuple[str, str], ...]:
    """Operators of a model, and the name of the first output of each."""
    import onnx  # noqa: PLC0415 - optional

    return tuple((node.op_type, node.output[0]) for node in onnx.load(str(path)).graph.node)


class Session:
    """A session on codes.

    Attributes
    ----------
    kept
        Operators that it runs, after its optimizations, and their first outputs.
    """

    def __init__(
        self,
        session: Any,  # noqa: ANN401 - has no types
        model: ModelProto,
        *,
        kept: tuple[tuple[str, str], ...],
    ) -> None:
        self.session = session
        self.kept = kept
        self.outputs = [value.name for value in model.graph.output]
        self.types = {each.name: each.type for each in session.get_inputs()}

    def raw(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Compute every output from arrays of the types it takes.

        Raises
        ------
        UnsupportedModelError
            If it gives up on the way.
        """
        try:
            outputs = self.session.run(None, dict(inputs))
        except Exception as error:  # as for `open_session`
            refusal = f"oracle {NAME} does not run the model: {error}"
            raise UnsupportedModelError([refusal]) from error
        return [np.asarray(array) for array in outputs]

    def run(self, inputs: Mapping[str, IntArray]) -> dict[str, NDArray[Any]]:
        """Compute every output from codes."""
        typed = {
            name: codes.astype(self.types[name].removeprefix("tensor(").removesuffix(")"))
            for name, codes in inputs.items()
        }
        return dict(zip(self.outputs, self.raw(typed), strict=True))
