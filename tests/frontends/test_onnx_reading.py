"""What becomes of each operator of an ONNX file: names, boundaries, notes, refusals?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from onnx import helper

from qpim_emu.arith.formats import Int, UInt
from qpim_emu.errors import InputError, UnsupportedModelError
from qpim_emu.frontends.onnx import read
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.operations import Flatten, Lookup, PairLookup
from tests.crosscheck.onnx_models import Builder, model_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qpim_emu.frontends.reading import Reading


def reading(built: Builder, folder: Path, *, preset: str = "onnxruntime") -> Reading:
    """Read a built model, refusals and all."""
    path = folder / "model.onnx"
    path.write_bytes(built.model().SerializeToString())
    return read(path, preset=preset)


def start(kind: str = "uint8", shape: tuple[int | str, ...] = ("n", 2, 4, 4)) -> Builder:
    """A float input, quantized and dequantized: ``xq`` and ``xq_real``."""
    built = Builder()
    built.quantize(built.input("x", "float", shape), 0.1, 3, kind, "xq")
    built.dequantize("xq", 0.1, 3, kind)
    return built


def convolved(built: Builder, name: str = "sum", **attributes: Any) -> str:  # noqa: ANN401
    """Add a Conv of ``xq_real`` with weights of int8."""
    weights = built.dequantize(
        built.constant(np.ones((3, 2, 3, 3)), "int8"), 0.5, 0, "int8", axis=0
    )
    return built.node("Conv", ["xq_real", weights], name, **attributes)


def test_layer_between_q_and_dq(tmp_path: Path) -> None:
    built = start()
    built.quantize(built.node("Relu", [convolved(built)], "relu"), 0.2, 5, "uint8", "yq")
    built.dequantize("yq", 0.2, 5, "uint8")
    built.output("yq_real", "float")
    found = reading(built, tmp_path)
    model = found.model()
    (node,) = model.network.nodes
    assert (node.name, node.inputs, model.network.outputs) == ("yq", ("xq",), ("yq",))
    assert isinstance(node.step, Conv2d)
    unit = node.step.requantize
    assert (unit.mode, unit.zero_point, unit.low, unit.high) == ("f32_even", 5, 5, 255)
    assert unit.scale == float(np.float32(0.1) * np.float32(0.5) / np.float32(0.2))
    assert node.step.accumulator.bits == 32
    by_name = {one.name: one for one in found.operators}
    assert by_name["n_sum"].nodes == (node,)
    assert by_name["n_xq"].note == "the network begins with its codes"
    assert by_name["n_relu"].note == "limits of the layer before it"
    info = model.tensors["yq"]
    assert info.format == UInt(8)
    assert [info.scale, info.zero_point] == [np.float32(0.2), 5]
    assert set(model.tensors) == {"xq", "yq"}


@pytest.mark.parametrize(
    ("preset", "mode"),
    [
        ("onnxruntime", "f32_even"),
        ("onnx-reference", "f_even_zp_in"),
        ("tflm", "q31_double"),
        ("torch-fbgemm", "f32_even"),
    ],
)
def test_presets(preset: str, mode: str, tmp_path: Path) -> None:
    built = Builder()
    x = built.input("x", "int8", (1, 2))
    inputs = [x, *built.quantization(0.5, 0, "int8"), built.constant(np.ones((2, 3)), "int8")]
    inputs += [*built.quantization(0.5, 0, "int8"), *built.quantization(0.5, 1, "int8")]
    built.node("QLinearMatMul", inputs, "y")
    built.output("y", "int8")
    (node,) = reading(built, tmp_path, preset=preset).model().network.nodes
    assert isinstance(node.step, Linear)
    assert node.step.requantize.mode == mode
    with pytest.raises(InputError, match="requantize preset must be one of"):
        reading(built, tmp_path, preset="else")


def test_movements_take_the_name_of_the_codes(tmp_path: Path) -> None:
    built = start()
    built.quantize(built.node("Flatten", ["xq_real"], "flat"), 0.1, 3, "uint8", "yq")
    built.output("yq", "uint8")
    model = reading(built, tmp_path).model()
    assert [(node.name, type(node.step)) for node in model.network.nodes] == [("yq", Flatten)]
    assert model.tensors["yq"].format == UInt(8)


def test_same_codes_under_a_second_name(tmp_path: Path) -> None:
    built = start()
    built.quantize("xq_real", 0.1, 3, "uint8", "again")
    built.dequantize("again", 0.1, 3, "uint8")
    built.quantize(built.node("Flatten", ["again_real"], "flat"), 0.1, 3, "uint8", "yq")
    built.output("yq", "uint8")
    found = reading(built, tmp_path)
    assert [node.inputs for node in found.model().network.nodes] == [("xq",)]
    assert {one.name: one.note for one in found.operators}["n_again"] == "the codes of 'xq' again"


def test_other_scale_is_a_table(tmp_path: Path) -> None:
    built = start()
    built.quantize("xq_real", 0.2, 0, "int8", "yq")
    built.output("yq", "int8")
    (node,) = reading(built, tmp_path).model().network.nodes
    assert isinstance(node.step, Lookup)
    # (5 - 3) * 0.1 / 0.2 = 1; (4 - 3) / 2 is a tie, to even
    assert [node.step.table[code] for code in (3, 4, 5, 6, 7, 0)] == [0, 0, 1, 2, 2, -2]


def test_constants_of_the_network(tmp_path: Path) -> None:
    built = start(shape=(1, 2, 3))
    constant = built.constant(np.arange(3).reshape(1, 1, 3), "int8")
    total = built.node("Add", [built.dequantize(constant, 0.1, 0, "int8"), "xq_real"], "sum")
    built.quantize(total, 0.1, 3, "uint8", "yq")
    built.output("yq", "uint8")
    model = reading(built, tmp_path).model()
    (node,) = model.network.nodes
    assert isinstance(node.step, PairLookup)
    notes = {one.name: one.note for one in reading(built, tmp_path).operators}
    assert notes["n_sum"] == "as ONNX Runtime adds on processors with AVX2 and FMA3"
    assert node.inputs == ("xq", constant)
    assert model.network.constants[constant].codes.tolist() == [[0, 1, 2]]
    assert model.network.constants[constant].format == Int(8)


def test_weights_quantized_in_the_file(tmp_path: Path) -> None:
    built = start()
    reals = built.constant(np.full((3, 2, 1, 1), 0.26), "float")
    weights = built.dequantize(built.quantize(reals, 0.1, 0, "int8", "wq"), 0.1, 0, "int8", axis=0)
    total = built.node("Conv", ["xq_real", weights], "sum")
    built.quantize(total, 0.1, 3, "uint8", "yq")
    built.output("yq", "uint8")
    (layer,) = reading(built, tmp_path).model().network.layers.values()
    assert set(layer.weights.reshape(-1)) == {3}


def test_float_head_and_tail_are_left_out_and_said(tmp_path: Path) -> None:
    built = Builder()
    x = built.input("x", "float", ("n", 4))
    scaled = built.node("Mul", [x, built.constant(2.0, "float")], "scaled")
    built.describe(scaled, "float", ("n", 4))
    built.quantize(scaled, 0.1, 3, "uint8", "xq")
    real = built.dequantize("xq", 0.1, 3, "uint8")
    weights = built.dequantize(built.constant(np.ones((4, 3)), "int8"), 0.5, 0, "int8", axis=1)
    built.quantize(built.node("MatMul", [real, weights], "sum"), 0.2, 5, "uint8", "yq")
    built.node("Softmax", [built.dequantize("yq", 0.2, 5, "uint8")], "y")
    built.output("y", "float")
    model = reading(built, tmp_path).model()
    assert (tuple(model.network.inputs), model.network.outputs) == (("xq",), ("yq",))
    assert model.notes == (
        "Mul 'n_scaled' works on reals before the first integer operator: left out",
        "Softmax 'n_y' works on reals after the last integer operator: left out",
    )


def test_operators_of_codes_are_refused_at_the_end_too(tmp_path: Path) -> None:
    built = start(shape=(1, 4))
    built.node("Relu", ["xq_real"], "positive")
    built.quantize("positive", 0.1, 3, "uint8", "q")
    scale, zero = built.quantization(0.1, 3, "uint8")
    built.node("com.microsoft.QLinearReduceMean", ["q", scale, zero, scale, zero], "y")
    built.output("y", "uint8")
    (refusal,) = reading(built, tmp_path).refusals
    assert refusal.startswith(
        "com.microsoft.QLinearReduceMean 'n_y': has no exact integer definition"
    )


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"axis": -1}, "attribute opset must be given"),
        ({"axis": 0, "opset": 13}, "axis must be in 1..2, got 0"),
        ({"opset": 12}, "axis must be the last, 2, before opset 13, got 1"),
    ],
)
def test_softmax_along_other_axes(attributes: dict[str, int], message: str, tmp_path: Path) -> None:
    built = Builder()
    x, by = built.input("x", "uint8", (1, 3, 4)), built.quantization(0.1, 3, "uint8")
    built.node("com.microsoft.QLinearSoftmax", [x, *by, *by], "y", **attributes)
    built.output("y", "uint8")
    (refusal,) = reading(built, tmp_path).refusals
    assert refusal == f"com.microsoft.QLinearSoftmax 'n_y': {message}"


def test_accumulators_as_outputs(tmp_path: Path) -> None:
    built = Builder()
    x = built.input("x", "uint8", (1, 2))
    built.node("MatMulInteger", [x, built.constant(np.ones((2, 3)), "int8")], "y")
    built.output("y", "int32")
    model = reading(built, tmp_path).model()
    assert model.network.tensors["y"].format == Int(32)
    assert model.network.layers["y"].requantize.mode == "none"


def blocks(built: Builder) -> None:
    """Scales for blocks of two weights."""
    by = [built.constant(np.ones((2, 3)), "float"), built.constant(np.zeros((2, 3)), "int8")]
    codes = built.constant(np.ones((4, 3)), "int8")
    weights = built.node("DequantizeLinear", [codes, *by], "w", axis=0, block_size=2)
    built.quantize(built.node("MatMul", ["xq_real", weights], "sum"), 0.1, 0, "uint8", "yq")


def negative_scale(built: Builder) -> None:
    built.quantize("xq_real", -0.1, 0, "uint8", "yq")


def float_weights(built: Builder) -> None:
    weights = built.constant(np.ones((4, 3)), "float")
    built.quantize(built.node("MatMul", ["xq_real", weights], "sum"), 0.1, 0, "uint8", "yq")


def float_bias(built: Builder) -> None:
    weights = built.dequantize(built.constant(np.ones((4, 3)), "int8"), 0.5, 0, "int8", axis=1)
    inputs = ["xq_real", weights, built.constant(np.ones(3), "float")]
    built.quantize(built.node("Gemm", inputs, "sum"), 0.1, 0, "uint8", "yq")


def bias_of_another_scale(built: Builder) -> None:
    weights = built.dequantize(built.constant(np.ones((4, 3)), "int8"), 0.5, 0, "int8", axis=1)
    bias = built.dequantize(built.constant(np.ones(3), "int32"), 0.06, 0, "int32")
    total = built.node("Gemm", ["xq_real", weights, bias], "sum")
    built.quantize(total, 0.1, 0, "uint8", "yq")


def factor(built: Builder) -> None:
    weights = built.dequantize(built.constant(np.ones((4, 3)), "int8"), 0.5, 0, "int8", axis=1)
    total = built.node("Gemm", ["xq_real", weights], "sum", alpha=0.5)
    built.quantize(total, 0.1, 0, "uint8", "yq")


def scales_of_another_axis(built: Builder) -> None:
    codes = built.constant(np.ones((4, 3)), "int8")
    weights = built.dequantize(codes, np.full(4, 0.5), np.zeros(4), "int8", axis=0)
    built.quantize(built.node("MatMul", ["xq_real", weights], "sum"), 0.1, 0, "uint8", "yq")


def unknown_operator(built: Builder) -> None:
    built.quantize(built.node("Erf", ["xq_real"], "erf"), 0.1, 0, "uint8", "yq")


def unknown_chain(built: Builder) -> None:
    built.node("Exp", ["xq_real"], "exp")
    built.quantize(built.node("Erf", ["exp"], "erf"), 0.1, 0, "uint8", "yq")
    built.dequantize("yq", 0.1, 0, "uint8")
    built.quantize(built.node("Erf", ["yq_real"], "later"), 0.1, 0, "uint8", "zq")


def two_unknown_operators(built: Builder) -> None:
    built.quantize(built.node("Erf", ["xq_real"], "erf"), 0.1, 0, "uint8", "yq")
    built.dequantize("yq", 0.1, 0, "uint8")
    built.quantize(built.node("Exp", ["xq_real"], "exp"), 0.1, 0, "uint8", "zq")


def dynamic_scale(built: Builder) -> None:
    built.nodes.append(
        helper.make_node("DynamicQuantizeLinear", ["x"], ["dq", "ds", "dz"], name="n_dq")
    )


def batch_moved(built: Builder) -> None:
    built.quantize(built.node("Transpose", ["xq_real"], "t", perm=[1, 0]), 0.1, 3, "uint8", "yq")


def batch_folded(built: Builder) -> None:
    shape = built.constant([-1, 2], "int64")
    built.quantize(built.node("Reshape", ["xq_real", shape], "r"), 0.1, 3, "uint8", "yq")


def wide_pair(built: Builder) -> None:
    other = built.quantize("xq_real", 0.1, 3, "int16", "wide")
    total = built.node("Add", ["xq_real", built.dequantize(other, 0.1, 3, "int16")], "sum")
    built.quantize(total, 0.1, 3, "uint8", "yq")


def scale_from_outside(built: Builder) -> None:
    scale = built.input("scale", "float", ())
    built.node("QuantizeLinear", ["xq_real", scale, built.constant(0, "uint8")], "yq")


def several_scales_of_activations(built: Builder) -> None:
    built.quantize("xq_real", np.full(4, 0.1), np.zeros(4), "uint8", "yq")


@pytest.mark.parametrize(
    ("extend", "refusals"),
    [
        (blocks, ["DequantizeLinear 'n_w': scales for blocks of 2 codes have no exact integer"]),
        (negative_scale, ["QuantizeLinear 'n_yq': scales must be finite and positive, got -0.1"]),
        (float_weights, ["MatMul 'n_sum': weights must be constant codes behind a Dequantize"]),
        (float_bias, ["Gemm 'n_sum': bias 'c7' must be constant codes of int32 behind"]),
        (bias_of_another_scale, ["Gemm 'n_sum': scale of bias 'c7_real' must be input scale"]),
        (factor, ["Gemm 'n_sum': alpha must be 1, got 0.5; put it into a scale"]),
        (scales_of_another_axis, ["MatMul 'n_sum': weight scales must be for the axis of the"]),
        (unknown_operator, ["Erf 'n_erf': has no exact integer definition here"]),
        (unknown_chain, ["Exp 'n_exp': has no exact", "Erf 'n_erf': has no exact"]),
        (two_unknown_operators, ["Erf 'n_erf': has no exact", "Exp 'n_exp': has no exact"]),
        (dynamic_scale, ["DynamicQuantizeLinear 'n_dq': its scale depends on the data"]),
        (batch_moved, ["Transpose 'n_t': perm must keep the batch as the first of 2 axes"]),
        (batch_folded, ["Reshape 'n_r': shape must keep the batch as its first axis"]),
        (wide_pair, ["Add 'n_sum': inputs must have at most 16 bits together, got 24"]),
        (scale_from_outside, ["QuantizeLinear 'n_yq': scale must be a constant of the file"]),
        (several_scales_of_activations, ["codes of an activation must have one scale"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_refusals(extend: Callable[[Builder], None], refusals: list[str], tmp_path: Path) -> None:
    built = start(shape=(1, 4))
    extend(built)
    built.output(built.nodes[-1].output[0], "uint8")
    found = reading(built, tmp_path)
    assert len(found.refusals) == len(refusals), found.refusals
    for said, expected in zip(found.refusals, refusals, strict=True):
        assert expected in said
    with pytest.raises(UnsupportedModelError, match=re.escape(refusals[0])):
        found.model()


def test_file_without_codes_is_refused(tmp_path: Path) -> None:
    built = Builder()
    built.node("Relu", [built.input("x", "float", (1, 2))], "y")
    built.output("y", "float")
    with pytest.raises(UnsupportedModelError, match="holds no integer operator; quantize it first"):
        model_of(built.model(), tmp_path)


def test_limits_within_the_codes_are_a_clamp_of_the_layer(tmp_path: Path) -> None:
    built = start()
    bounds = [built.constant(0.0, "float"), built.constant(6.0, "float")]
    limited = built.node("Clip", [convolved(built), *bounds], "relu6")
    built.quantize(limited, 0.05, 10, "uint8", "yq")
    built.output("yq", "uint8")
    (layer,) = reading(built, tmp_path).model().network.layers.values()
    assert (layer.requantize.low, layer.requantize.high) == (10, 130)
