"""Is a damaged ONNX file refused with our own error, quickly and with little memory?"""

from __future__ import annotations

import re
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from qpim_emu.errors import ModelFileError, UnsupportedModelError
from qpim_emu.frontends.onnx import read
from qpim_emu.frontends.onnx.tensors import FORMATS, GraphTensor, read_tensor
from tests.crosscheck import onnx_cases, onnx_operation_cases
from tests.crosscheck.onnx_models import Builder, random_inputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEEDS = range(15)
FEW, MANY = 40, 400
MOST_BYTES = 64 << 20


def sample(seed: int) -> bytes:
    """Bytes of a small model of any kind."""
    rng = np.random.default_rng(seed)
    kinds = onnx_cases.SIGNS[seed % 3]
    builds: list[Callable[[], onnx.ModelProto]] = [
        lambda: onnx_cases.qdq_conv(rng, kinds),
        lambda: onnx_cases.qdq_gemm(rng, kinds),
        lambda: onnx_cases.qlinear_conv(rng, kinds),
        lambda: onnx_operation_cases.concat(rng, "int8", own=True),
        lambda: onnx_operation_cases.moved(rng, "uint8", "Slice", real=True),
        lambda: onnx_operation_cases.moved(rng, "uint8", "MaxPool", real=True),
        lambda: onnx_operation_cases.table(rng, "int8", "LeakyRelu", own=False),
    ]
    data: bytes = builds[seed % len(builds)]().SerializeToString()
    return data


def attempt(path: Path, data: bytes) -> str:
    """What becomes of a file; whatever is read can be run but for sums of another shape."""
    path.write_bytes(data)
    try:
        model = read(path).model()
    except ModelFileError:
        return "refused"
    sizes = [np.prod(kind.shape) for kind in model.network.inputs.values()]
    if max(sizes) < 1 << 12:
        random_inputs(model.network, np.random.default_rng(0), batch=1)
    return "read"


@pytest.mark.parametrize("seed", SEEDS)
def test_truncated(seed: int, tmp_path: Path) -> None:
    data = sample(seed)
    for past in np.linspace(0, len(data) - 1, 25, dtype=int).tolist():
        attempt(tmp_path / "model.onnx", data[:past])


@pytest.mark.parametrize("seed", SEEDS)
def test_flipped_bits(seed: int, tmp_path: Path) -> None:
    flip(seed, tmp_path / "model.onnx", FEW)


@pytest.mark.extended
@pytest.mark.parametrize("seed", range(100))
def test_many_flipped_bits(seed: int, tmp_path: Path) -> None:
    flip(seed, tmp_path / "model.onnx", MANY)


def flip(seed: int, path: Path, count: int) -> None:
    """Read a model with some of its bits flipped, again and again."""
    data, rng, found = sample(seed), np.random.default_rng(seed), set()
    for _ in range(count):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), int(rng.integers(1, 4))):
            damaged[place] ^= 1 << int(rng.integers(8))
        found.add(attempt(path, bytes(damaged)))
    assert "refused" in found


def small() -> onnx.ModelProto:
    """A model that is read."""
    return onnx_cases.qdq_gemm(np.random.default_rng(0), ("uint8", "int8"))


def huge_constant(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[:] = [1 << 40, 1 << 40]


def negative_size(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[:] = [-1]


def missing_elements(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].ClearField("raw_data")


def odd_bytes(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].raw_data += b"\0"


def external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def duplicate_constant(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(model.graph.initializer[0])


def duplicate_output(model: onnx.ModelProto) -> None:
    model.graph.node[1].output[0] = model.graph.node[0].output[0]


def cycle(model: onnx.ModelProto) -> None:
    model.graph.node[0].input[0] = model.graph.node[-1].output[0]


def missing_constant(model: onnx.ModelProto) -> None:
    del model.graph.initializer[0]


def missing_output(model: onnx.ModelProto) -> None:
    model.graph.output[0].name = "nothing"


def unknown_type(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].data_type = 99


def no_nodes(model: onnx.ModelProto) -> None:
    model.graph.ClearField("node")


def no_outputs(model: onnx.ModelProto) -> None:
    model.graph.node[0].ClearField("output")


def wrong_attribute(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("axis", "first"))


def attribute_twice(model: onnx.ModelProto) -> None:
    for _ in range(2):
        model.graph.node[0].attribute.append(helper.make_attribute("axis", 1))


def sparse(model: onnx.ModelProto) -> None:
    model.graph.sparse_initializer.add()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (huge_constant, "tensor 'c0' must have at most"),
        (negative_size, "sizes of tensor 'c0' must be 0 or more, got [-1]"),
        (missing_elements, "tensor 'c0' must hold the 1 elements of shape []"),
        (odd_bytes, "tensor 'c0' must hold the 1 elements of shape []"),
        (external, "tensor 'c0' must lie in the model file, got external data"),
        (duplicate_constant, "name of an initializer must be new, got 'c0' again"),
        (duplicate_output, "name of a tensor must be new, got 'x_real' again"),
        (cycle, "must be made by earlier nodes, got 'y'"),
        (missing_constant, "must be made by earlier nodes, got 'c0'"),
        (missing_output, "outputs must name tensors of the graph, got 'nothing'"),
        (unknown_type, "element type must be one of the format's, got 99"),
        (no_nodes, "model must have a graph with nodes, got none"),
        (no_outputs, "DequantizeLinear 'n_x_real' must have an output, got none"),
        (wrong_attribute, "DequantizeLinear 'n_x_real': axis must be an integer, got 'first'"),
        (attribute_twice, "attributes of DequantizeLinear must differ, got 'axis' twice"),
        (sparse, "initializers must be dense"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_damage(damage: Callable[[onnx.ModelProto], None], message: str, tmp_path: Path) -> None:
    model = small()
    damage(model)
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match=re.escape(message)) as caught:
        read(path).model()
    assert isinstance(caught.value, UnsupportedModelError) or str(path) in str(caught.value)


def test_other_files(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    for data in (b"", b"text, not a model", b"\xff" * 1000, b"TFL3" * 20):
        path.write_bytes(data)
        with pytest.raises(ModelFileError):
            read(path)


def test_declared_sizes_cost_no_memory(tmp_path: Path) -> None:
    built = Builder()
    large = (1, 1 << 20, 1 << 10, 1 << 10)
    real = built.dequantize(built.input("x", "uint8", large), 0.1, 0, "uint8")
    built.quantize(built.node("GlobalAveragePool", [real], "mean"), 0.1, 0, "uint8", "y")
    built.output("y", "uint8")
    sides = built.constant([0, 0, 0, 0, 0, 0, 1 << 20, 1 << 20], "int64")
    built.quantize(built.node("Pad", [real, sides], "padded"), 0.1, 0, "uint8", "z")
    built.output("z", "uint8")
    path = tmp_path / "model.onnx"
    path.write_bytes(built.model().SerializeToString())
    tracemalloc.start()
    try:
        refusals = read(path).refusals
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "windows must have at most 16777216 elements" in refusals[0]
    assert peak < MOST_BYTES


def test_subgraphs_nested_without_end_are_refused(tmp_path: Path) -> None:
    def field(number: int, data: bytes) -> bytes:
        """A field of a protocol buffer that holds bytes."""
        return bytes([number << 3 | 2]) + varint(len(data)) + data

    graph = b""
    for _ in range(500):  # graph.node, node.attribute, attribute.g
        graph = field(1, field(5, field(6, graph)))
    path = tmp_path / "model.onnx"
    path.write_bytes(field(7, graph))
    with pytest.raises(ModelFileError, match="file must be an ONNX model"):
        read(path)


def varint(number: int) -> bytes:
    """A number as protocol buffers write it."""
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("raw", [False, True])
def test_constants_as_onnx_decodes_them(kind: str, raw: bool) -> None:  # noqa: FBT001 - a case
    stored = FORMATS[kind]
    values = np.random.default_rng(0).integers(stored.min, stored.max, 13, endpoint=True)
    number = TensorProto.DataType.Value(kind.upper())
    tensor = helper.make_tensor("t", number, [13], values)
    if raw:
        array = onnx.numpy_helper.to_array(tensor)
        tensor = onnx.numpy_helper.from_array(array, "t")
    assert tensor.HasField("raw_data") == raw
    found = read_tensor(tensor)
    assert isinstance(found, GraphTensor)
    np.testing.assert_array_equal(found.array(), values)
