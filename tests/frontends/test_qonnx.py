"""Does a QONNX model become the network it means, named as in the file?"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.frontends.qonnx import read
from qpim_emu.oracle.network import reference_network
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.operations import Add, Lookup, MaxPool2d, Repeat
from tests.frontends.qonnx_models import DOMAIN, Builder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qpim_emu.frontends.reading import Reading


@pytest.fixture
def reading(tmp_path: Path) -> Callable[[Builder], Reading]:
    return lambda builder: read(builder.save(tmp_path / "model.onnx"))


def linear_model() -> Builder:
    """One layer of three channels and two filters between two quantizers."""
    builder = Builder((3,))
    codes = builder.quant("in", 0.5, 4)
    constant = builder.constant([[0.25, -0.5, 0.75], [1.0, 0.0, -1.0]])
    held = builder.quant(constant, 0.25, 4, narrow=1)
    sums = builder.node("Gemm", codes, held, builder.constant([0.125, -1.0]), transB=1)
    builder.quant(sums, 0.25, 4, narrow=1)
    return builder


def test_a_layer_between_two_quantizers_is_one_layer(
    reading: Callable[[Builder], Reading],
) -> None:
    found = reading(linear_model())
    model = found.model()
    (node,) = model.network.nodes
    assert (node.name, node.inputs) == ("t3", ("t0",))
    assert isinstance(node.step, Linear)
    assert node.step.weights.tolist() == [[1, -2, 3], [4, 0, -4]]
    assert str(node.step.weight_type) == "int4"
    assert [str(model.network.tensors[name].format) for name in ("t0", "t3")] == ["int4", "int4"]
    assert [one.kind for one in found.operators] == [
        f"{DOMAIN}.Quant",
        f"{DOMAIN}.Quant",
        "Gemm",
        f"{DOMAIN}.Quant",
    ]
    assert found.operators[2].note == "folded into the quantizer that follows"


def test_thresholds_are_worked_by_hand(reading: Callable[[Builder], Reading]) -> None:
    model = reading(linear_model()).model()
    # filter 0: (acc / 8 + 1/8) / (1/4) = acc / 2 + 1/2 rounds to 1 or more above 1/2: from acc 1
    # on; to 2 or more from 3/2 on (2 is even): from acc 2 on.
    thresholds = model.network.layers["t3"].requantize.thresholds
    assert thresholds is not None
    assert thresholds[0].tolist()[7:9] == [1, 2]
    assert model.network.layers["t3"].requantize.offset == -7
    real = model.real["t3"]
    assert [real(acc, filter=0) for acc in (0, 1)] == [Fraction(1, 2), Fraction(1)]
    assert real(0, filter=1) == -4
    assert [real.distance(acc, filter=0) for acc in (0, 1)] == [0, Fraction(1, 2)]
    assert real.distance(1 << 40, filter=0) == (1 << 39) + Fraction(1, 2) - Fraction(13, 2)


def test_tensors_know_their_scales(reading: Callable[[Builder], Reading]) -> None:
    info = reading(linear_model()).model().tensors["t0"]
    assert (float(np.asarray(info.scale)), int(np.asarray(info.zero_point))) == (0.5, 0)
    assert info.axes == (0, 1)


def test_unsigned_weights_are_read_as_such(reading: Callable[[Builder], Reading]) -> None:
    builder = Builder((2,))
    codes = builder.quant("in", 1, 4, signed=0)
    weights = builder.quant(builder.constant([[3.0], [9.0]]), 1, 3, signed=0, zero=2)
    builder.quant(builder.node("MatMul", codes, weights), 4, 4)
    layer = reading(builder).model().network.layers["t3"]
    assert layer.weights.tolist() == [[5, 7]]
    assert (str(layer.weight_type), layer.weight_zero_point.tolist()) == ("uint3", [2])


@pytest.mark.parametrize(("narrow", "stored"), [(1, "int4"), (0, "int5")])
def test_a_negative_scale_negates_weights_and_may_need_a_bit_more(
    reading: Callable[[Builder], Reading], narrow: int, stored: str
) -> None:
    builder = Builder((2,))
    codes = builder.quant("in", 1, 4)
    lowest = -7.0 if narrow else -8.0
    weights = builder.quant(builder.constant([[lowest, 1.0]]), 1, 4, narrow=narrow)
    sums = builder.node("Gemm", codes, weights, transB=1)
    builder.quant(builder.node("Mul", sums, builder.constant(-0.5)), 1, 8)
    found = reading(builder)
    layer = found.model().network.layers["t4"]
    assert (layer.weights.tolist(), str(layer.weight_type)) == ([[-lowest, -1]], stored)
    assert "weights of some filters are negated" in found.notes[0]


def test_codes_of_another_scale_are_looked_up(reading: Callable[[Builder], Reading]) -> None:
    builder = Builder((2, 2, 2))
    first = builder.quant("in", 0.5, 4)
    builder.quant(builder.node("Add", first, builder.constant(0.25)), 1, 3)
    model = reading(builder).model()
    (node,) = model.network.nodes
    assert isinstance(node.step, Lookup)
    expected = [int(np.clip(np.round(c / 2 + 0.25), -4, 3)) for c in range(-8, 8)]
    assert list(node.step.table) == expected


def test_channels_of_their_own_scale_are_copied_by_a_depthwise_layer(
    reading: Callable[[Builder], Reading],
) -> None:
    builder = Builder((2, 1, 1))
    first = builder.quant("in", 0.5, 4, zero=1)
    scaled = builder.node("Mul", first, builder.constant([[[1.0]], [[-2.0]]]))
    builder.quant(builder.node("Relu", scaled), 1, 3)
    model = reading(builder).model()
    (node,) = model.network.nodes
    assert isinstance(node.step, Conv2d)
    assert node.step.weights.reshape(-1).tolist() == [1, -1]
    codes = np.array([[[[7]], [[-3]]]])
    assert reference_network(model.network, {"t0": codes})["t3"].reshape(-1).tolist() == [3, 3]


def test_bipolar_activations_are_one_bit(reading: Callable[[Builder], Reading]) -> None:
    builder = Builder((3,))
    signs = builder.bipolar("in", 0.5)
    weights = builder.bipolar(builder.constant([[1.0, -2.0, 0.0]]), 0.25)
    sums = builder.node("Gemm", signs, weights, transB=1)
    builder.bipolar(sums, 1.0)
    model = reading(builder).model()
    layer = model.network.layers["t3"]
    assert [str(kind.format) for kind in model.network.tensors.values()] == ["bipolar", "bipolar"]
    assert (str(layer.weight_type), layer.weights.tolist()) == ("bipolar", [[1, -1, 1]])
    outputs = reference_network(model.network, {"t0": np.array([[1, 1, -1], [1, -1, -1]])})["t3"]
    assert outputs.tolist() == [[-1], [1]]


def test_a_maximum_of_sums_is_taken_of_codes(reading: Callable[[Builder], Reading]) -> None:
    builder = Builder((1, 2, 2))
    codes = builder.quant("in", 1, 4)
    weights = builder.quant(builder.constant([[[[1.0]]]]), 1, 2)
    sums = builder.node("Conv", codes, weights)
    builder.quant(builder.node("MaxPool", sums, kernel_shape=[2, 2]), 1, 4)
    nodes = reading(builder).model().network.nodes
    assert [(node.name, type(node.step)) for node in nodes] == [
        ("t4/codes", Conv2d),
        ("t4", MaxPool2d),
    ]


def test_sums_that_nothing_rounds_are_given_out(reading: Callable[[Builder], Reading]) -> None:
    builder = linear_model()
    builder.nodes.pop()
    builder.node("Softmax", "t2")
    found = reading(builder)
    model = found.model()
    assert model.network.outputs == ("t2/accumulators",)
    assert str(model.network.tensors["t2/accumulators"].format) == "int48"
    assert model.real["t2/accumulators"](8, filter=0) == Fraction(9, 8)
    assert any("Softmax" in note and "behind the last one" in note for note in found.notes)


def test_float_operators_in_front_are_left_out(reading: Callable[[Builder], Reading]) -> None:
    builder = Builder((2,))
    shifted = builder.node("Sub", "in", builder.constant(0.5))
    first = builder.quant(builder.node("Relu", shifted), 0.5, 4, signed=0)
    builder.quant(first, 1, 3, signed=0)
    found = reading(builder)
    assert list(found.inputs) == ["t2"]
    assert [note.split(":")[0] for note in found.notes] == ["Sub 'n0'", "Relu 'n1'"]


def test_integers_that_finn_noted_need_no_quantizer(
    reading: Callable[[Builder], Reading],
) -> None:
    builder = Builder((2, 1, 1))
    builder.annotate("in", "UINT3")
    weights = builder.constant([[[[2.0]], [[-1.0]]]])
    sums = builder.node("Conv", "in", weights)
    builder.node(
        "MultiThreshold",
        sums,
        builder.constant([[-0.5, 2.0, 2.25]]),
        domain=DOMAIN,
        out_dtype="INT2",
        out_bias=-2.0,
    )
    model = reading(builder).model()
    assert str(model.network.inputs["in"].format) == "uint3"
    layer = model.network.layers["t1"]
    assert layer.requantize.thresholds is not None
    assert layer.requantize.thresholds.tolist() == [0, 2, 3]
    assert (layer.requantize.offset, str(layer.weight_type)) == (-2, "int3")


def test_equal_scales_add_exactly(reading: Callable[[Builder], Reading]) -> None:
    builder = Builder((4,))
    first = builder.quant("in", 0.5, 4, zero=3)
    second = builder.quant(builder.node("Relu", first), 0.5, 3, signed=0)
    builder.quant(builder.node("Add", first, second), 0.5, 4)
    model = reading(builder).model()
    step = next(node.step for node in model.network.nodes if isinstance(node.step, Add))
    a, b = np.meshgrid(np.arange(-8, 8), np.arange(8))
    assert np.array_equal(step.compute(a[None], b[None])[0], a - 3 + b)


@pytest.mark.parametrize("coordinates", ["asymmetric", "half_pixel", "pytorch_half_pixel"])
def test_nearest_neighbours_are_repeated(
    reading: Callable[[Builder], Reading], coordinates: str
) -> None:
    builder = Builder((1, 2, 2))
    first = builder.quant("in", 0.5, 4)
    builder.node(
        "Resize",
        first,
        builder.constant([]),
        builder.constant([1, 1, 2, 3]),
        mode="nearest",
        nearest_mode="floor" if coordinates == "asymmetric" else "round_prefer_floor",
        coordinate_transformation_mode=coordinates,
    )
    (node,) = reading(builder).model().network.nodes
    assert node.step == Repeat(counts=(1, 2, 3))


def test_weights_that_float32_rounds_otherwise_are_named(
    reading: Callable[[Builder], Reading],
) -> None:
    builder = Builder((1,))
    codes = builder.quant("in", 1, 4)
    held = builder.quant(builder.constant([[1.75], [1.4]]), 0.7, 4)  # 0.7 is below 7/10 there
    builder.quant(builder.node("Gemm", codes, held, transB=1), 1, 4)
    found = reading(builder)
    assert found.operators[1].note == (
        "1 of 2 codes differ in float32, the first at [0, 0]: 2 instead of 3"
    )
    assert found.model().network.layers["t3"].weights.tolist() == [[3], [2]]
