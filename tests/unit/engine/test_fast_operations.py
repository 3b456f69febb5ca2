"""Do compiled operations beside the lanes compute what is defined, from any image of them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.formats import BIPOLAR, Format, Int, UInt
from qpim_emu.arith.window import Window
from qpim_emu.engine.fast.compute import compute
from qpim_emu.engine.fast.operation import execute_operation, operands, run_operation
from qpim_emu.errors import UnwrittenReadError
from qpim_emu.hardware import PAPER, TOY
from qpim_emu.hardware.gating import gating_mask
from qpim_emu.mapping.dense import make_dense_plan
from qpim_emu.mapping.dense_image import dense_words, place_dense
from qpim_emu.workload.operations import Add, AveragePool2d, Softmax, Sub, WideSoftmax

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Operation

CODES = np.arange(-128, 128)
EVERY_PAIR = np.broadcast_arrays(CODES[:, None], CODES[None, :])
REGISTERS = st.integers(-(1 << 31), (1 << 31) - 1)
SHIFTS = st.integers(0, 31)


def assert_as_defined(operation: Operation, *codes: IntArray) -> None:
    found = compute(operation, [np.ascontiguousarray(values) for values in codes])
    np.testing.assert_array_equal(found, operation.compute(*codes))
    assert found.dtype == np.int64


@given(
    kind=st.sampled_from([Add, Sub]),
    zero_points=st.tuples(st.integers(-128, 127), st.integers(-128, 127)),
    multipliers=st.tuples(REGISTERS, REGISTERS),
    shifts=st.tuples(SHIFTS, SHIFTS),
    output=st.tuples(REGISTERS, SHIFTS, st.integers(-128, 127)),
    left_shift=SHIFTS,
    low=st.integers(-128, 127),
)
def test_sums_of_every_pair_of_codes(
    kind: type[Add | Sub],
    zero_points: tuple[int, int],
    multipliers: tuple[int, int],
    shifts: tuple[int, int],
    output: tuple[int, int, int],
    left_shift: int,
    low: int,
) -> None:
    operation = kind(
        zero_points=zero_points,
        multipliers=multipliers,
        shifts=shifts,
        output_multiplier=output[0],
        output_shift=output[1],
        output_zero_point=output[2],
        low=low,
        high=127,
        left_shift=left_shift,
    )
    assert_as_defined(operation, *EVERY_PAIR)


def test_a_sum_with_one_value_per_channel_is_as_defined() -> None:
    add = Add.from_scales(
        scales=(0.5, 0.25),
        zero_points=(0, 3),
        output_scale=1.0,
        output_zero_point=-1,
        low=-128,
        high=127,
    )
    first = np.random.default_rng(0).integers(-128, 128, (2, 3, 4, 5))
    assert_as_defined(add, first, np.array([[1, 2, 3], [4, 5, 6]]))


@pytest.mark.parametrize("scale", [2.0**-25, 0.001, 0.02, 0.1, 1.0, 31.0])
@pytest.mark.parametrize("kind", [Softmax, WideSoftmax])
def test_softmax_of_every_difference(kind: type[Softmax], scale: float) -> None:
    softmax = kind.from_scale(input_scale=scale)
    pairs = np.stack(EVERY_PAIR, axis=-1)
    assert_as_defined(softmax, pairs)
    rng = np.random.default_rng(0)
    for size in (1, 3, 10, 1000, 4095):
        assert_as_defined(softmax, rng.integers(-128, 128, (2, size)))
        assert_as_defined(softmax, np.full((1, size), 7))


@given(multiplier=st.integers(0, (1 << 31) - 1), left=SHIFTS, least=REGISTERS, seed=st.integers(0))
def test_softmax_of_any_constants(multiplier: int, left: int, least: int, seed: int) -> None:
    softmax = Softmax(multiplier=multiplier, left_shift=left, diff_min=min(least, 0))
    assert_as_defined(softmax, np.random.default_rng(seed).integers(-128, 128, (3, 2, 9)))


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_softmax_along_any_axis(axis: int) -> None:
    softmax = Softmax.from_scale(input_scale=0.1, axis=axis)
    assert_as_defined(softmax, np.random.default_rng(0).integers(-128, 128, (2, 3, 4)))


@st.composite
def pools(draw: st.DrawFn) -> AveragePool2d:
    """Averages over windows of any shape."""
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    padding = tuple(
        draw(st.tuples(st.integers(0, extent - 1), st.integers(0, extent - 1))) for extent in kernel
    )
    return AveragePool2d(
        kernel=kernel,
        stride=draw(st.none() | st.tuples(st.integers(1, 3), st.integers(1, 3))),
        padding=padding,  # type: ignore[arg-type]
        low=draw(st.none() | st.integers(-128, 0)),
        high=draw(st.none() | st.integers(0, 127)),
        padding_code=draw(st.none() | st.integers(-128, 127)),
    )


@given(pool=pools(), size=st.tuples(st.integers(4, 9), st.integers(4, 9)), seed=st.integers(0))
def test_averages(pool: AveragePool2d, size: tuple[int, int], seed: int) -> None:
    assert_as_defined(pool, np.random.default_rng(seed).integers(-128, 128, (2, 3, *size)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Backwards(Add):
    """An operation of somebody's own."""

    def compute(self, *codes: IntArray) -> IntArray:
        """Whatever it does."""
        return codes[0][::-1].copy()


def test_a_class_of_its_own_is_computed_as_it_says() -> None:
    backwards = Backwards(
        zero_points=(0, 0),
        multipliers=(0, 0),
        shifts=(0, 0),
        output_multiplier=0,
        output_shift=0,
        output_zero_point=0,
        low=-128,
        high=127,
    )
    assert compute(backwards, [CODES, CODES]).tolist() == CODES[::-1].tolist()


@pytest.mark.parametrize("stored", [Int(1), Int(4), Int(16), UInt(1), UInt(9), UInt(16), BIPOLAR])
@pytest.mark.parametrize("granularity", [1, 4])
@pytest.mark.parametrize("shift", [0, 3])
def test_operands_of_every_word(stored: Format, granularity: int, shift: int) -> None:
    window, spec = Window(stored, shift=shift), TOY.replace(gate_granularity=granularity)
    if window.past > spec.word_bits:
        return
    words = np.arange(1 << 16, dtype=np.uint16)
    expected = window.operand(words.astype(np.int64) & gating_mask(window, spec))
    np.testing.assert_array_equal(operands(words, window, spec), expected)


def test_settled_and_described_images_give_the_same() -> None:
    shape, pool = (1, 3, 6, 5), AveragePool2d(kernel=2)
    kinds = (shape, Int(8)), ((1, 3, 3, 2), Int(8))
    plan = make_dense_plan(inputs=[kinds[0]], output=kinds[1], spec=TOY)
    codes = np.random.default_rng(0).integers(-128, 128, shape)
    described, settled = place_dense(plan, [codes]), place_dense(plan, [codes])
    settled.settle()
    found = [execute_operation(pool, plan, image) for image in (described, settled)]
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1]
    assert described.contents is not None
    assert described.equals(settled)


def test_a_block_that_was_never_written_is_refused() -> None:
    kind = (1, 1, 4, 5), Int(8)
    plan = make_dense_plan(inputs=[kind], output=((1, 1, 2, 2), Int(8)), spec=TOY)
    image = place_dense(plan, [np.zeros(kind[0], np.int64)])
    image[1].written[:] = False
    with pytest.raises(UnwrittenReadError):
        execute_operation(AveragePool2d(kernel=2), plan, image)


def test_words_are_read_from_the_image() -> None:
    kind = (1, 1, 2, 2), Int(8)
    plan = make_dense_plan(inputs=[kind], output=((1, 1, 1, 1), Int(8)), spec=TOY)
    image = place_dense(plan, [np.zeros(kind[0], np.int64)])
    image[1].words[0] = 8
    pool = AveragePool2d(kernel=2)
    assert execute_operation(pool, plan, image)[0].tolist() == [[[[8]]]]


def test_codes_that_change_after_placement_change_nothing() -> None:
    kind = (1, 1, 2, 2), Int(8)
    plan = make_dense_plan(inputs=[kind], output=((1, 1, 1, 1), Int(8)), spec=TOY)
    codes = np.full(kind[0], 5)
    image = place_dense(plan, [codes])
    codes[:] = 9
    result, _ = execute_operation(AveragePool2d(kernel=2), plan, image)
    assert result.tolist() == [[[[5]]]]
    result[:] = 0
    assert image[1].words[plan.output.bases[1]].tolist()[0] == 5


FORMATS = [BIPOLAR, UInt(1), *(kind(bits) for kind in (Int, UInt) for bits in range(2, 17))]


@pytest.mark.parametrize("stored", FORMATS, ids=str)
def test_every_code_comes_back_from_its_words(stored: Format) -> None:
    """So operations may take codes as they are, without an image."""
    codes = np.arange(stored.min, stored.max + 1, 2 if stored is BIPOLAR else 1)
    plan = make_dense_plan(inputs=[(codes.shape, stored)], output=(codes.shape, stored), spec=PAPER)
    (tensor,) = plan.inputs
    words = dense_words(codes, tensor, plan.spec)
    np.testing.assert_array_equal(operands(words, tensor.window, plan.spec)[: len(codes)], codes)


def test_operations_are_the_same_with_an_image_and_without() -> None:
    shape = 3, 5, 7
    codes = [np.random.default_rng(seed).integers(-128, 128, shape) for seed in (0, 1)]
    operation = Add(
        zero_points=(3, -4),
        multipliers=(1 << 30, 1 << 29),
        shifts=(1, 2),
        output_multiplier=1 << 30,
        output_shift=3,
        output_zero_point=1,
        left_shift=10,
        low=-128,
        high=127,
    )
    plan = make_dense_plan(
        inputs=[(shape, Int(8))] * 2, output=(shape, Int(8)), spec=TOY.replace(bank_bytes=1 << 16)
    )
    found, counters = run_operation(operation, plan, codes)
    expected, counted = execute_operation(operation, plan, place_dense(plan, codes))
    np.testing.assert_array_equal(found, expected)
    assert counters == counted
