"""Does every integer mode equal its formula in exact fractions, and do arrays equal integers?"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.requantize import (
    RULES,
    Constants,
    Mode,
    doubling_high_multiply,
    f32_even,
    f64_away,
    f_even_zp_in,
    multithreshold,
    q15_acc64,
    q31_double,
    q31_single,
    reduced_multiplier,
    requantize,
    scale_bias_shift,
)

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

HALF = Fraction(1, 2)
INT32 = 2**31
MULTIPLIERS = [0, 1, 2**15 - 1, 2**15, 2**30, 2**30 + 2**15, 3 << 28, INT32 - 2**16, INT32 - 1]
EDGES = [-INT32, -INT32 + 1, -(2**30), 2**30 - 1, 2**30, INT32 - 1]
ACCUMULATORS = [*range(-33, 34), *EDGES]


def half_up(x: Fraction) -> int:
    return math.floor(x + HALF)


def half_away(x: Fraction) -> int:
    return half_up(x) if x >= 0 else -half_up(-x)


def int32(x: int) -> int:
    return (x + INT32) % (2 * INT32) - INT32


def test_scale_bias_shift_equals_the_fraction() -> None:
    for a, k, b, n in product(range(-9, 10), range(-4, 5), (-5, 0, 3), range(-2, 5)):
        expected = math.floor((a * k + b) / Fraction(2) ** n)
        assert scale_bias_shift(a, multiplier=k, addend=b, shift=n) == expected
        array = scale_bias_shift(np.array([a]), multiplier=k, addend=b, shift=n)
        assert np.asarray(array).tolist() == [expected]


def test_scale_bias_shift_is_exact_beyond_64_bits() -> None:
    accumulators = np.array([-(2**63), 2**63 - 1, 2**62, -1])
    for k, b, n in [(-INT32, 0, 63), (INT32 - 1, 2**63 - 1, 90), (3, -(2**63), 1), (1, 1, 0)]:
        got = scale_bias_shift(accumulators, multiplier=k, addend=b, shift=n)
        exact = [(int(a) * k + b) >> n for a in accumulators]
        assert np.asarray(got).tolist() == [min(max(e, -(2**63)), 2**63 - 1) for e in exact]


def test_doubling_high_multiply_rounds_as_gemmlowp_and_saturates_once() -> None:
    # gemmlowp: add 2**30 to a product of 0 or more, 1 - 2**30 to a negative one, truncate.
    edges = [-INT32, -INT32 + 1, -(2**30), -3, -1, 0, 1, 3, 2**30, INT32 - 1]
    for a, b in product(edges, edges):
        nudged = a * b + (2**30 if a * b >= 0 else 1 - 2**30)
        truncated = abs(nudged) // INT32 * (1 if nudged >= 0 else -1)
        assert doubling_high_multiply(a, b) == min(truncated, INT32 - 1)
    assert doubling_high_multiply(-INT32, -INT32) == INT32 - 1
    assert np.asarray(doubling_high_multiply(np.array([-INT32]), -INT32)).tolist() == [INT32 - 1]


def test_q31_double_equals_two_rounded_fractions() -> None:
    for m, shift in product([*MULTIPLIERS, -INT32, -(2**30)], range(-31, 32)):
        left, right = max(-shift, 0), max(shift, 0)
        high = [half_up(Fraction(int32(a << left) * m, INT32)) for a in ACCUMULATORS]
        expected = [half_away(Fraction(min(h, INT32 - 1), 2**right)) for h in high]
        assert [q31_double(a, multiplier=m, shift=shift) for a in ACCUMULATORS] == expected
        array = q31_double(np.array(ACCUMULATORS), multiplier=m, shift=np.array(shift))
        assert np.asarray(array).tolist() == expected


def test_q31_single_equals_one_rounded_fraction() -> None:
    for m, shift in product(MULTIPLIERS, range(-30, 32)):
        expected = [int32(half_up(a * m / Fraction(2) ** (31 + shift))) for a in ACCUMULATORS]
        assert [q31_single(a, multiplier=m, shift=shift) for a in ACCUMULATORS] == expected
        array = q31_single(np.array(ACCUMULATORS), multiplier=m, shift=shift)
        assert np.asarray(array).tolist() == expected


def test_q15_acc64_equals_one_rounded_fraction_of_a_15_bit_multiplier() -> None:
    accumulators = [*ACCUMULATORS, -(2**47), 2**47 - 1]
    for m, shift in product(MULTIPLIERS, range(-7, 32)):
        reduced = min(half_up(Fraction(m, 2**16)), 2**15 - 1)
        assert reduced_multiplier(m) == reduced
        scale = reduced / Fraction(2) ** (15 + shift)
        expected = [int32(half_up(a * scale)) for a in accumulators]
        assert [q15_acc64(a, multiplier=m, shift=shift) for a in accumulators] == expected
        array = q15_acc64(np.array(accumulators), multiplier=np.array([m]), shift=shift)
        assert np.asarray(array).tolist() == expected


def test_multithreshold_counts_by_definition() -> None:
    thresholds = np.array([[-7, -7, 0], [2, 3, 9]])
    accumulators = np.arange(-9, 12)
    both = np.stack([accumulators, accumulators], axis=1)
    codes = np.asarray(multithreshold(both, thresholds=thresholds, offset=np.array([-2, 1])))
    for m, offset in enumerate((-2, 1)):
        counts = [int((thresholds[m] <= a).sum()) + offset for a in accumulators]
        assert codes[:, m].tolist() == counts
        one = [
            multithreshold(int(a), thresholds=thresholds[m], offset=offset) for a in accumulators
        ]
        assert one == counts


def test_float_modes_saturate_where_the_product_is_infinite() -> None:
    for a, sign in [(2**53, 1), (-(2**53), -1)]:
        assert f64_away(a, scale=1.7e308) == sign * 2**62
        assert f32_even(a, scale=3e38) == sign * 2**62
        assert np.asarray(f64_away(np.array([a]), scale=1.7e308)).tolist() == [sign * 2**62]
        assert np.asarray(f32_even(np.array([a]), scale=3e38)).tolist() == [sign * 2**62]


def test_float32_modes_round_where_their_sources_do() -> None:
    # 15 * float32(0.3) is 4.5 + 1.8e-7: in float32 the tie 4.5, to even 4; in float64 above it.
    fifteen = np.array([15])
    assert f32_even(15, scale=0.3) == 4
    assert np.asarray(f32_even(fifteen, scale=0.3)).tolist() == [4]
    assert f_even_zp_in(15, scale=0.3, zero_point=0) == 5
    assert np.asarray(f_even_zp_in(fifteen, scale=0.3, zero_point=0)).tolist() == [5]
    # 0.5 + 2**-30 is 0.5 in float32, so that 5 times it is the tie 2.5.
    assert f32_even(5, scale=0.5 + 2.0**-30) == 2
    assert np.asarray(f32_even(np.array([5]), scale=0.5 + 2.0**-30)).tolist() == [2]


def test_clamped_means_that_the_clamp_changed_the_code() -> None:
    constants = Constants(shift=0, zero_point=2, low=-1, high=5)
    codes, clamped = requantize(Mode.SHIFT, np.array([-4, -3, 3, 4]), constants)
    assert (codes.tolist(), clamped.tolist()) == ([-1, -1, 5, 5], [True, False, False, True])
    assert [requantize(Mode.SHIFT, a, constants) for a in (-4, -3)] == [(-1, True), (-1, False)]


SCALES = st.floats(2.0**-40, 2.0**20, width=32) | st.sampled_from([0.5, 0.25, 1.5, 2.0**-20])
SCALED_MODES = [m for m in Mode if m not in {Mode.NONE, Mode.MULTITHRESHOLD}]


@st.composite
def scaled_cases(draw: DrawFn) -> tuple[Mode, list[int], Constants]:
    """Any mode with a scale, accumulators over its whole width, and constants over theirs."""
    mode = draw(st.sampled_from(SCALED_MODES))
    rules = RULES[mode]
    bits = rules.accumulator_bits
    integers: dict[str, Any] = {
        n: draw(st.integers(r.min, r.max)) for n, r in rules.integers.items()
    }
    low, high = sorted(draw(st.tuples(*[st.integers(-(2**47), 2**47 - 1)] * 2)))
    zero_point = draw(st.integers(-INT32, INT32 - 1))
    scale = draw(SCALES)
    accumulator = st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    accumulators = draw(st.lists(accumulator, min_size=1, max_size=8))
    constants = Constants(scale=scale, zero_point=zero_point, low=low, high=high, **integers)
    return mode, accumulators, constants


@given(scaled_cases())
def test_arrays_equal_integers(case: tuple[Mode, list[int], Constants]) -> None:
    mode, accumulators, constants = case
    codes, clamped = requantize(mode, np.array(accumulators, np.int64), constants)
    scalars = [requantize(mode, a, constants) for a in accumulators]
    assert list(zip(codes.tolist(), clamped.tolist(), strict=True)) == scalars
