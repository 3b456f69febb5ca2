"""What does a file of TensorFlow Lite become: names, axes, constants, limits, notes, refusals?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.arith.formats import Int
from qpim_emu.errors import InputError, ModelFileError, UnsupportedModelError
from qpim_emu.frontends.tflite import read
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.operations import Add, Movement, Sub
from tests.frontends.tflite_files import MODELS, whole_network
from tests.frontends.tflite_models import Op, Tensor, make_model, schema, single

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.frontends.model import Model
    from qpim_emu.frontends.reading import Reading

CONV = {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1}


def codes(shape: tuple[int, ...], **fields: Any) -> Tensor:  # noqa: ANN401 - of Tensor
    """A tensor of int8 codes with a scale."""
    return Tensor(shape=shape, **{"scale": 0.5, "zero_point": 3, **fields})


def axes(*values: int) -> Tensor:
    """A constant of integers."""
    return Tensor(shape=(len(values),), type="INT32", data=np.array(values))


def reading_of(data: bytes, folder: Path, preset: str = "tflm") -> Reading:
    """Read a file of these bytes."""
    path = folder / "model.tflite"
    path.write_bytes(data)
    return read(path, preset=preset)


def model_of(data: bytes, folder: Path) -> Model:
    """Read a model of these bytes."""
    return reading_of(data, folder).model()


def test_a_network_between_floats(tmp_path: Path) -> None:
    model = model_of(whole_network(), tmp_path)
    network = model.network
    assert (network.name, model.kind, model.preset) == ("model", "tflite", "tflm")
    assert list(network.inputs) == ["codes"]
    assert network.inputs["codes"].shape == (3, 4, 5)
    assert network.outputs == ("chances",)
    assert [type(node.step).__name__ for node in network.nodes] == [
        "Conv2d",
        "Transpose",
        "Reshape",
        "Softmax",
    ]
    assert [node.name for node in network.nodes] == ["features", "flat/nhwc", "flat", "chances"]
    assert model.notes == (
        "The network begins with 'codes': the engine quantizes its float input before it.",
        "The network ends with 'chances': the engine turns it into floats behind it.",
    )


def test_tensors_of_the_file(tmp_path: Path) -> None:
    tensors = model_of(whole_network(), tmp_path).tensors
    assert {name: info.index for name, info in tensors.items()} == {
        "codes": 1,
        "features": 4,
        "flat": 6,
        "chances": 7,
    }
    features = tensors["features"]
    assert (features.axes, features.format) == ((0, 3, 1, 2), Int(8))
    assert features.zero_point is not None
    assert features.scale is not None
    assert (int(features.zero_point), float(features.scale)) == (-4, float(np.float32(0.1)))
    held = np.arange(12).reshape(1, 2, 3, 2)
    assert features.to_network(held)[0, 1].tolist() == [[1, 3, 5], [7, 9, 11]]
    np.testing.assert_array_equal(features.to_file(features.to_network(held)), held)


def test_layers_hold_weights_channels_first(tmp_path: Path) -> None:
    weights = np.arange(2 * 2 * 1 * 3).reshape(2, 2, 1, 3) - 6
    data = single(
        "CONV_2D",
        [
            codes((1, 4, 4, 3)),
            codes(weights.shape, type="INT4", data=weights, scale=[0.25, 0.5], zero_point=0),
            Tensor(shape=(2,), type="INT32", data=np.array([7, -9])),
        ],
        codes((1, 2, 2, 2), scale=2.0, zero_point=-1),
        **{**CONV, "strideH": 2, "strideW": 3},
        padding=0,
        fusedActivationFunction=3,
    )
    layer = model_of(data, tmp_path).network.layers["tensor3"]
    assert isinstance(layer, Conv2d)
    np.testing.assert_array_equal(layer.weights, weights.transpose(0, 3, 1, 2))
    assert (layer.weight_type, layer.activation_type) == (Int(4), Int(8))
    assert (layer.activation_zero_point, layer.bias.tolist()) == (3, [7, -9])
    assert (layer.stride, layer.padding, layer.accumulator.bits) == ((2, 3), ((0, 0), (0, 0)), 32)
    unit = layer.requantize
    assert (unit.mode, unit.low, unit.high, unit.zero_point) == ("q31_double", -1, 2, -1)
    assert (np.array(unit.shift).tolist(), np.array(unit.multiplier).tolist()) == (
        [3, 2],
        [1 << 30, 1 << 30],
    )


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation", "sides"),
    [
        (5, 3, 1, 1, (1, 1)),
        (5, 2, 1, 1, (0, 1)),
        (6, 3, 2, 1, (0, 1)),
        (7, 3, 2, 1, (1, 1)),
        (5, 3, 1, 2, (2, 2)),
        (6, 1, 3, 1, (0, 0)),
    ],
)
def test_same_padding_is_larger_behind(
    size: int, kernel: int, stride: int, dilation: int, sides: tuple[int, int], tmp_path: Path
) -> None:
    outputs = -(-size // stride)
    data = single(
        "CONV_2D",
        [
            codes((1, size, 1, 1)),
            codes((1, kernel, 1, 1), data=np.ones((1, kernel, 1, 1)), zero_point=0),
        ],
        codes((1, outputs, 1, 1)),
        padding=0,
        strideH=stride,
        strideW=1,
        dilationHFactor=dilation,
        dilationWFactor=1,
    )
    layer = model_of(data, tmp_path).network.layers["tensor2"]
    assert isinstance(layer, Conv2d)
    assert layer.padding == (sides, (0, 0))


def test_depthwise_filters_belong_to_channels(tmp_path: Path) -> None:
    weights = np.arange(6).reshape(1, 1, 1, 6)
    data = single(
        "DEPTHWISE_CONV_2D",
        [codes((1, 2, 2, 3)), codes((1, 1, 1, 6), data=weights, zero_point=0)],
        codes((1, 2, 2, 6)),
        **CONV,
        depthMultiplier=2,
    )
    layer = model_of(data, tmp_path).network.layers["tensor2"]
    assert isinstance(layer, Conv2d)
    assert (layer.groups, layer.weights.reshape(-1).tolist()) == (3, [0, 1, 2, 3, 4, 5])


@pytest.mark.parametrize("said", [0, 1, 3])
def test_depthwise_filters_that_engines_count_otherwise(said: int, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    weights = codes((1, 1, 1, 6), data=np.arange(6).reshape(1, 1, 1, 6), zero_point=0)
    tensors = codes((1, 2, 2, 3)), weights, codes((1, 2, 2, 6))
    data = single("DEPTHWISE_CONV_2D", tensors[:2], tensors[2], **CONV, depthMultiplier=said)
    path.write_bytes(data)
    for preset in ("tflm", "tflm-f32"):
        refusals = read(path, preset=preset).refusals
        assert refusals[0].endswith(f"must be 2, got {said}; use preset litert-ref")
    assert not read(path, preset="litert-ref").refusals


def test_weights_of_a_matrix_may_have_a_zero_point(tmp_path: Path) -> None:
    data = single(
        "FULLY_CONNECTED",
        [codes((1, 3)), codes((2, 3), data=np.ones((2, 3)), zero_point=-5)],
        codes((1, 2)),
    )
    layer = model_of(data, tmp_path).network.layers["tensor2"]
    assert isinstance(layer, Linear)
    assert (layer.weight_zero_point.tolist(), layer.bias.tolist()) == ([-5, -5], [0, 0])


@pytest.mark.parametrize(
    ("preset", "mode"),
    [("tflm", "q31_double"), ("litert-ref", "f64_away"), ("onnxruntime", "f32_even")],
)
def test_presets_choose_the_mode(preset: str, mode: str, tmp_path: Path) -> None:
    data = single(
        "FULLY_CONNECTED",
        [codes((1, 3)), codes((2, 3), data=np.ones((2, 3)), zero_point=0)],
        codes((1, 2)),
    )
    layer = reading_of(data, tmp_path, preset).model().network.layers["tensor2"]
    assert layer.requantize.mode == mode


def test_constants_lie_as_the_network_wants_them(tmp_path: Path) -> None:
    data = single(
        "ADD",
        [codes((1, 2, 2, 3)), codes((2, 3), data=np.arange(6).reshape(2, 3), name="held")],
        codes((1, 2, 2, 3)),
    )
    network = model_of(data, tmp_path).network
    assert network.constants["held"].codes.tolist() == [[[0, 3]], [[1, 4]], [[2, 5]]]
    assert isinstance(network.nodes[0].step, Add)
    assert network.nodes[0].inputs == ("tensor0", "held")


def test_names_that_are_not_unique_get_their_number(tmp_path: Path) -> None:
    tensors = [codes((1, 4), name="x"), codes((1, 4), name="x"), codes((1, 4), name="y")]
    operators = [Op(kind="RELU", inputs=[0], outputs=[1]), Op(kind="RELU", inputs=[1], outputs=[2])]
    network = model_of(make_model(tensors, operators, inputs=[0], outputs=[2]), tmp_path).network
    assert list(network.tensors) == ["x#0", "x#1", "y"]


def test_axes_that_keep_their_order_are_not_transposed(tmp_path: Path) -> None:
    data = single("RESHAPE", [codes((1, 1, 1, 6)), axes(1, 6)], codes((1, 6)))
    nodes = model_of(data, tmp_path).network.nodes
    assert [type(node.step).__name__ for node in nodes] == ["Reshape"]
    data = single("TRANSPOSE", [codes((1, 2, 3, 4)), axes(0, 3, 1, 2)], codes((1, 4, 2, 3)))
    nodes = model_of(data, tmp_path).network.nodes
    assert [getattr(node.step, "axes", None) for node in nodes] == [(2, 0, 1)]
    assert all(isinstance(node.step, Movement) for node in nodes)


def test_both_engines_subtract_by_constants_of_doubles(tmp_path: Path) -> None:
    data = single("SUB", [codes((1, 4)), codes((1, 4), scale=0.013)], codes((1, 4)))
    steps = [
        reading_of(data, tmp_path, preset).model().network.nodes[0].step
        for preset in ("tflm", "litert-ref")
    ]
    assert steps[0] == steps[1]
    assert isinstance(steps[0], Sub)


def test_all_refusals_are_listed(tmp_path: Path) -> None:
    tensors = [
        codes((1, 4), name="a"),
        codes((1, 4), name="b"),
        codes((1, 4), name="c"),
        codes((1, 4), name="d"),
    ]
    operators = [
        Op(kind="HARD_SWISH", inputs=[0], outputs=[1]),
        Op(kind="RELU", inputs=[1], outputs=[2]),
        Op(kind="ELU", inputs=[2], outputs=[3]),
    ]
    found = reading_of(make_model(tensors, operators, inputs=[0], outputs=[3]), tmp_path)
    assert [bool(one.refusal) for one in found.operators] == [True, False, True]
    assert [len(one.nodes) for one in found.operators] == [0, 1, 0]
    with pytest.raises(UnsupportedModelError, match=r"HARD_SWISH 'b'.*ELU 'd'") as error:
        found.model()
    assert len(error.value.refusals) == 2


LINE = codes((1, 4))
WEIGHTS = {"data": np.ones((1, 1, 1, 1)), "zero_point": 0}
REFUSED = {
    "float operator": (
        single(
            "ADD", [Tensor(shape=(1, 4), type="FLOAT32")] * 2, Tensor(shape=(1, 4), type="FLOAT32")
        ),
        "must hold codes of INT8, INT16 or INT4, got FLOAT32; quantize the whole model",
    ),
    "hybrid weights": (
        single(
            "FULLY_CONNECTED",
            [LINE, Tensor(shape=(2, 4), type="FLOAT32", scale=1.0, data=np.ones((2, 4)))],
            codes((1, 2)),
        ),
        "weights of INT8 inputs must be INT4 or INT8, got FLOAT32; quantize weights",
    ),
    "unsigned codes": (single("RELU", [codes((1, 4), type="UINT8")], LINE), "got UINT8"),
    "dynamic shape": (single("RELU", [codes((1, 0))], LINE), "must have a fixed shape"),
    "no scale": (single("RELU", [codes((1, 4), scale=None)], LINE), "must have one scale, got 0"),
    "scale of zero": (single("RELU", [codes((1, 4), scale=0.0)], LINE), "finite and positive"),
    "scale per channel of an input": (
        single("RELU", [codes((1, 4), scale=[1.0, 2.0])], LINE),
        "must have one scale, got 2",
    ),
    "zero point of weights": (
        single(
            "CONV_2D",
            [codes((1, 1, 1, 1)), codes((1, 1, 1, 1), data=np.ones((1, 1, 1, 1)))],
            codes((1, 1, 1, 1)),
            **CONV,
        ),
        "zero point of tensor 1 .tensor1. must be 0, got 3",
    ),
    "fused activation": (
        single("ADD", [LINE, LINE], LINE, fusedActivationFunction=4),
        "make it an",
    ),
    "weights that are computed": (
        single("FULLY_CONNECTED", [LINE, codes((2, 4), zero_point=0)], codes((1, 2))),
        "must be a constant of the file|first axis of",
    ),
    "data of another size": (
        single("FULLY_CONNECTED", [LINE, codes((2, 4), data=np.ones(7))], codes((1, 2))),
        "must have 8 bytes, got 7",
    ),
    "state": (single("RELU", [codes((1, 4), is_variable=True)], LINE), "must not be a state"),
    "batch in the way": (
        single("RESHAPE", [codes((1, 4)), axes(2, 2)], codes((2, 2))),
        "must stay the batch of 1",
    ),
    "other scale": (
        single("CONCATENATION", [LINE, codes((1, 4), scale=0.25)], codes((1, 8)), axis=1),
        "must have the output's scale and zero point",
    ),
    "wrong shape": (single("RELU", [LINE], codes((1, 5))), "must have shape .4."),
    "backwards": (
        single("SUB", [codes((1, 1)), LINE], LINE),
        "first input must have the output's shape",
    ),
    "softmax of another scale": (single("SOFTMAX", [LINE], LINE, beta=1.0), "of scale 0.00390625"),
    "ellipsis": (
        single(
            "STRIDED_SLICE",
            [LINE, axes(0, 0), axes(1, 2), axes(1, 1)],
            codes((1, 2)),
            ellipsisMask=1,
        ),
        "must have no ellipsis",
    ),
    "float in the middle": (
        make_model(
            [LINE, Tensor(shape=(1, 4), type="FLOAT32"), Tensor(shape=(1, 4), type="FLOAT32")],
            [
                Op(kind="DEQUANTIZE", inputs=[0], outputs=[1]),
                Op(kind="LOG", inputs=[1], outputs=[2]),
            ],
            inputs=[0],
            outputs=[2],
        ),
        "DEQUANTIZE .*must be an output that nothing else reads",
    ),
    "custom operator": (
        make_model(
            [LINE, LINE], [Op(kind="CUSTOM", inputs=[0], outputs=[1])], inputs=[0], outputs=[1]
        ),
        "CUSTOM .*operator must be one of ADD, AVERAGE_POOL_2D",
    ),
    "output from nowhere": (
        make_model(
            [LINE, LINE, LINE], [Op(kind="RELU", inputs=[0], outputs=[1])], inputs=[0], outputs=[2]
        ),
        "must be computed by an operator",
    ),
    "computed twice": (
        make_model(
            [LINE, LINE], [Op(kind="RELU", inputs=[0], outputs=[1])] * 2, inputs=[0], outputs=[1]
        ),
        "must be computed once",
    ),
    "bias of depthwise": (
        single(
            "DEPTHWISE_CONV_2D",
            [
                codes((1, 1, 1, 1), type="INT16", zero_point=0),
                codes((1, 1, 1, 1), **WEIGHTS),
                Tensor(shape=(1,), type="INT32", data=np.ones(1)),
            ],
            codes((1, 1, 1, 1), type="INT16", zero_point=0),
            **CONV,
            depthMultiplier=1,
        ),
        "must be INT64 in depthwise convolutions, got INT32",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_why(name: str, tmp_path: Path) -> None:
    data, message = REFUSED[name]
    with pytest.raises(UnsupportedModelError, match=message):
        model_of(data, tmp_path)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("INT32", 0, "must be announced by quantized_bias_type"), ("INT32", 2, "")],
)
def test_what_litert_alone_cannot_do(field: str, value: int, message: str, tmp_path: Path) -> None:
    data = single(
        "FULLY_CONNECTED",
        [
            codes((1, 4), type="INT16", zero_point=0),
            codes((2, 4), data=np.ones((2, 4)), zero_point=0),
            Tensor(shape=(2,), type=field, data=np.ones(2)),
        ],
        codes((1, 2), type="INT16", zero_point=0),
        quantizedBiasType=value,
    )
    assert not reading_of(data, tmp_path).refusals
    refusals = reading_of(data, tmp_path, "litert-ref").refusals
    assert bool(refusals) == bool(message)
    assert all(message in refusal for refusal in refusals)


def test_powers_of_two_are_litert_s_own_way_of_adding(tmp_path: Path) -> None:
    line = codes((1, 4), type="INT16", zero_point=0)
    data = single("ADD", [line, line], line, potScaleInt16=True)
    assert not reading_of(data, tmp_path).refusals
    (refusal,) = reading_of(data, tmp_path, "litert-ref").refusals
    assert "must not all be powers of two" in refusal


def test_several_subgraphs_are_refused(tmp_path: Path) -> None:
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(whole_network(), 0))
    model.subgraphs = model.subgraphs * 2
    builder = schema.flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    with pytest.raises(UnsupportedModelError, match="must hold one subgraph, got 2; export it"):
        model_of(bytes(builder.Output()), tmp_path)


def test_a_model_without_operators_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="must have inputs and operators, got 1 and 0"):
        model_of(make_model([LINE], [], inputs=[0], outputs=[0]), tmp_path)


def test_unknown_preset(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="preset must be one of tflm"):
        reading_of(whole_network(), tmp_path, "tf1")


@pytest.mark.parametrize("name", MODELS)
def test_models_in_the_wild(name: str) -> None:
    if not MODELS[name].exists():
        pytest.skip("the model is not there")
    found = read(MODELS[name])
    assert (found.refusals, found.notes) == ((), ())
    model = found.model()
    assert set(model.tensors) == set(model.network.tensors)
    assert all(info.index is not None for info in model.tensors.values())
