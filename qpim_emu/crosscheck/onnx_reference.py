"""The reference evaluator of the onnx package as an oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.crosscheck.onnx_engine import OnnxOracle, cut_to_network
from qpim_emu.errors import UnsupportedModelError
from qpim_emu.frontends.extras import missing_extra

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from onnx import ModelProto

    from qpim_emu.crosscheck.oracle import Oracle
    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray

__all__ = ["open_oracle"]

NAME, EXTRA = "onnx-reference", "onnx"
LINE_AXES = 3
REALS = (
    "operators between DequantizeLinear and QuantizeLinear are evaluated in float32, which can "
    "differ from the exact integer layer next to a tie"
)


def open_oracle(model: Model) -> Oracle:
    """Open the evaluator on a model.

    Raises
    ------
    MissingExtraError
        If the onnx package is not installed.
    UnsupportedModelError
        If the model is of another kind, or holds operators that it has no definition of.
    """
    try:
        from onnx.reference import ReferenceEvaluator  # noqa: PLC0415 - optional
    except ImportError as error:
        raise missing_extra(EXTRA, error) from error
    part, batch = cut_to_network(model, engine=NAME)
    foreign = sorted({node.domain for node in part.graph.node} - {"", "ai.onnx"})
    if foreign:
        refusal = f"oracle {NAME} has no operators of {', '.join(foreign)}; take onnxruntime"
        raise UnsupportedModelError([refusal])
    check_lines(part)
    reals = any(node.op_type == "DequantizeLinear" for node in part.graph.node)
    engine = Evaluator(part, ReferenceEvaluator(part))
    return OnnxOracle(
        name=NAME, model=model, engine=engine, batch=batch, notes=(REALS,) if reals else ()
    )


def check_lines(part: ModelProto) -> None:
    """Refuse what the evaluator gives another shape than the standard does.

    Its QLinearConv (onnx/reference/ops/op_qlinear_conv.py) spreads weight scales over two axes of
    an image, whether there are two or one.
    """
    sizes = {tensor.name: tuple(tensor.dims) for tensor in part.graph.initializer}
    for node in part.graph.node:
        if node.op_type == "QLinearConv" and len(sizes.get(node.input[3], ())) == LINE_AXES:
            scales = sizes.get(node.input[4], ())
            if scales and scales[0] > 1:
                refusal = (
                    f"oracle {NAME} computes QLinearConv {node.output[0]!r} over one axis with a "
                    "scale per filter in a wrong shape; take onnxruntime"
                )
                raise UnsupportedModelError([refusal])


class Evaluator:
    """The reference evaluator on codes."""

    def __init__(self, part: ModelProto, evaluator: Any) -> None:  # noqa: ANN401 - a class of onnx
        from onnx.helper import tensor_dtype_to_np_dtype  # noqa: PLC0415 - optional

        self.evaluator = evaluator
        self.outputs = [value.name for value in part.graph.output]
        self.types = {
            value.name: tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
            for value in part.graph.input
        }

    def run(self, inputs: Mapping[str, IntArray]) -> dict[str, NDArray[Any]]:
        """Compute every output."""
        typed = {name: codes.astype(self.types[name]) for name, codes in inputs.items()}
        return dict(
            zip(self.outputs, map(np.asarray, self.evaluator.run(None, typed)), strict=True)
        )
