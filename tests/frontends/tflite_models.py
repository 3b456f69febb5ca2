"""Writes models of TensorFlow Lite, operator by operator, with LiteRT's own schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Op", "Tensor", "make_model", "single"]

# LiteRT has wheels for some versions of Python only.
schema: Any = pytest.importorskip("ai_edge_litert.schema_py_generated")
DTYPES = {"INT8": "i1", "INT16": "<i2", "INT32": "<i4", "INT64": "<i8", "FLOAT32": "<f4"}
OPTIONS = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "ADD": "AddOptions",
    "SUB": "SubOptions",
    "MUL": "MulOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "SOFTMAX": "SoftmaxOptions",
    "CONCATENATION": "ConcatenationOptions",
    "MEAN": "ReducerOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "RESHAPE": "ReshapeOptions",
    "TRANSPOSE": "TransposeOptions",
    "PAD": "PadOptions",
    "SLICE": "SliceOptions",
    "QUANTIZE": "QuantizeOptions",
    "DEQUANTIZE": "DequantizeOptions",
    "EXPAND_DIMS": "ExpandDimsOptions",
    "SQUEEZE": "SqueezeOptions",
}


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """A tensor to be written; one with `data` is a constant."""

    shape: Sequence[int]
    type: str = "INT8"
    scale: float | Sequence[float] | None = None
    zero_point: int | Sequence[int] = 0
    axis: int = 0
    data: NDArray[Any] | None = None
    name: str = ""
    is_variable: bool = False


@dataclass(frozen=True, kw_only=True)
class Op:
    """An operator to be written: numbers of its tensors, its options by the schema's names."""

    kind: str
    inputs: Sequence[int]
    outputs: Sequence[int]
    options: Mapping[str, Any] = field(default_factory=dict)


def single(
    kind: str,
    inputs: Sequence[Tensor],
    output: Tensor,
    **options: Any,  # noqa: ANN401 - as the schema has them
) -> bytes:
    """Write a model of one operator, whose inputs without data are the model's."""
    tensors = [*inputs, output]
    numbers = range(len(inputs))
    operator = Op(kind=kind, inputs=numbers, outputs=[len(inputs)], options=options)
    fed = [number for number in numbers if tensors[number].data is None]
    return make_model(tensors, [operator], inputs=fed, outputs=[len(inputs)])


def make_model(
    tensors: Sequence[Tensor],
    operators: Sequence[Op],
    *,
    inputs: Sequence[int],
    outputs: Sequence[int],
) -> bytes:
    """Write a model of one subgraph."""
    model = schema.ModelT()
    model.version = 3
    model.description = "made by a test"
    model.buffers = [schema.BufferT()]
    graph = schema.SubGraphT()
    graph.name = "main"
    graph.tensors = [written(tensor, number, model) for number, tensor in enumerate(tensors)]
    graph.operators = [operator_of(operator, model) for operator in operators]
    graph.inputs, graph.outputs = list(inputs), list(outputs)
    model.subgraphs = [graph]
    builder = schema.flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def written(tensor: Tensor, number: int, model: Any) -> Any:  # noqa: ANN401 - have no types
    """Turn a tensor into the schema's, its data into a buffer."""
    made = schema.TensorT()
    made.shape = list(tensor.shape)
    made.type = getattr(schema.TensorType, tensor.type)
    made.name = (tensor.name or f"tensor{number}").encode()
    made.isVariable = tensor.is_variable
    made.buffer = 0
    if tensor.data is not None:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(raw_bytes(tensor), np.uint8)
        made.buffer = len(model.buffers)
        model.buffers.append(buffer)
    if tensor.scale is not None:
        made.quantization = quantization = schema.QuantizationParametersT()
        quantization.scale = np.atleast_1d(np.array(tensor.scale, np.float32))
        points = np.array(tensor.zero_point, np.int64)
        quantization.zeroPoint = np.broadcast_to(points, quantization.scale.shape).copy()
        quantization.quantizedDimension = tensor.axis
    return made


def raw_bytes(tensor: Tensor) -> bytes:
    """Bytes of a constant; 4-bit codes two a byte, the low half first."""
    data = np.asarray(tensor.data)
    if tensor.type != "INT4":
        return data.astype(DTYPES[tensor.type]).tobytes()
    halves = np.append(data.reshape(-1), [0] * (data.size % 2)).astype(np.uint8) & 0xF
    return (halves[::2] | halves[1::2] << 4).astype(np.uint8).tobytes()


def operator_of(operator: Op, model: Any) -> Any:  # noqa: ANN401 - have no types
    """Turn an operator into the schema's."""
    code = schema.OperatorCodeT()
    number = getattr(schema.BuiltinOperator, operator.kind)
    code.builtinCode, code.deprecatedBuiltinCode = number, min(number, 127)
    code.version = 1
    model.operatorCodes = [*(model.operatorCodes or []), code]
    made = schema.OperatorT()
    made.opcodeIndex = len(model.operatorCodes) - 1
    made.inputs, made.outputs = list(operator.inputs), list(operator.outputs)
    name = OPTIONS.get(operator.kind)
    if name:
        made.builtinOptionsType = getattr(schema.BuiltinOptions, name)
        made.builtinOptions = getattr(schema, f"{name}T")()
        for option, value in operator.options.items():
            assert hasattr(made.builtinOptions, option), option
            setattr(made.builtinOptions, option, value)
    return made
