"""Do both oracles give what we worked out by hand?"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from qpim_emu.arith.formats import BIPOLAR, Int, UInt
from qpim_emu.arith.window import Window
from qpim_emu.errors import AccumulatorOverflowError, CodeError, InputError, LayerError
from qpim_emu.oracle import Reference, naive_reference, partial_sums, reference
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers.conv import Conv1d, Conv2d
from qpim_emu.workload.layers.linear import Linear
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Callable

Oracle: TypeAlias = "Callable[..., Reference]"


@pytest.fixture(params=[naive_reference, reference], ids=["naive", "vectorised"])
def oracle(request: pytest.FixtureRequest) -> Oracle:
    found: Oracle = request.param
    return found


def saturating(weights: list[int], *, bias: int = 0) -> Linear:
    """One output in an 8-bit saturating accumulator; the products are the weights."""
    return Linear(
        weights=[weights],
        weight_type=Int(8),
        activation_type=Int(8),
        accumulator=Accumulator(bits=8, overflow="saturate"),
        bias=bias,
    )


def test_convolution_with_borders_and_zero_points(oracle: Oracle) -> None:
    layer = Conv2d(
        weights=[[[[2, 1], [1, 4]]]],  # without the zero point 1: [[1, 0], [0, 3]]
        weight_type=Int(4),
        weight_zero_point=1,
        activation_type=UInt(8),
        activation_zero_point=10,
        padding=((1, 0), (0, 1)),  # a row above, a column to the right
        bias=[100],
    )
    x = [[[[11, 12], [13, 14]]]]  # without the zero point: [[1, 2], [3, 4]]
    found = oracle(layer, x)
    # padded: 0 0 0     out[y, x] = 100 + 1 * here + 3 * diagonally below
    #         1 2 0
    #         3 4 0
    assert found.totals.tolist() == [[[[100 + 3 * 2, 100], [100 + 1 + 3 * 4, 100 + 2]]]]
    assert found.accumulators.tolist() == found.outputs.tolist() == found.totals.tolist()
    assert (found.overflows, found.clamped) == (0, 0)


def test_stride_and_dilation_in_one_dimension(oracle: Oracle) -> None:
    layer = Conv1d(
        weights=[[[1, 10]]],
        weight_type=Int(8),
        activation_type=Int(8),
        stride=2,
        dilation=3,
        padding=(2, 1),
    )
    # positions: -2 -1 0 1 2 3 4 | 5: the kernel meets i and i + 3 for i = -2, 0, 2.
    found = oracle(layer, [[[1, 2, 3, 4, 5]]])
    assert found.outputs.tolist() == [[[0 + 10 * 2, 1 + 10 * 4, 3 + 0]]]


def test_depthwise_lanes_keep_to_their_channel(oracle: Oracle) -> None:
    layer = Conv2d(
        weights=[[[[1]]], [[[2]]], [[[3]]], [[[4]]]],  # two filters a channel
        weight_type=Int(8),
        activation_type=Int(8),
        groups=2,
        weight_zero_point=[0, 1, 0, 1],
        bias=[0, 0, 1000, 1000],
    )
    found = oracle(layer, [[[[5]], [[7]]], [[[-1]], [[1]]]])
    assert found.outputs[0].ravel().tolist() == [5 * 1, 5 * 1, 1000 + 7 * 3, 1000 + 7 * 3]
    assert found.outputs[1].ravel().tolist() == [-1, -1, 1003, 1003]


def test_windows_on_both_sides(oracle: Oracle) -> None:
    layer = Linear(
        weights=[[0x4F, -0x10]],  # upper halves 4 and -1
        weight_type=Int(8),
        weight_window=Window(Int(4), shift=4),
        activation_type=UInt(8),
        activation_window=Window(UInt(4), shift=4),
        activation_zero_point=1,
    )
    found = oracle(layer, [[0x3F, 0xA0]])  # upper halves 3 and 10
    assert found.outputs.tolist() == [[(3 - 1) * 4 + (10 - 1) * -1]]


def test_bipolar_counts_agreements(oracle: Oracle) -> None:
    layer = Linear(weights=[[1, -1, -1, 1]], weight_type=BIPOLAR, activation_type=BIPOLAR)
    # Three agree, one differs: 2 * 3 - 4.
    assert oracle(layer, [[1, -1, 1, 1]]).outputs.tolist() == [[2]]


@pytest.mark.parametrize(
    ("order", "result", "clipped"),
    [
        ([[0], [1], [2]], 27, 1),  # 100; 200 clips to 127; 127 - 100
        ([[0], [2], [1]], 100, 0),  # 100; 0; 100
        ([[0, 1], [2]], 27, 1),  # 200 clips to 127; 127 - 100
        ([[2], [0, 1]], 100, 0),  # -100; -100 + 200
        ([[0, 1, 2]], 100, 0),
    ],
)
def test_saturation_follows_the_order(
    oracle: Oracle, order: list[list[int]], result: int, clipped: int
) -> None:
    layer = saturating([100, 100, -100])
    found = oracle(layer, [[1, 1, 1]], groups=order)
    assert found.accumulators.tolist() == [[result]]
    assert found.totals.tolist() == [[100]]
    assert found.overflows == clipped


def test_saturation_starts_at_the_bias_and_counts_every_clip(oracle: Oracle) -> None:
    layer = saturating([-1, 3, -100], bias=-128)
    # -128 - 1 clips; -128 + 3 = -125; -125 - 100 clips.
    found = oracle(layer, [[1, 1, 1]], groups=[[0], [1], [2]])
    assert (found.accumulators.tolist(), found.overflows) == ([[-128]], 2)
    assert partial_sums(layer, [[1, 1, 1]], [[0], [1], [2]]).tolist() == [[[-128, -125, -128]]]


def test_wrap_counts_outputs_not_additions(oracle: Oracle) -> None:
    layer = Linear(
        weights=[[100, 100, -100], [100, 100, 0], [-100, -29, 0], [127, 1, -1]],
        weight_type=Int(8),
        activation_type=Int(8),
        accumulator=Accumulator(bits=8),
    )
    found = oracle(layer, [[1, 1, 1]])
    # 100 passes through 200 unharmed; 200 - 256; -129 + 256; 127 passes through 128 unharmed.
    assert found.totals.tolist() == [[100, 200, -129, 127]]
    assert found.accumulators.tolist() == [[100, -56, 127, 127]]
    assert found.overflows == 2


def test_trap_names_the_lowest_place(oracle: Oracle) -> None:
    layer = Conv2d(
        weights=[[[[1]]], [[[-1]]]],
        weight_type=Int(8),
        activation_type=Int(16),
        accumulator=Accumulator(bits=8, overflow="trap"),
    )
    x = [[[[0, 1], [2, 128]]], [[[200, 0], [0, 0]]]]
    # Filter 0 leaves at its last pixel; filter 1 gives -128, which still fits.
    with pytest.raises(AccumulatorOverflowError) as error:
        oracle(layer, x)
    assert str(error.value) == (
        "total of output (n=0, m=0, pixel=3) must fit int8 (-128..127), got 128"
    )
    x[0][0][1][1] = 127
    with pytest.raises(AccumulatorOverflowError, match=r"n=1, m=0, pixel=0.* got 200"):
        oracle(layer, x)
    x[1][0] = [[0, 0], [129, 129]]
    x[0][0][1][0] = 129  # filter 0 gives 129 here, and filter 1 gives -129 ...
    with pytest.raises(AccumulatorOverflowError, match=r"n=0, m=0, pixel=2.* got 129"):
        oracle(layer, x)
    x[0][0][1][0] = x[1][0][1][0] = x[1][0][1][1] = 0
    x[0][0][0][1] = -128  # ... and 128 here, where filter 0 still fits
    with pytest.raises(AccumulatorOverflowError, match=r"n=0, m=1, pixel=1.* got 128"):
        oracle(layer, x)


def test_products_are_numbered_row_column_channel() -> None:
    layer = Conv2d(
        weights=[[[[1, 10], [100, 1000]], [[2, 20], [200, 2000]]]],
        weight_type=Int(16),
        activation_type=Int(8),
    )
    ones = [[[[1, 1], [1, 1]], [[1, 1], [1, 1]]]]
    one_by_one = partial_sums(layer, ones, [[k] for k in range(8)])
    assert one_by_one.shape == (1, 1, 1, 1, 8)
    assert one_by_one.ravel().tolist() == [1, 3, 13, 33, 133, 333, 1333, 3333]
    assert partial_sums(layer, ones, [[7, 0], [1, 2, 3, 4, 5, 6]]).ravel().tolist() == [2001, 3333]


def test_the_requantized_codes_are_clamped_and_counted(oracle: Oracle) -> None:
    layer = Linear(
        weights=[[1], [3]],
        weight_type=Int(8),
        activation_type=Int(16),
        requantize=Requantize(
            mode="shift", shift=[1, 2], rounding="half_even", zero_point=1, low=-4, high=3
        ),
    )
    found = oracle(layer, [[5], [-9], [6]])
    # filter 0: 2.5 -> 2, -4.5 -> -4, 3; filter 1: 3.75 -> 4, -6.75 -> -7, 4.5 -> 4; then + 1.
    assert found.outputs.tolist() == [[3, 3], [-3, -4], [3, 3]]
    assert found.clamped == 4  # 5, -6, 4 and 5 do not fit
    assert found.accumulators.tolist() == [[5, 15], [-9, -27], [6, 18]]


def test_codes_outside_their_type_are_refused(oracle: Oracle) -> None:
    layer = Linear(weights=[[1, 1]], weight_type=Int(8), activation_type=UInt(4))
    with pytest.raises(CodeError, match=r"input must be codes of uint4 .* got 16 at \[1, 0\]"):
        oracle(layer, [[0, 15], [16, 0]])
    with pytest.raises(CodeError, match=r"input must have shape \[batch, 2\]"):
        oracle(layer, [[0, 1, 2]])


def test_borders_without_a_code_are_refused(oracle: Oracle) -> None:
    bipolar = Conv1d(weights=[[[1]]], weight_type=Int(2), activation_type=BIPOLAR, padding=1)
    with pytest.raises(LayerError, match="padding must be 0 for bipolar activations"):
        oracle(bipolar, [[[1]]])
    shifted = Conv1d(
        weights=[[[1]]],
        weight_type=Int(2),
        activation_type=Int(4),
        activation_zero_point=8,
        padding=(0, 1),
    )
    with pytest.raises(LayerError, match=r"activation_zero_point must lie in int4 .*got 8"):
        oracle(shifted, [[[1]]])


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (None, "groups must be given for a saturating accumulator"),
        ([[0, 1]], r"every product 0\.\.2 exactly once, got 2 entries \[0, 1\]"),
        ([[0, 1], [1, 2]], r"exactly once, got 4 entries \[0, 1, 1, 2\]"),
        ([[0, 1], [3]], "exactly once"),
        ([range(5), range(5, 9)], r"\[0, 1, 2, 3, 4, 5, 6, 7, \.\.\.\]"),
    ],
)
def test_the_order_must_hold_every_product_once(
    oracle: Oracle, order: list[list[int]] | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        oracle(saturating([1, 2, 3]), [[1, 1, 1]], groups=order)
