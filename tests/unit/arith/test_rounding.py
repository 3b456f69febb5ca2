"""Does a rounded shift equal the rounded fraction, for every small value and at the 64-bit ends?"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.rounding import Rounding, shift_right, shift_saturated
from qpim_emu.errors import InputError

INT64 = st.integers(-(2**63), 2**63 - 1)
ROUNDINGS = st.sampled_from(list(Rounding))
SMALL = list(range(-130, 131))
ENDS = [s * (2**e + d) for s in (-1, 1) for e in (31, 61, 62) for d in (-1, 0, 1)]
EXTREMES = [-(2**63), -(2**63) + 1, 2**63 - 1, 3 << 61, -(3 << 61), *ENDS]


def rounded(x: Fraction, rounding: Rounding) -> int:
    """Round a fraction by the words of `Rounding`."""
    floor, rest = math.floor(x), x - math.floor(x)
    if rounding is Rounding.FLOOR:
        return floor
    if rounding is Rounding.TOWARD_ZERO:
        return math.trunc(x)
    if rest != Fraction(1, 2):
        return floor + (rest > Fraction(1, 2))
    ties = {
        Rounding.HALF_UP: floor + 1,
        Rounding.HALF_EVEN: floor + floor % 2,
        Rounding.HALF_AWAY: floor + (x > 0),
    }
    return ties[rounding]


# Columns: floor, toward_zero, half_up, half_even, half_away.
TABLE = [
    (5, 1, (2, 2, 3, 2, 3)),
    (-5, 1, (-3, -2, -2, -2, -3)),
    (7, 1, (3, 3, 4, 4, 4)),
    (-7, 1, (-4, -3, -3, -4, -4)),
    (5, 2, (1, 1, 1, 1, 1)),
    (-5, 2, (-2, -1, -1, -1, -1)),
    (7, 2, (1, 1, 2, 2, 2)),
    (-7, 2, (-2, -1, -2, -2, -2)),
    (0, 40, (0, 0, 0, 0, 0)),
    (-1, 63, (-1, 0, 0, 0, 0)),
    (-(2**63), 63, (-1, -1, -1, -1, -1)),
    (-(2**63), 64, (-1, 0, 0, 0, -1)),
    (-(2**63), 65, (-1, 0, 0, 0, 0)),
    (2**63 - 1, 63, (0, 0, 1, 1, 1)),
    (2**63 - 1, 64, (0, 0, 0, 0, 0)),
    (2**62, 63, (0, 0, 1, 0, 1)),
    (-(2**62), 63, (-1, 0, 0, 0, -1)),
    (-9, 0, (-9, -9, -9, -9, -9)),
    (-9, -2, (-36, -36, -36, -36, -36)),
]


@pytest.mark.parametrize(("value", "shift", "expected"), TABLE)
def test_hand_made_table(value: int, shift: int, expected: tuple[int, ...]) -> None:
    assert tuple(shift_right(value, shift, r) for r in Rounding) == expected
    array = np.array([value])
    assert tuple(int(shift_right(array, shift, r)[0]) for r in Rounding) == expected


@pytest.mark.parametrize("rounding", Rounding)
def test_equals_the_fraction_for_all_small_values_and_all_shifts(rounding: Rounding) -> None:
    values = [*SMALL, *EXTREMES]
    for shift in [*range(68), 127, 1000]:
        expected = [rounded(Fraction(value, 2**shift), rounding) for value in values]
        assert [shift_right(value, shift, rounding) for value in values] == expected
        assert shift_right(np.array(values), shift, rounding).tolist() == expected


@given(st.lists(st.tuples(INT64, st.integers(0, 130)), min_size=1), ROUNDINGS)
def test_array_of_shifts_equals_integers(cases: list[tuple[int, int]], rounding: Rounding) -> None:
    values, shifts = (np.array(column, np.int64) for column in zip(*cases, strict=True))
    expected = [shift_right(value, shift, rounding) for value, shift in cases]
    assert shift_right(values, shifts, rounding).tolist() == expected


@given(INT64, st.integers(-130, 130), ROUNDINGS)
def test_saturating_shift_is_the_exact_one_cut_to_64_bits(
    value: int, shift: int, rounding: Rounding
) -> None:
    exact = rounded(value / Fraction(2) ** shift, rounding)
    expected = min(max(exact, -(2**63)), 2**63 - 1)
    assert shift_saturated(value, shift, rounding) == expected
    assert shift_saturated(np.array([value]), np.array([shift]), rounding).tolist() == [expected]


def test_mixed_directions_broadcast() -> None:
    values, shifts = np.array([[5], [-5]]), np.array([1, 0, -1])
    assert shift_right(values, shifts, Rounding.HALF_AWAY).tolist() == [[3, 5, 10], [-3, -5, -10]]
    assert shift_right(9, np.array([1, -1]), Rounding.FLOOR).tolist() == [4, 18]


def test_left_shift_is_exact_or_refused() -> None:
    assert shift_right(-1, -70, Rounding.FLOOR) == -(2**70)
    assert shift_right(np.array([-1, 0]), np.array([-63, -90]), Rounding.FLOOR).tolist() == [
        -(2**63),
        0,
    ]
    for value, shift in [(1, -63), (-1, -64), (2**62, -1), (-(2**62) - 1, -1)]:
        with pytest.raises(InputError, match=f"value must fit 64 bits.*got {value}$"):
            shift_right(np.array([value]), shift, Rounding.FLOOR)
