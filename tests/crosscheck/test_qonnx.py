"""Do synthesised QONNX models at 1..16 bits give the codes that the qonnx package's executor gives?

The models are made by the tests, not exported from a training framework. With scales that are
powers of two float32 is exact and nothing may differ; otherwise codes may differ right at a
threshold, each shown to be within float32's reach of it.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.crosscheck.float_rounding import float_differences
from qpim_emu.crosscheck.qonnx import open_oracle
from qpim_emu.engine.network import run_network
from qpim_emu.errors import MissingExtraError, OracleUnsoundError, UnsupportedModelError
from qpim_emu.frontends.qonnx import read
from qpim_emu.hardware.presets import TOY
from tests.crosscheck.qonnx_comparison import compare, random_inputs
from tests.frontends.qonnx_draws import draw_model
from tests.frontends.qonnx_models import DOMAIN, Builder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qpim_emu.frontends.model import Model


def model_of(builder: Builder, path: Path, *outputs: str) -> Model:
    """The model that a file is read as."""
    return read(builder.save(path / "model.onnx", *outputs)).model()


def test_an_executor_without_its_engine_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = read(draw_model(3, exact=True).save(tmp_path / "model.onnx")).model()
    monkeypatch.setitem(sys.modules, "qonnx.core.onnx_exec", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'qpim-emu\[qonnx\]'"):
        open_oracle(model)


@pytest.mark.parametrize("chunk", range(10))
def test_models_whose_floats_are_exact_agree_in_every_code(tmp_path: Path, chunk: int) -> None:
    checked = 0
    for seed in range(10 * chunk, 10 * chunk + 10):
        reading = read(draw_model(seed, exact=True).save(tmp_path / "model.onnx"))
        if not reading.refusals:  # a drawn window may not fit, or everything be constant
            compared, differing = compare(
                reading.model(), random_inputs(reading.model(), np.random.default_rng(seed), 2)
            )
            assert not differing
            checked += compared > 0
    assert checked >= 7


@pytest.mark.parametrize("chunk", range(10))
def test_models_with_any_scales_agree_but_right_at_thresholds(tmp_path: Path, chunk: int) -> None:
    checked = 0
    for seed in range(1000 + 12 * chunk, 1012 + 12 * chunk):
        reading = read(draw_model(seed, exact=False).save(tmp_path / "model.onnx"))
        if not reading.refusals:
            model = reading.model()
            compared, differing = compare(
                model, random_inputs(model, np.random.default_rng(seed), 1)
            )
            assert differing <= max(2, compared // 100)
            checked += compared > 0
    assert checked >= 9


@pytest.mark.extended
@pytest.mark.parametrize("chunk", range(40))
def test_many_models_agree(tmp_path: Path, chunk: int) -> None:
    for seed in range(10_000 + 50 * chunk, 10_050 + 50 * chunk):
        exact = bool(seed % 2)
        reading = read(draw_model(seed, exact=exact).save(tmp_path / "model.onnx"))
        if not reading.refusals:
            model = reading.model()
            _, differing = compare(model, random_inputs(model, np.random.default_rng(seed), 2))
            assert not (exact and differing)


@pytest.mark.parametrize("tier", ["literal", "fast"])
def test_the_machine_computes_what_the_executor_does(tmp_path: Path, tier: str) -> None:
    spec = TOY.replace(bank_bytes=1 << 16)
    ran = 0
    for seed in (0, 2, 3, 4, 5, 7, 8, 9):
        reading = read(draw_model(seed, exact=True).save(tmp_path / "model.onnx"))
        if reading.refusals:
            continue
        model = reading.model()
        inputs = random_inputs(model, np.random.default_rng(seed), 1)
        engine = open_oracle(model).run(inputs)
        run = run_network(model.network, inputs, spec=spec, tier=tier)
        for name in model.network.outputs:
            assert np.array_equal(run.tensors[name], engine[name])
            ran += 1
    assert ran >= 5


def trunc_first(b: Builder) -> None:
    codes = b.quant("in", 0.5, 6, signed=0)
    pooled = b.node("AveragePool", codes, kernel_shape=[2, 2], strides=[2, 2])
    summed = b.node("Mul", pooled, b.constant(4.0))
    b.node("Trunc", summed, *map(b.constant, (0.5, 0, 8, 6)), domain=DOMAIN, rounding_mode="FLOOR")


def trunc_global(b: Builder) -> None:
    codes = b.quant("in", 0.25, 5)
    pooled = b.node("GlobalAveragePool", codes)
    summed = b.node("Mul", pooled, b.constant(16.0))
    constants = map(b.constant, (0.25, 0, 9, 5))
    b.node("Trunc", summed, *constants, domain=DOMAIN, rounding_mode="ROUND")


def global_average(b: Builder) -> None:
    b.quant(b.node("GlobalAveragePool", b.quant("in", 0.25, 5)), 0.125, 4)


def mean_of_images(b: Builder) -> None:
    mean = b.node("ReduceMean", b.quant("in", 0.25, 5, zero=2), axes=[2, 3], keepdims=0)
    b.quant(mean, 0.125, 4, mode="CEIL")


def padded_average(b: Builder) -> None:
    codes = b.quant("in", 0.25, 4, zero=-3)
    pooled = b.node(
        "AveragePool", codes, kernel_shape=[3, 2], pads=[1, 1, 1, 0], count_include_pad=1
    )
    b.quant(pooled, 0.125, 4, zero=1, mode="HALF_UP")


def residual(b: Builder) -> None:
    codes = b.quant("in", 0.5, 4)
    weights = b.quant(b.constant(np.arange(-4.0, 5).reshape(3, 3, 1, 1)), 1, 4)
    other = b.quant(b.node("Conv", codes, weights), 0.5, 4, zero=1)
    summed = b.node("Add", codes, other)
    b.quant(b.node("Sub", summed, codes), 1, 3, mode="HALF_DOWN")


def joined(b: Builder) -> None:
    codes = b.quant("in", 0.5, 4)
    rectified = b.node("Relu", codes)
    both = b.node("Concat", codes, rectified, axis=1)
    b.quant(both, 1.0, 3)


def counted(b: Builder) -> None:
    codes = b.quant("in", 1.0, 4)
    weights = b.quant(b.constant(np.arange(-4.0, 5).reshape(3, 3, 1, 1)), 1, 4)
    sums = b.node("Conv", codes, weights)
    steps = b.constant(np.sort(np.random.default_rng(0).normal(0, 9, (3, 7)), axis=1))
    counts = b.node("MultiThreshold", sums, steps, domain=DOMAIN, out_dtype="INT4", out_bias=-4.0)
    signs = b.node(
        "MultiThreshold",
        counts,
        b.constant([[0.5]]),
        domain=DOMAIN,
        out_dtype="BIPOLAR",
        out_scale=2.0,
        out_bias=-1.0,
    )
    b.quant(b.node("Conv", signs, weights), 1.0, 5)


def every_channel(b: Builder) -> None:
    codes = b.quant("in", [[[0.5]], [[1.0]], [[0.25]]], 4)
    weights = b.quant(b.constant(np.arange(-4.0, 5).reshape(3, 1, 3, 1)), 1, 4)
    sums = b.node("Conv", codes, weights, group=3)
    narrow = b.quant(sums, [[[1.0]], [[2.0]], [[0.5]]], 3)
    b.quant(narrow, 1.0, 4)


def signed_bit(b: Builder) -> None:
    signs = b.quant("in", 0.5, 1, signed=1, narrow=1)
    weights = b.quant(b.constant(np.linspace(-1, 1, 9).reshape(3, 3, 1, 1)), 0.5, 1, narrow=1)
    b.quant(b.node("Conv", signs, weights), 0.5, 2)


def surrounded(b: Builder) -> None:
    codes = b.quant("in", 0.5, 4, zero=1)
    wide = b.node("Pad", codes, b.constant([0, 0, 1, 0, 0, 0, 0, 2], np.int64), b.constant(1.5))
    flat = b.node("Reshape", wide, b.constant([1, -1], np.int64))
    three = b.node("Unsqueeze", flat, b.constant([2, 3], np.int64))
    two = b.node("Squeeze", three, b.constant([3], np.int64))
    b.quant(b.node("Transpose", two, perm=[0, 2, 1]), 1.0, 4)


def enlarged(b: Builder) -> None:
    codes = b.quant("in", 0.5, 4)
    larger = b.node("Resize", codes, "", "", b.constant([1, 3, 8, 12], np.int64), mode="nearest")
    b.quant(larger, 1.0, 4)


def line(b: Builder) -> None:
    flat = b.node("Reshape", b.quant("in", 0.5, 4), b.constant([1, 3, -1], np.int64))
    weights = b.quant(b.constant(np.arange(-6.0, 6).reshape(2, 3, 2)), 1, 4)
    b.quant(b.node("Conv", flat, weights, pads=[1, 0], strides=[2]), 1.0, 6)


def divided(b: Builder) -> None:
    codes = b.quant("in", 0.5, 4)
    weights = b.quant(b.constant(np.arange(-4.0, 5).reshape(3, 3, 1, 1)), 1, 4)
    moved = b.node("Sub", b.constant(0.25), b.node("Conv", codes, weights))
    b.quant(b.node("Div", moved, b.constant(2.0)), 0.5, 6)


CASES = [
    trunc_first,
    trunc_global,
    global_average,
    mean_of_images,
    padded_average,
    residual,
    joined,
    counted,
    every_channel,
    signed_bit,
    surrounded,
    enlarged,
    line,
    divided,
]


@pytest.mark.parametrize("build", CASES, ids=lambda build: build.__name__)
def test_operators_agree_with_the_executor(
    tmp_path: Path, build: Callable[[Builder], None]
) -> None:
    builder = Builder((3, 4, 4))
    build(builder)
    model = model_of(builder, tmp_path)
    compared, differing = compare(model, random_inputs(model, np.random.default_rng(0), 3))
    assert compared
    assert not differing  # their scales are powers of two


@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("mode", ["FLOOR", "CEIL", "ROUND", "UP", "DOWN", "HALF_UP", "HALF_DOWN"])
def test_truncation_of_both_versions_agrees(tmp_path: Path, mode: str, shift: int) -> None:
    for version in (1, 2):
        builder = Builder((16,), version=version)
        codes = builder.quant("in", 0.5, 8)
        scale = [] if version == 1 else [0.5 * 2**shift]
        constants = [builder.constant(value) for value in (0.5, 0, 8, *scale, 8 - shift)]
        builder.node("Trunc", codes, *constants, domain=DOMAIN, rounding_mode=mode)
        model = model_of(builder, tmp_path)
        inputs = {"t0": np.arange(-128, 128).reshape(16, 16)}
        assert compare(model, inputs) == (256, 0)


def test_sums_that_nothing_rounds_agree(tmp_path: Path) -> None:
    builder = Builder((5,))
    codes = builder.quant("in", 0.3, 4)
    rng = np.random.default_rng(0)
    weights = builder.quant(builder.constant(rng.normal(0, 1, (3, 5))), [[0.3], [0.1], [0.7]], 5)
    bias = builder.constant(rng.normal(0, 1, 3))
    builder.node("Softmax", builder.node("Gemm", codes, weights, bias, transB=1))
    model = model_of(builder, tmp_path)
    oracle = open_oracle(model)
    inputs = random_inputs(model, rng, 4)
    (name,) = model.network.outputs
    layer = model.network.layers[name]
    assert np.array_equal(oracle.run(inputs)[name], inputs["t0"] @ layer.weights.T)
    assert any("float32 sums" in note for note in oracle.notes)


def test_a_difference_is_told_with_its_exact_number(tmp_path: Path) -> None:
    builder = Builder((1,))
    codes = builder.quant("in", 1, 4)
    weights = builder.quant(builder.constant([[1.0]]), 1, 2)
    builder.quant(builder.node("Gemm", codes, weights, transB=1), 2, 4)
    model = model_of(builder, tmp_path)
    (found,) = float_differences(model, "t3", np.array([[3]]), np.array([[1]]))
    assert (found.place, found.accumulator, found.value) == ((0, 0), 3, Fraction(3, 2))
    assert (found.code, found.other, found.distance) == (2, 1, Fraction(0))
    assert str(found) == (
        "[0, 0]: accumulator 3 is exactly 3/2 (1.5), 0 from the threshold: code 2, "
        "the engine's is 1"
    )


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    builder = Builder((1,))
    builder.quant(builder.quant("in", 1, 4), 2, 4)
    model = model_of(builder, tmp_path)
    with pytest.raises(UnsupportedModelError, match="oracle qonnx runs QONNX models, got tflite"):
        open_oracle(replace(model, kind="tflite"))


def test_numbers_between_codes_are_an_error(tmp_path: Path) -> None:
    builder = Builder((1,))
    builder.quant(builder.quant("in", 1, 4), 2, 4)
    model = model_of(builder, tmp_path)
    halved = replace(model.tensors["t1"], scale=np.array(1.7))
    wrong = replace(model, tensors={**model.tensors, "t1": halved})
    with pytest.raises(OracleUnsoundError, match="'t1' must hold codes, got"):
        open_oracle(wrong).run({"t0": np.array([[7]])})
