"""Do operations treat shapes, formats and special values as their documentation says?"""

from __future__ import annotations

import numpy as np
import pytest

from qpim_emu.arith.formats import BIPOLAR, Int, UInt
from qpim_emu.errors import LayerError
from qpim_emu.workload.operations import (
    Add,
    AveragePool2d,
    Clamp,
    Concat,
    GlobalAveragePool2d,
    Lookup,
    MaxPool2d,
    Mean,
    Mul,
    Pad,
    Rescale,
    Softmax,
    activation_limits,
)

PLAIN_PRODUCT = Mul(
    zero_points=(0, 0), multiplier=1 << 30, shift=-1, output_zero_point=0, low=-128, high=127
)
"""The product itself: its multiplier is 1."""

IMAGE = np.arange(1, 9).reshape(1, 2, 2, 2)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ([[10, 20]], [10, 20, 30, 40, 100, 120, 140, 160]),
        ([[[[10]], [[20]]]], [10, 20, 30, 40, 100, 120, 140, 160]),
        ([[[[1, 10], [2, 20]]]], [1, 20, 6, 80, 5, 60, 14, 160]),
        ([10], [10, 20, 30, 40, 50, 60, 70, 80]),
        ([[10]], [10, 20, 30, 40, 50, 60, 70, 80]),
    ],
    ids=["channels", "channels with axes", "image", "no axes", "one element"],
)
def test_second_operand_spreads_over_the_first(second: list[object], expected: list[int]) -> None:
    values = np.array(second)
    assert PLAIN_PRODUCT.output_shape((2, 2, 2), values.shape[1:]) == (2, 2, 2)
    wide = Mul(
        zero_points=(0, 0), multiplier=1 << 30, shift=-1, output_zero_point=0, low=-500, high=500
    )
    assert wide.compute(IMAGE, values).reshape(-1).tolist() == expected


def test_each_image_meets_its_own_second_operand() -> None:
    first, second = np.array([[1, 2], [3, 4]]), np.array([[10], [20]])
    assert PLAIN_PRODUCT.compute(first, second).tolist() == [[10, 20], [60, 80]]


def test_product_and_sum_wrap_at_32_bits() -> None:
    mul = Mul(
        zero_points=(0, 0),
        multiplier=1 << 30,
        shift=15,
        output_zero_point=0,
        low=-65536,
        high=65536,
    )
    assert mul.compute(np.array([[65535]]), np.array([[65535]])).tolist() == [[-2]]
    add = Add(
        zero_points=(0, 0),
        multipliers=((1 << 31) - 1, (1 << 31) - 1),
        shifts=(0, 0),
        left_shift=20,
        output_multiplier=1 << 30,
        output_shift=18,
        output_zero_point=0,
        low=-65536,
        high=65536,
    )
    # 2 * (1500 * 2**20 - 1) less 2**32, halved and over 2**18
    codes = np.array([[1500]])
    assert add.compute(codes, codes).tolist() == [[(1500 * 2 - 4096) * 4 // 2]]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [((-128, 127), Int(8)), ((0, 127), UInt(7)), ((-1, 0), Int(1)), ((3, 255), UInt(8))],
)
def test_limits_make_the_smallest_format(limits: tuple[int, int], expected: object) -> None:
    rescale = Rescale(
        multiplier=1 << 30,
        shift=0,
        input_zero_point=0,
        output_zero_point=0,
        low=limits[0],
        high=limits[1],
    )
    assert rescale.output_format(Int(8)) == expected


def test_formats_that_stay() -> None:
    assert Clamp(low=0, high=6).output_format(Int(8)) == Int(8)
    assert MaxPool2d(kernel=2).output_format(BIPOLAR) == BIPOLAR
    assert Concat(count=2).output_format(BIPOLAR, BIPOLAR) == BIPOLAR
    assert Concat(count=2).output_format(UInt(7), UInt(7)) == UInt(7)
    assert Concat(count=3).output_format(UInt(7), Int(4), UInt(3)) == Int(8)
    assert Pad(padding=((1, 0),), code=-1).output_format(BIPOLAR) == BIPOLAR
    assert Lookup(table=(0, 0, 5, 1), first=-2).output_format(Int(2)) == UInt(3)


def test_padding_counts_where_it_has_a_code() -> None:
    image = np.array([[[[8]]]])
    around = {"kernel": 2, "stride": 1, "padding": 1}
    assert AveragePool2d(**around).compute(image).tolist() == [[[[8, 8], [8, 8]]]]
    counted = AveragePool2d(**around, padding_code=-4)
    assert counted.compute(image).tolist() == [[[[-1, -1], [-1, -1]]]]
    zero = AveragePool2d(**around, padding_code=0)
    assert zero.compute(image).tolist() == [[[[2, 2], [2, 2]]]]


def test_global_average_is_the_average_of_one_window() -> None:
    codes = np.arange(-30, 30).reshape(2, 3, 2, 5)
    window = AveragePool2d(kernel=(2, 5)).compute(codes)
    np.testing.assert_array_equal(GlobalAveragePool2d().compute(codes), window)


def test_mean_of_one_scale_is_nearly_the_rounded_average() -> None:
    mean = Mean.from_scales(
        axes=(0, 2),
        keep_axes=True,
        input_scale=0.1,
        output_scale=0.1,
        input_zero_point=-7,
        output_zero_point=-7,
        low=-128,
        high=127,
    )
    codes = np.random.default_rng(3).integers(-128, 128, (5, 3, 4, 7))
    outputs = mean.compute(codes)
    assert outputs.shape == (5, *mean.output_shape((3, 4, 7))) == (5, 1, 4, 1)
    # Two roundings, and a multiplier rounded down: a little more than half a code.
    assert np.abs(outputs - codes.mean(axis=(1, 3), keepdims=True)).max() < 0.55


@pytest.mark.parametrize(
    ("shift", "count", "expected"),
    [
        (0, 1, (1 << 30, 0)),
        (0, 5, ((1 << 32) // 5, 2)),
        (30, 64, (1 << 25, 31)),  # not (1 << 30, 36): shifts end at 31
        (-31, 1 << 40, (1 << 22, 1)),  # not (1 << 30, 9): at most 32 bits to the left
    ],
)
def test_mean_divides_by_the_count_in_its_multiplier(
    shift: int, count: int, expected: tuple[int, int]
) -> None:
    mean = Mean(
        axes=(0,),
        multiplier=1 << 30,
        shift=shift,
        input_zero_point=0,
        output_zero_point=0,
        low=-128,
        high=127,
    )
    assert mean.constants(count) == expected


def test_tables_of_coarse_scales_saturate_everywhere() -> None:
    # From a scale of 8 on, even the code of zero does: so do the reference kernels.
    fine = Lookup.sigmoid(input_scale=7.9, input_zero_point=0)
    assert fine.table[126:131] == (-128, -128, 0, 127, 127)
    coarse = Lookup.sigmoid(input_scale=8.0, input_zero_point=0)
    assert coarse.table == (-128,) * 129 + (127,) * 127


def test_softmax_of_many_equal_codes_goes_on_where_tflite_stops() -> None:
    softmax = Softmax.from_scale(input_scale=0.1)
    equal = softmax.compute(np.zeros((1, 4095), np.int64))
    assert set(equal.reshape(-1).tolist()) == {-128}
    alone = softmax.compute(np.array([[5]]))
    assert alone.tolist() == [[127]]


def test_softmax_along_another_axis() -> None:
    codes = np.random.default_rng(4).integers(-128, 128, (2, 5, 3))
    last = Softmax.from_scale(input_scale=0.05)
    first = Softmax.from_scale(input_scale=0.05, axis=0)
    expected = np.swapaxes(last.compute(np.swapaxes(codes, 1, 2)), 1, 2)
    np.testing.assert_array_equal(first.compute(codes), expected)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("none", (-128, 127)),
        ("relu", (-10, 127)),
        ("relu6", (-10, 110)),
        ("relu_n1_to_1", (-30, 10)),
    ],
)
def test_activations_are_limits(activation: str, expected: tuple[int, int]) -> None:
    limits = activation_limits(activation, scale=0.05, zero_point=-10, output_type=Int(8))
    assert limits == expected


def test_activations_stay_within_the_format_and_round_ties_away() -> None:
    fine = activation_limits("relu6", scale=0.01, zero_point=-128, output_type=Int(8))
    assert fine == (-128, 127)
    ties = activation_limits("relu_n1_to_1", scale=0.4, zero_point=0, output_type=Int(8))
    assert ties == (-3, 3)  # 2.5, exactly in float32


@pytest.mark.parametrize(
    ("activation", "scale", "message"),
    [
        ("swish", 1.0, "activation must be one of none, relu, relu6, relu_n1_to_1, got 'swish'"),
        ("relu6", 0.0, "scale must be finite and positive, got 0.0"),
        ("relu6", 1e-30, "scale must give bounds of 32 bits, got 1e-30"),
        ("relu6", 1e-60, "scale must be finite and positive, got 1e-60"),
    ],
)
def test_activations_refuse(activation: str, scale: float, message: str) -> None:
    with pytest.raises(LayerError, match=message):
        activation_limits(activation, scale=scale, zero_point=0, output_type=Int(8))
