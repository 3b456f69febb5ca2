"""Is ONNX Runtime opened soundly, and are whole networks of its own quantizer equal to it?"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

import qpim_emu as qe
from qpim_emu.crosscheck.onnxruntime import Optimizations, open_oracle
from qpim_emu.crosscheck.onnxruntime_probe import check_sums
from qpim_emu.errors import OracleUnsoundError, UnsupportedModelError
from qpim_emu.frontends.onnx import read
from qpim_emu.oracle.network import reference_network
from tests.crosscheck import onnx_cases
from tests.crosscheck.onnx_models import Builder, differences, model_of, random_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

IMAGE = (3, 12, 12)


def saturating(_: onnx.ModelProto, inputs: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Products as processors without VNNI add them: pairs of u8 x s8, saturated at 16 bits."""
    left, right = inputs["a"].astype(np.int64), inputs["b"].astype(np.int64)
    products = left[:, :, None] * right[None, :, :]
    pairs = products.reshape(left.shape[0], -1, 2, right.shape[1]).sum(axis=2)
    total: NDArray[Any] = np.clip(pairs, -(1 << 15), (1 << 15) - 1).sum(axis=1)
    return total


def exact(_: onnx.ModelProto, inputs: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """Products as they are."""
    product: NDArray[Any] = inputs["a"].astype(np.int64) @ inputs["b"].astype(np.int64)
    return product


def test_saturating_kernels_are_unsound() -> None:
    check_sums(exact, engine="fake")
    message = "fake is unsound on this CPU: 68 products of uint8 255 and int8 127 must add up to"
    with pytest.raises(OracleUnsoundError, match=message):
        check_sums(saturating, engine="fake")


def test_images_of_any_number_whatever_batch_the_file_fixes(tmp_path: Path) -> None:
    built = onnx_cases.qlinear_matmul(np.random.default_rng(3), ("uint8", "int8"))
    assert built.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 4
    model = model_of(built, tmp_path)
    for batch in (1, 4, 7):
        inputs = random_inputs(model.network, np.random.default_rng(0), batch=batch)
        shown = open_oracle(model).run(inputs)
        assert shown["y"].shape[0] == batch
        np.testing.assert_array_equal(shown["x"], inputs["x"])
        np.testing.assert_array_equal(shown["y"], reference_network(model.network, inputs)["y"])


def test_any_batch_where_the_file_leaves_it_open(tmp_path: Path) -> None:
    built = Builder()
    by = built.quantization(0.1, 0, "uint8")
    built.node("com.microsoft.QLinearSigmoid", [built.input("x", "uint8", ("n", 3)), *by, *by], "y")
    built.output("y", "uint8")
    model = model_of(built.model(), tmp_path)
    assert open_oracle(model).run({"x": np.zeros((5, 3), np.int64)})["y"].shape == (5, 3)


def test_notes_say_what_runs_in_floats(tmp_path: Path) -> None:
    built = onnx_cases.qdq_conv(np.random.default_rng(1), ("int8", "uint8"))
    model = model_of(built, tmp_path)  # no integer kernel takes int8 by uint8
    first, *others = open_oracle(model).notes
    assert first.endswith("run as fused integer kernels")
    assert any("runs in float32" in note for note in others)
    assert open_oracle(model, optimizations=Optimizations.NONE).notes == (
        "operators between DequantizeLinear and QuantizeLinear run in float32",
    )


def test_models_of_other_kinds_are_refused(tmp_path: Path) -> None:
    built = onnx_cases.qlinear_matmul(np.random.default_rng(0), ("uint8", "int8"))
    model = model_of(built, tmp_path)
    other = type(model)(path=model.path, kind="tflite", network=model.network, tensors={})
    with pytest.raises(UnsupportedModelError, match="runs ONNX models only"):
        open_oracle(other)


def test_narrow_tensors_are_handed_over(tmp_path: Path) -> None:
    built = onnx_cases.qdq_conv(np.random.default_rng(0), ("uint4", "int4"), ties=True)
    model = model_of(built, tmp_path)
    inputs = random_inputs(model.network, np.random.default_rng(0))
    assert {wrong for _, wrong in differences(model, open_oracle(model), inputs).values()} == {0}


@pytest.mark.parametrize("kinds", onnx_cases.SIGNS, ids="-".join)
def test_layers_as_they_are_written_where_floats_are_exact(
    kinds: tuple[str, str], tmp_path: Path
) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        model = model_of(onnx_cases.qdq_conv(rng, kinds, ties=True), tmp_path)
        oracle = open_oracle(model, optimizations=Optimizations.NONE)
        compared = differences(model, oracle, random_inputs(model.network, rng))
        assert {wrong for _, wrong in compared.values()} == {0}, seed


def network(path: Path) -> None:
    """Write a float network with most of the operators that ONNX Runtime's quantizer knows."""
    rng = np.random.default_rng(0)
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(*shape: int) -> str:
        name = f"c{len(constants)}"
        values = rng.normal(0, 0.3, shape).astype(np.float32)
        constants.append(numpy_helper.from_array(values, name))
        return name

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    constants += [
        numpy_helper.from_array(np.array(v, np.float32), n) for n, v in (("lo", 0), ("hi", 6))
    ]
    first = node("Conv", ["x", constant(8, 3, 3, 3), constant(8)], "conv", pads=[1] * 4)
    relu = node("Relu", [first], "relu")
    depthwise = node(
        "Conv", [relu, constant(8, 1, 3, 3), constant(8)], "depthwise", pads=[1] * 4, group=8
    )
    clipped = node("Clip", [depthwise, "lo", "hi"], "clipped")
    pointwise = node("Conv", [clipped, constant(8, 8, 1, 1), constant(8)], "pointwise")
    pooled = node(
        "MaxPool",
        [node("Add", [pointwise, relu], "added")],
        "pooled",
        kernel_shape=[2, 2],
        strides=[2, 2],
    )
    product = node("Mul", [pooled, node("Sigmoid", [pooled], "sigmoid")], "product")
    joined = node("Concat", [product, pooled], "joined", axis=1)
    vector = node("Flatten", [node("GlobalAveragePool", [joined], "mean")], "vector")
    node("Gemm", [vector, constant(10, 16), constant(10)], "y", transB=1)
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, *IMAGE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])],
        constants,
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


class Calibration(CalibrationDataReader):  # type: ignore[misc] # has no types
    """A few images."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.images = iter(rng.normal(0, 1, (8, 1, *IMAGE)).astype(np.float32))

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        image = next(self.images, None)
        return None if image is None else {"x": image}


@pytest.mark.parametrize("form", [QuantFormat.QDQ, QuantFormat.QOperator], ids=["qdq", "qoperator"])
@pytest.mark.parametrize(
    ("activations", "weights"),
    [
        (QuantType.QUInt8, QuantType.QInt8),
        (QuantType.QInt8, QuantType.QInt8),
        (QuantType.QUInt8, QuantType.QUInt8),
    ],
    ids=["u8s8", "s8s8", "u8u8"],
)
def test_networks_of_its_quantizer(
    form: QuantFormat, activations: QuantType, weights: QuantType, tmp_path: Path
) -> None:
    network(tmp_path / "float.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the quantizer
        quantize_static(
            tmp_path / "float.onnx",
            tmp_path / "model.onnx",
            Calibration(),
            quant_format=form,
            activation_type=activations,
            weight_type=weights,
            per_channel=weights is QuantType.QInt8,
        )
    model = read(tmp_path / "model.onnx").model()
    assert len(model.network.layers) == 5  # the mean over images is one of them
    oracle = open_oracle(model)
    assert not any("runs in float32" in note for note in oracle.notes)
    inputs = random_inputs(model.network, np.random.default_rng(0), batch=4)
    shown = oracle.run(inputs)
    assert set(shown) == set(model.tensors)
    free = qe.Machine().run(model.network, inputs, tier="fast").tensors
    for name, codes in shown.items():
        np.testing.assert_array_equal(free[name], codes, err_msg=name)
