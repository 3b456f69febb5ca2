"""The qonnx package's executor as an oracle: float32, operator by operator.

It runs standard operators in ONNX Runtime and its own ones in NumPy, all in float32. Its numbers
become codes again by their scale; where it rounds otherwise than the file's constants taken as
rationals do, right at a threshold, codes differ by one: `float_differences` says where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.errors import OracleUnsoundError, UnsupportedModelError
from qpim_emu.frontends.extras import missing_extra
from qpim_emu.frontends.onnx.parse import read_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from onnx import ModelProto

    from qpim_emu.frontends.model import Model, RealValue, TensorInfo
    from qpim_emu.typing import IntArray

__all__ = ["QonnxOracle", "open_oracle"]

NAME = "qonnx"
ACCUMULATORS = "/accumulators"
NEAR = 1 / 8
"""How far a float32 number may lie from the code it stands for: 16 bits leave 2**-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QonnxOracle:
    """The executor on the part of a file that the network is.

    Attributes
    ----------
    model
        What was read.
    wrapper
        That part, as the executor holds it.
    notes
        What it means to agree with it.
    """

    model: Model
    wrapper: Any
    name: str = NAME
    notes: tuple[str, ...] = ()

    def run(self, inputs: Mapping[str, IntArray]) -> dict[str, IntArray]:
        """Compute every tensor, one image after the other.

        Raises
        ------
        OracleUnsoundError
            If a number it computes stands for no code.
        """
        batch = len(next(iter(inputs.values())))
        images = [self.run_image(inputs, image) for image in range(batch)]
        return {name: np.concatenate([each[name] for each in images]) for name in images[0]}

    def run_image(self, inputs: Mapping[str, IntArray], image: int) -> dict[str, IntArray]:
        """Compute every tensor of one image."""
        from qonnx.core.onnx_exec import execute_onnx  # noqa: PLC0415 - optional

        infos = self.model.tensors
        given = {
            name: to_reals(codes[image : image + 1], infos[name]) for name, codes in inputs.items()
        }
        computed = execute_onnx(self.wrapper, given, return_full_exec_context=True)
        found = {name: codes[image : image + 1] for name, codes in inputs.items()}
        for name in self.model.network.tensors:
            source = name.removesuffix(ACCUMULATORS)
            if name in infos and name in computed:
                found[name] = to_codes(computed[name], infos[name])
            elif source != name and source in computed:
                found[name] = to_sums(computed[source], self.model.real[name], name)
        return found


def open_oracle(model: Model) -> QonnxOracle:
    """Open the executor on a model.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    UnsupportedModelError
        If the model is of another kind.
    """
    if model.kind != NAME:
        raise UnsupportedModelError([f"oracle {NAME} runs QONNX models, got {model.kind}"])
    try:
        import qonnx.core.onnx_exec  # noqa: F401, PLC0415 - what `run` needs, a missing engine too
        from qonnx.core.modelwrapper import ModelWrapper  # noqa: PLC0415 - optional
        from qonnx.transformation.infer_shapes import InferShapes  # noqa: PLC0415 - optional
    except ImportError as error:
        raise missing_extra(NAME, error) from error
    part = network_part(read_model(model.path), model)
    wrapper = ModelWrapper(part).transform(InferShapes())
    given_out = [name for name in model.network.outputs if name.endswith(ACCUMULATORS)]
    notes = ["qonnx computes in float32: codes may differ by one right at a threshold"]
    notes += [
        f"{name!r}: compared with float32 sums, divided by their scale and rounded"
        for name in given_out
    ]
    return QonnxOracle(model=model, wrapper=wrapper, notes=tuple(notes))


def network_part(proto: ModelProto, model: Model) -> ModelProto:
    """Cut a graph so that it starts with the network's inputs, one image at a time."""
    from onnx import TensorProto, helper  # noqa: PLC0415 - optional

    graph = proto.graph
    wanted, kept = {value.name for value in graph.output}, []
    starts = model.network.inputs
    for node in reversed(graph.node):
        if wanted.intersection(node.output) - starts.keys():
            kept.append(node)
            wanted.update(node.input)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, *kind.shape])
        for name, kind in starts.items()
    ]
    outputs = [
        helper.make_tensor_value_info(value.name, value.type.tensor_type.elem_type, None)
        for value in graph.output
        if value.name not in starts
    ]
    part = helper.make_graph(
        list(reversed(kept)), graph.name, inputs, outputs, initializer=graph.initializer
    )
    part.quantization_annotation.extend(graph.quantization_annotation)
    return helper.make_model(part, opset_imports=proto.opset_import, ir_version=proto.ir_version)


def spread(values: NDArray[Any], rank: int) -> NDArray[Any]:
    """Shape a value, or one per channel, to meet ``[batch, channels, ...]``."""
    return values.reshape(1, -1, *[1] * (rank - 2)) if values.ndim else values


def to_reals(codes: IntArray, info: TensorInfo) -> NDArray[np.float32]:
    """Turn codes into the float32 numbers that a quantizer gives for them."""
    assert info.scale is not None  # noqa: S101 - this format always has one
    assert info.zero_point is not None  # noqa: S101
    whole = (codes - spread(info.zero_point, codes.ndim)).astype(np.float32)
    return np.asarray(whole * spread(info.scale, codes.ndim).astype(np.float32))


def to_codes(reals: NDArray[Any], info: TensorInfo) -> IntArray:
    """Turn float32 numbers back into codes."""
    assert info.scale is not None  # noqa: S101 - this format always has one
    assert info.zero_point is not None  # noqa: S101
    wide = reals.astype(np.float64) / spread(info.scale, reals.ndim)
    return nearest(wide + spread(info.zero_point, reals.ndim), info.name)


def to_sums(reals: NDArray[Any], real: RealValue, name: str) -> IntArray:
    """Turn float32 sums back into accumulators."""
    filters = range(reals.shape[1])
    starts = np.array([float(real(0, filter=m)) for m in filters])
    steps = np.array([float(real(1, filter=m) - real(0, filter=m)) for m in filters])
    wide = reals.astype(np.float64) - spread(starts, reals.ndim)
    return nearest(wide / spread(steps, reals.ndim), name)


def nearest(values: NDArray[np.float64], name: str) -> IntArray:
    """Round to integers that the values are meant to be."""
    whole = np.rint(values)
    far = np.abs(values - whole) > NEAR
    if far.any() or not np.isfinite(values).all():
        odd = float(values[far].flat[0]) if far.any() else "infinity"
        msg = f"oracle {NAME}: {name!r} must hold codes, got {odd} times its scale"
        raise OracleUnsoundError(msg)
    codes: IntArray = whole.astype(np.int64)
    return codes
