"""Does the oracle's requantization give the values that its sources define?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.oracle.requantize import ROUNDINGS, output_code
from qpim_emu.oracle.requantize_arrays import output_codes
from qpim_emu.workload.requantize import Requantize
from tests.oracles.cases import (
    MODES,
    WIDEST,
    accumulators_near_ties,
    integers_between,
    requantizations,
)

WIDE = {"low": -(1 << 40), "high": 1 << 40}
LOWEST = -(1 << 31)


def code(accumulator: int, **constants: Any) -> int:  # noqa: ANN401 - passed on to Requantize
    """Output code under a clamp that changes nothing, checked to be the same in both forms."""
    unit = Requantize(**{**({} if "thresholds" in constants else WIDE), **constants})
    found, clamped = output_code(unit, accumulator, 0)
    array, count = output_codes(unit, np.array([[[[accumulator]]]]))
    assert (array.tolist(), count) == ([[[[found]]]], 0)
    assert clamped == 0
    return found


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [  #             -2.75 -2.5 -2.25 -1.5 -0.5 -0.25 0.25 0.5 1.5 2.25 2.5 2.75
        ("floor", [-3, -3, -3, -2, -1, -1, 0, 0, 1, 2, 2, 2]),
        ("toward_zero", [-2, -2, -2, -1, 0, 0, 0, 0, 1, 2, 2, 2]),
        ("half_up", [-3, -2, -2, -1, 0, 0, 0, 1, 2, 2, 3, 3]),
        ("half_even", [-3, -2, -2, -2, 0, 0, 0, 0, 2, 2, 2, 3]),
        ("half_away", [-3, -3, -2, -2, -1, 0, 0, 1, 2, 2, 3, 3]),
    ],
)
def test_shift_by_hand(rounding: str, expected: list[int]) -> None:
    quarters = [-11, -10, -9, -6, -2, -1, 1, 2, 6, 9, 10, 11]
    found = [code(a, mode="shift", shift=2, rounding=rounding) for a in quarters]
    assert found == expected
    assert code(-3, mode="shift", shift=-2, rounding=rounding) == -12


def nudged(a: int, b: int) -> int:
    """Saturating rounding doubling high multiply with the nudge and C's truncating division."""
    if a == b == LOWEST:
        return -LOWEST - 1
    nudge = (1 << 30) if a * b >= 0 else 1 - (1 << 30)
    total = a * b + nudge
    return total // (1 << 31) if total >= 0 else -(-total // (1 << 31))


def by_remainder(x: int, exponent: int) -> int:
    """Rounding divide by power of two with its mask, remainder and threshold."""
    mask = (1 << exponent) - 1
    return (x >> exponent) + int((x & mask) > (mask >> 1) + int(x < 0))


INT32 = integers_between(LOWEST, -LOWEST - 1) | st.integers(-9, 9)


@given(
    a=INT32,
    multiplier=INT32 | st.sampled_from([1 << 30, -(1 << 30), 3 << 29]),
    shift=st.integers(0, 31),
)
def test_q31_double_rounds_as_its_registers_do(a: int, multiplier: int, shift: int) -> None:
    expected = by_remainder(nudged(a, multiplier), shift)
    assert code(a, mode="q31_double", multiplier=multiplier, shift=shift) == expected


@pytest.mark.parametrize(
    ("a", "multiplier", "shift", "expected"),
    [
        (3, 1 << 30, 0, 2),  # 1.5 up
        (-3, 1 << 30, 0, -1),  # -1.5 up
        (-3, 1 << 30, 1, -1),  # -1.5 up to -1, -0.5 away to -1: rounding twice
        (-1, 1 << 30, 0, 0),  # -0.5 up
        (10, 1 << 30, 1, 3),  # 5, 2.5 away
        (-10, 1 << 30, 1, -3),
        (3, 1 << 30, -1, 3),  # 6, halved
        (1 << 30, 1 << 30, -1, -(1 << 30)),  # 2**31 wraps to -2**31, halved
        (LOWEST, LOWEST, 0, -LOWEST - 1),  # saturates
        (LOWEST, LOWEST, 31, 1),  # (2**31 - 1) / 2**31 is nearly 1
    ],
)
def test_q31_double_by_hand(a: int, multiplier: int, shift: int, expected: int) -> None:
    assert code(a, mode="q31_double", multiplier=multiplier, shift=shift) == expected


@pytest.mark.parametrize(
    ("a", "multiplier", "shift", "expected"),
    [
        (3, 1 << 30, 0, 2),
        (-3, 1 << 30, 0, -1),
        (-3, 1 << 30, 1, -1),  # -0.75
        (-6, 1 << 30, 1, -1),  # -1.5 up; `q31_double` gives -2
        (3, 1 << 30, -29, 3 << 28),  # 1.5 * 2**29
        (1, 1 << 30, -30, 1 << 29),
        (5, 1 << 30, -30, (5 << 29) - (1 << 32)),  # 2.5 * 2**30 wraps
    ],
)
def test_q31_single_by_hand(a: int, multiplier: int, shift: int, expected: int) -> None:
    assert code(a, mode="q31_single", multiplier=multiplier, shift=shift) == expected


def test_rounding_once_and_twice_differ() -> None:
    assert code(-6, mode="q31_double", multiplier=1 << 30, shift=1) == -2


@pytest.mark.parametrize(
    ("a", "multiplier", "shift", "expected"),
    [
        (-3, 1 << 30, 0, -1),  # reduced to 2**14: -1.5 up
        (256, 0x4000_7FFF, -7, 16384),  # reduced to 2**14: times 256 / 2**8
        (256, 0x4000_8000, -7, 16385),  # the tie: reduced to 2**14 + 1
        (1 << 20, 0x7FFF_0000, 0, (1 << 20) - 32),  # capped at 2**15 - 1
        (1 << 20, 0x7FFF_FFFF, 0, (1 << 20) - 32),
        (1 << 46, 1 << 30, 14, LOWEST),  # 2**46 / 2 / 2**14 = 2**31 wraps
        (-(1 << 47), 1 << 30, 31, -(1 << 15)),
    ],
)
def test_q15_acc64_by_hand(a: int, multiplier: int, shift: int, expected: int) -> None:
    assert code(a, mode="q15_acc64", multiplier=multiplier, shift=shift) == expected


@pytest.mark.parametrize(
    ("a", "multiplier", "addend", "shift", "expected"),
    [
        (-10, 3, 2, 2, -7),  # -28 / 4
        (-10, 3, 1, 2, -8),  # -29 / 4 = -7.25
        (5, -1, 0, 1, -3),
        (5, 2, 1, -3, 88),
        (1 << 62, 1 << 30, -(1 << 63), 61, (1 << 31) - 4),  # exact beyond 64 bits
    ],
)
def test_scale_bias_shift_by_hand(
    a: int, multiplier: int, addend: int, shift: int, expected: int
) -> None:
    constants = {"multiplier": multiplier, "addend": addend, "shift": shift}
    assert code(a, mode="scale_bias_shift", **constants) == expected


@pytest.mark.parametrize(
    ("mode", "a", "scale", "expected"),
    [
        ("f64_away", 5, 0.5, 3),
        ("f64_away", -5, 0.5, -3),
        ("f64_away", 1, 0.49999999999999994, 0),  # adding a half in double would give 1
        ("f64_away", 16777217, 1.0, 16777217),
        ("f32_even", 5, 0.5, 2),
        ("f32_even", 7, 0.5, 4),
        ("f32_even", -5, 0.5, -2),
        ("f32_even", 16777217, 1.0, 16777216),  # 2**24 + 1 is no float32
        ("f32_even", 16777219, 1.0, 16777220),
        ("f32_even", (1 << 46) + (1 << 22) + 1, 2.0**-23, (1 << 23) + 1),  # one rounding, not two
        ("f_even_zp_in", 5, 0.5, 2),
        ("f_even_zp_in", 16777217, 1.0, 16777217),  # the product is a double
        ("f_even_zp_in", 10**9, 0.1, 100000001),  # the scale is float32(0.1) = 0.1 + 1.49e-9
        ("f64_away", 10**9, 0.1, 100000000),
    ],
)
def test_float_modes_by_hand(mode: str, a: int, scale: float, expected: int) -> None:
    assert code(a, mode=mode, scale=scale) == expected


def test_a_zero_point_inside_turns_the_ties() -> None:
    assert code(5, mode="f_even_zp_in", scale=0.5, zero_point=1) == 4  # 2.5 + 1
    assert code(5, mode="f32_even", scale=0.5, zero_point=1) == 3  # 2 + 1


@pytest.mark.parametrize("mode", ["f64_away", "f32_even", "f_even_zp_in"])
def test_infinite_products_are_clamped(mode: str) -> None:
    unit = Requantize(mode=mode, scale=3e38, low=-128, high=127)
    held = np.array([[[[1 << 40, -(1 << 40)]]]])
    codes, clamped = output_codes(unit, held)
    assert (codes.ravel().tolist(), clamped) == ([127, -128], 2)
    assert output_code(unit, 1 << 40, 0) == (127, 1)
    assert output_code(unit, -(1 << 40), 0) == (-128, 1)


def test_thresholds_are_reached_when_equal() -> None:
    constants = {"mode": "multithreshold", "thresholds": [-3, 5, 5, 9], "offset": -1}
    found = [code(a, **constants) for a in (-4, -3, 4, 5, 8, 9)]
    assert found == [-1, 0, 0, 2, 2, 3]


def test_thresholds_of_each_filter() -> None:
    unit = Requantize(mode="multithreshold", thresholds=[[0, 1], [10, 20]])
    codes, _ = output_codes(unit, np.array([[[[5]], [[15]]]]))
    assert codes.ravel().tolist() == [2, 1]
    assert [output_code(unit, 15, m)[0] for m in range(2)] == [2, 1]


def test_clamp_counts_changed_codes_only() -> None:
    unit = Requantize(mode="shift", shift=0, low=-2, high=3)
    codes, clamped = output_codes(unit, np.arange(-4, 6).reshape(1, 1, 1, 10))
    assert codes.ravel().tolist() == [-2, -2, -2, -1, 0, 1, 2, 3, 3, 3]
    assert clamped == 4


def test_every_rounding_is_named() -> None:
    assert set(ROUNDINGS) == {"floor", "toward_zero", "half_up", "half_even", "half_away"}


@pytest.mark.parametrize("mode", MODES)
@given(data=st.data())
def test_arrays_equal_the_definition(mode: str, data: st.DataObject) -> None:
    filters = data.draw(st.integers(1, 3))
    unit = data.draw(requantizations(mode=mode, filters=filters))
    bits = WIDEST.get(mode, 64)
    values = accumulators_near_ties(unit, bits)
    rows = data.draw(
        st.lists(st.lists(values, min_size=filters, max_size=filters), min_size=1, max_size=6)
    )
    expected = [[output_code(unit, a, m) for m, a in enumerate(row)] for row in rows]
    codes, clamped = output_codes(unit, np.array(rows, dtype=np.int64)[:, :, None, None])
    assert codes[:, :, 0, 0].tolist() == [[c for c, _ in row] for row in expected]
    assert clamped == sum(changed for row in expected for _, changed in row)
