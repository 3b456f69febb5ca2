"""Is the distance to a tie that of the unit's definition, in exact rationals?"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.crosscheck.ties import Nearness, nearness
from qpim_emu.workload.requantize import Requantize
from tests.crosscheck.fakes import Eighths

CLAMP: dict[str, Any] = {"low": -(1 << 40), "high": 1 << 40}
HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("constants", "accumulator", "value", "distance"),
    [
        ({"mode": "shift", "shift": 3, "rounding": "half_even"}, 12, "3/2", 0),
        ({"mode": "shift", "shift": 3, "rounding": "floor"}, 12, "3/2", "1/2"),
        ({"mode": "shift", "shift": 3, "rounding": "floor"}, 16, "2", 0),
        ({"mode": "shift", "shift": 3, "rounding": "toward_zero"}, 0, "0", 1),
        ({"mode": "shift", "shift": 3, "rounding": "toward_zero"}, -7, "-7/8", "1/8"),
        ({"mode": "shift", "shift": 3, "rounding": "toward_zero"}, -9, "-9/8", "1/8"),
        ({"mode": "scale_bias_shift", "multiplier": 3, "addend": 2, "shift": 2}, 1, "5/4", "1/4"),
        ({"mode": "q31_double", "multiplier": 1 << 30, "shift": 1}, 6, "3/2", 0),
        ({"mode": "q31_single", "multiplier": 1 << 30, "shift": 1}, 7, "7/4", "1/4"),
        ({"mode": "q15_acc64", "multiplier": (1 << 30) + 1, "shift": 1}, 6, "3/2", 0),
        ({"mode": "f64_away", "scale": 0.5, "zero_point": 4}, 3, "11/2", 0),
        ({"mode": "f32_even", "scale": 0.375}, 3, "9/8", "3/8"),
        ({"mode": "f_even_zp_in", "scale": 0.5, "zero_point": 1}, 5, "7/2", 0),
    ],
)
def test_by_hand(
    constants: dict[str, Any], accumulator: int, value: str, distance: str | int
) -> None:
    unit = Requantize(**constants, **CLAMP)
    assert nearness(unit, accumulator, 0) == Nearness(
        value=Fraction(value), distance=Fraction(distance)
    )


def test_nothing_is_near_where_nothing_is_rounded() -> None:
    assert nearness(Requantize(), 5, 0) is None
    assert nearness(Requantize(mode="shift", shift=-2, **CLAMP), 5, 0) is None


def test_thresholds_are_near_in_accumulators_or_in_reals() -> None:
    unit = Requantize(mode="multithreshold", thresholds=[[-3, 5, 9], [0, 1, 2]])
    assert nearness(unit, 7, 0) == Nearness(value=None, distance=Fraction(2))
    assert nearness(unit, 7, 1) == Nearness(value=None, distance=Fraction(5))

    near = nearness(unit, 9, 1, real=Eighths())
    assert near == Nearness(value=Fraction(9, 8), distance=Fraction(1, 8))
    assert nearness(unit, 9, 1, real=Eighths(last=8)) is None


def test_distances_of_float32_are_known() -> None:
    assert Nearness(value=Fraction(100), distance=Fraction(1, 3000)).float32
    assert not Nearness(value=Fraction(100), distance=Fraction(1, 1000)).float32
    assert not Nearness(value=None, distance=Fraction(0)).float32


def test_filters_have_their_own_constants() -> None:
    unit = Requantize(mode="shift", shift=[1, 2], zero_point=[0, 7], rounding="half_up", **CLAMP)
    assert [nearness(unit, 1, m).value for m in (0, 1)] == [HALF, 7 + HALF / 2]  # type: ignore[union-attr]


SINGLE_ROUNDING: list[dict[str, Any]] = [
    {"mode": "shift", "shift": 3, "rounding": "half_up"},
    {"mode": "shift", "shift": 3, "rounding": "half_even"},
    {"mode": "shift", "shift": 3, "rounding": "half_away"},
    {"mode": "q31_single", "multiplier": 0x5A5A5A5A, "shift": 4},
    {"mode": "q15_acc64", "multiplier": 0x5A5A5A5A, "shift": 4},
    {"mode": "f64_away", "scale": 0.3125},
    {"mode": "f32_even", "scale": 0.3125},
    {"mode": "f_even_zp_in", "scale": 0.3125},
]


@pytest.mark.parametrize("constants", SINGLE_ROUNDING, ids=str)
@given(accumulator=st.integers(-(1 << 20), 1 << 20), zero_point=st.integers(-9, 9))
def test_off_a_tie_the_code_is_the_nearest_integer(
    constants: dict[str, Any], accumulator: int, zero_point: int
) -> None:
    unit = Requantize(zero_point=zero_point, **constants, **CLAMP)
    near = nearness(unit, accumulator, 0)
    assert near is not None
    assert near.value is not None
    code, _ = unit.apply(accumulator, filters=0)
    if near.distance:
        assert code == math.floor(near.value + HALF)
    else:
        assert abs(code - near.value) == HALF


@pytest.mark.parametrize("rounding", ["floor", "toward_zero"])
@given(accumulator=st.integers(-200, 200))
def test_directed_codes_change_exactly_at_distance_zero(rounding: str, accumulator: int) -> None:
    unit = Requantize(mode="shift", shift=3, rounding=rounding, **CLAMP)
    near = nearness(unit, accumulator, 0)
    assert near is not None
    around = [unit.apply(accumulator + step, filters=0)[0] for step in (-1, 0, 1)]
    assert (near.distance == 0) == (len(set(around)) > 1 and accumulator % 8 == 0)
