"""Is everything that cannot be exact refused by name, with what to do, and all of it at once?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.errors import ModelFileError, UnsupportedModelError
from qpim_emu.frontends.qonnx import read
from tests.frontends.qonnx_models import DOMAIN, Builder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCALE = 0.5


def real_weights(b: Builder) -> None:
    codes = b.quant("in", SCALE, 4)
    b.node("Conv", codes, b.constant([[[[0.5]], [[0.25]]]]))


def real_input(b: Builder) -> None:
    weights = b.quant(b.constant([[[[0.5]], [[0.25]]]]), SCALE, 4)
    b.node("Conv", "in", weights)


def unrounded_sums(b: Builder) -> None:
    codes = b.quant("in", SCALE, 4)
    weights = b.quant(b.constant([[[[0.5]], [[0.25]]]] * 2), SCALE, 4)
    b.node("Conv", b.node("Conv", codes, weights), weights)


def two_scales(b: Builder) -> None:
    first = b.quant("in", SCALE, 4)
    second = b.quant(b.node("Mul", first, b.constant(0.3)), 0.1, 4)
    b.quant(b.node("Add", first, second), SCALE, 4)


def joined_scales(b: Builder) -> None:
    first = b.quant("in", SCALE, 4)
    second = b.quant(b.node("Mul", first, b.constant(0.3)), 0.1, 4)
    b.quant(b.node("Concat", first, second, axis=1), SCALE, 4)


def input_channels(b: Builder) -> None:
    codes = b.quant("in", [[[1.0]], [[0.5]]], 4)
    weights = b.quant(b.constant([[[[0.5]], [[0.25]]]]), SCALE, 4)
    b.node("Conv", codes, weights)


def weight_channels(b: Builder) -> None:
    codes = b.quant("in", SCALE, 4)
    weights = b.quant(b.constant([[[[0.5]], [[0.25]]]]), [[[[1.0]], [[0.5]]]], 4)
    b.node("Conv", codes, weights)


def element_scales(b: Builder) -> None:
    b.quant("in", [[[1.0, 2.0], [1.0, 2.0]], [[1.0, 2.0], [1.0, 2.0]]], 4)


def bits(count: float) -> Callable[[Builder], None]:
    return lambda b: void(b.quant("in", SCALE, count))  # type: ignore[arg-type]


def zero(point: float) -> Callable[[Builder], None]:
    return lambda b: void(b.quant("in", SCALE, 4, zero=point))


def scale(value: float) -> Callable[[Builder], None]:
    return lambda b: void(b.quant("in", value, 4))


def void(name: str) -> None:
    """Drop a name."""


def bipolar_border(b: Builder) -> None:
    codes = b.bipolar("in", SCALE)
    weights = b.quant(b.constant([[[[0.5]], [[0.25]]]]), SCALE, 4)
    b.node("Conv", codes, weights, pads=[1, 1, 1, 1])


def two_norms(b: Builder) -> None:
    codes = b.quant("in", SCALE, 4)
    one = [b.constant([1.0, 1.0]), b.constant([0.5, 0.5]), b.constant([0.5, 0.5])]
    first = b.node("BatchNormalization", codes, *one, b.constant([0.3, 0.5]))
    second = b.node("BatchNormalization", first, *one, b.constant([0.7, 0.6]))
    b.quant(second, SCALE, 4)


def bilinear(b: Builder) -> None:
    codes = b.quant("in", SCALE, 4)
    larger = b.node("Resize", codes, "", b.constant([1, 1, 2, 2]), mode="linear")
    b.quant(larger, SCALE, 4)


def shifted_neighbours(b: Builder) -> None:
    codes = b.quant("in", SCALE, 4)
    larger = b.node(
        "Resize",
        codes,
        "",
        b.constant([1, 1, 2, 2]),
        mode="nearest",
        nearest_mode="ceil",
        coordinate_transformation_mode="asymmetric",
    )
    b.quant(larger, SCALE, 4)


def open_borders(b: Builder) -> None:
    codes = b.quant("in", SCALE, 4)
    pooled = b.node("AveragePool", codes, kernel_shape=[2, 2], pads=[1, 1, 1, 1])
    b.quant(pooled, SCALE, 4)


def unknown(b: Builder) -> None:
    b.quant(b.node("Sigmoid", b.quant("in", SCALE, 4)), SCALE, 4)


def odd_trunc(b: Builder) -> None:
    codes = b.quant("in", SCALE, 8)
    b.node("Trunc", codes, *map(b.constant, (SCALE, 0, 8, 3 * SCALE, 4)), domain=DOMAIN)


def odd_bias(b: Builder) -> None:
    codes = b.quant("in", SCALE, 4)
    steps = b.constant([[0.5, 1.0]])
    b.node("MultiThreshold", codes, steps, domain=DOMAIN, out_dtype="INT4", out_bias=0.5)


def falling_steps(b: Builder) -> None:
    codes = b.quant("in", SCALE, 4)
    b.node("MultiThreshold", codes, b.constant([[1.0, 0.5]]), domain=DOMAIN, out_dtype="INT4")


def product_of_two(b: Builder) -> None:
    codes = b.quant("in", SCALE, 4)
    b.quant(b.node("Mul", codes, codes), SCALE, 4)


def float_only(b: Builder) -> None:
    b.node("Relu", "in")


def mode(name: str) -> Callable[[Builder], None]:
    return lambda b: void(b.quant("in", SCALE, 4, mode=name) and b.quant("t0", SCALE, 4, mode=name))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (real_weights, "Conv 'n1': weights must be quantized, got real numbers: put a Quant"),
        (real_input, "Conv 'n1': input 'in' must be quantized: put a Quant behind the model's"),
        (
            unrounded_sums,
            "Conv 'n3': input 't2' must be quantized: put a Quant behind the operator",
        ),
        (two_scales, "Add 'n3': inputs must have one scale, got 0.5 and 0.1"),
        (joined_scales, "Concat 'n3': inputs must have one scale and zero point, got [0.5, 0.1"),
        (input_channels, "Conv 'n2': activations must have one scale"),
        (weight_channels, "Conv 'n2': scales of weights must be one per filter"),
        (element_scales, "Quant 'n0': scale must be one number or 2 along axis 1"),
        (bits(0), "Quant 'n0': bit width must be in 1..16, got 0"),
        (bits(17), "Quant 'n0': bit width must be in 1..16, got 17"),
        (bits(3.5), "Quant 'n0': bit width must be one integer, got [3.5]"),
        (zero(0.25), "Quant 'n0': zero point must be one integer, got [0.25]"),
        (zero(1e6), "Quant 'n0': zero point must be within -65536..65536, got 1000000"),
        (scale(0.0), "Quant 'n0': scale must be above 0, got 0.0"),
        (scale(-1.0), "Quant 'n0': scale must be above 0, got -1.0"),
        (scale(float("nan")), "Quant 'n0': scale must be finite numbers, got float32 nan"),
        (bipolar_border, "Conv 'n2': padding needs a code for zero, got codes of bipolar"),
        (two_norms, "BatchNormalization 'n2': a second normalization must be merged"),
        (bilinear, "Resize 'n1': mode must be nearest, got 'linear'"),
        (shifted_neighbours, "Resize 'n1': coordinates must be one of asymmetric+floor"),
        (open_borders, "AveragePool 'n1': count_include_pad must be 1 with padding"),
        (unknown, "Sigmoid 'n1': is not one that is computed exactly here"),
        (odd_trunc, "Trunc 'n1': output scale must be a power of two times the scale, got 3.0"),
        (odd_bias, "MultiThreshold 'n1': out_bias must be a multiple of out_scale above 0"),
        (falling_steps, "MultiThreshold 'n1': thresholds must ascend for every channel"),
        (product_of_two, "Mul 'n1': one input must be a constant"),
        (float_only, "model 'synthesised': must have quantized layers or operations"),
        (mode("RANDOM"), "Quant 'n0': rounding_mode must be one of ROUND"),
    ],
    ids=lambda value: getattr(value, "__name__", "") or None,
)
def test_what_cannot_be_exact_is_named(
    tmp_path: Path, build: Callable[[Builder], None], message: str
) -> None:
    builder = Builder((2, 2, 2))
    build(builder)
    reading = read(builder.save(tmp_path / "model.onnx"))
    with pytest.raises(UnsupportedModelError) as caught:
        reading.model()
    assert message in str(caught.value).replace(f"{DOMAIN}.", "")


def test_all_refusals_come_at_once(tmp_path: Path) -> None:
    builder = Builder((2, 2, 2))
    codes = builder.quant("in", SCALE, 4)
    builder.quant(builder.node("Sigmoid", codes), SCALE, 4)
    builder.quant(builder.node("Erf", codes), SCALE, 4)
    reading = read(builder.save(tmp_path / "model.onnx", "t2", "t4"))
    assert [text.split(":")[0] for text in reading.refusals] == ["Sigmoid 'n1'", "Erf 'n3'"]
    notes = [one.note for one in reading.operators if one.kind.endswith("Quant")]
    assert notes[1:] == ["reads what a refused operator would have made"] * 2


def test_a_computed_scale_is_refused(tmp_path: Path) -> None:
    builder = Builder((2,))
    constants = [builder.constant(value) for value in (0, 4)]
    builder.node("Quant", "in", "in", *constants, domain=DOMAIN, signed=1, narrow=0)
    (refusal,) = read(builder.save(tmp_path / "model.onnx")).refusals[:1]
    assert "scale must be a constant, got tensor 'in', which is computed" in refusal


def test_a_missing_attribute_is_named(tmp_path: Path) -> None:
    builder = Builder((2,))
    constants = [builder.constant(value) for value in (1, 0, 4)]
    builder.node("Quant", "in", *constants, domain=DOMAIN)
    assert "signed must be 0 or 1, got None" in read(builder.save(tmp_path / "m.onnx")).refusals[0]


def test_an_input_without_a_shape_is_named(tmp_path: Path) -> None:
    builder = Builder((2,))
    builder.inputs[0].type.tensor_type.shape.dim[1].dim_param = "width"
    builder.quant("in", SCALE, 4)
    assert "input must have a known shape" in read(builder.save(tmp_path / "m.onnx")).refusals[0]


def test_what_is_no_model_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"\x08\x07" + bytes(100))
    with pytest.raises(ModelFileError):
        read(path)


@pytest.mark.parametrize("size", [-3, 0, 1 << 40])
def test_absurd_sizes_are_no_sizes(tmp_path: Path, size: int) -> None:
    builder = Builder((2,))
    builder.annotate("in", "INT4")
    builder.inputs[0].type.tensor_type.shape.dim[1].dim_value = size
    builder.quant("in", SCALE, 4)
    assert "input must have a known shape" in read(builder.save(tmp_path / "m.onnx")).refusals[0]


def test_sums_of_no_layer_are_refused(tmp_path: Path) -> None:
    builder = Builder((2, 2, 2))
    codes = builder.quant("in", SCALE, 4)
    weights = builder.quant(builder.constant([[[[1.0]]]] * 3), SCALE, 4)
    builder.node("Conv", codes, weights, group=2)
    (refusal,) = read(builder.save(tmp_path / "m.onnx")).refusals
    assert refusal == "accumulators 't2': groups must divide the 3 filters, got 2"


def test_wide_sums_get_wide_accumulators(tmp_path: Path) -> None:
    builder = Builder((1,))
    codes = builder.quant("in", SCALE, 16, zero=65536)
    weights = builder.quant(builder.constant(np.zeros((1, 1))), 1, 16, zero=65536)
    builder.node("Gemm", codes, weights)
    wide = Builder((1 << 16,))
    codes = wide.quant("in", SCALE, 16, zero=65536)
    weights = wide.quant(wide.constant(np.zeros((1 << 16, 1))), 1, 16, zero=65536)
    wide.node("Gemm", codes, weights)
    bits = [
        layer.accumulator.bits
        for one in (builder, wide)
        for layer in read(one.save(tmp_path / "m.onnx")).model().network.layers.values()
    ]
    assert bits == [48, 64]
