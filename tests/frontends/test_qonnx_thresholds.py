"""Are integer thresholds the least accumulators that reach a code, exactly, for every rounding?"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from qpim_emu.errors import InputError
from qpim_emu.frontends.qonnx.bounds import Bounds
from qpim_emu.frontends.qonnx.line import Line
from qpim_emu.frontends.qonnx.quadratic import Quadratic, inverse_root, rational
from qpim_emu.frontends.qonnx.rounding import (
    RoundingMode,
    first_that_round_to,
    read_rounding_mode,
)
from qpim_emu.frontends.qonnx.thresholds import ALWAYS, NEVER, least_accumulators

DIGITS = 120
ONE = Fraction(1)

floats = st.floats(-1e3, 1e3, width=32).filter(lambda x: x == 0 or abs(x) > 1e-6)
variances = st.floats(2.0**-20, 2.0**10, width=32)
modes = st.sampled_from(list(RoundingMode))


def decimal(number: Quadratic) -> Decimal:
    """A number to many digits, by other means."""
    parts = [
        Decimal(part.numerator) / Decimal(part.denominator)
        for part in (number.base, number.root, number.radicand)
    ]
    return parts[0] + parts[1] * parts[2].sqrt()


@st.composite
def numbers(draw: st.DrawFn, radicand: Fraction | None = None) -> Quadratic:
    """Numbers with the square root of one number."""
    root = radicand or Fraction(draw(variances))
    return Quadratic(Fraction(draw(floats)), Fraction(draw(floats)), root)


@given(st.data(), variances)
def test_arithmetic_with_a_square_root_is_that_of_real_numbers(
    data: st.DataObject, radicand: float
) -> None:
    one, other = (data.draw(numbers(Fraction(radicand))) for _ in range(2))
    with localcontext() as context:
        context.prec = DIGITS
        a, b = decimal(one), decimal(other)
        small = Decimal(10) ** -60
        assert abs(decimal(one + other) - (a + b)) < small
        assert abs(decimal(one * other) - a * b) < small
        assert one.sign() == (a > small) - (a < -small)
        if abs(a) > Decimal("1e-9"):
            assert abs(decimal(one.inverse()) * a - 1) < small
            assert one.floor() == int(a.to_integral_value(rounding="ROUND_FLOOR"))


def test_a_root_that_is_rational_is_one() -> None:
    assert inverse_root(Fraction(9, 4)) == rational(Fraction(2, 3))
    assert Quadratic(Fraction(3), Fraction(-1), Fraction(9)).sign() == 0
    assert Quadratic(Fraction(3), Fraction(1), Fraction(9)).inverse() == rational(Fraction(1, 6))


def test_two_square_roots_are_refused() -> None:
    with pytest.raises(InputError, match="square roots must be of one number, got 2 and 3"):
        inverse_root(Fraction(2)) + inverse_root(Fraction(3))


@given(
    gain=floats,
    variance=variances,
    shift=floats,
    scale=st.floats(2.0**-8, 2.0, width=32),
    mode=modes,
    limits=st.tuples(st.none() | floats, st.none() | floats),
)
@example(
    gain=1.0, variance=1.0, shift=0.5, scale=1.0, mode=RoundingMode.HALF_EVEN, limits=(None, None)
)
def test_a_threshold_is_the_least_accumulator_whose_number_reaches_the_code(
    gain: float,
    variance: float,
    shift: float,
    scale: float,
    mode: RoundingMode,
    limits: tuple[float | None, float | None],
) -> None:
    line = Line(
        slope=inverse_root(Fraction(variance)) * rational(abs(gain)), intercept=rational(shift)
    )
    low, high = (None if limit is None else Fraction(limit) for limit in limits)
    line = line.clipped(low, high).scaled(rational(1 / Fraction(scale)))
    bounds = first_that_round_to(np.arange(-7, 9), mode)
    thresholds = least_accumulators(line, bounds, unit=ONE)
    assert (thresholds[1:] >= thresholds[:-1]).all()
    for (twice, closed), threshold in zip(bounds, thresholds.tolist(), strict=True):

        def reaches(accumulator: int, twice: int = twice, closed: bool = closed) -> bool:  # noqa: FBT001
            sign = (line.at(accumulator) - rational(Fraction(twice, 2))).sign()
            return sign > 0 or (closed and sign == 0)

        assert threshold == NEVER or reaches(threshold)
        assert threshold == ALWAYS or not reaches(threshold - 1)


@given(
    slope=st.floats(2.0**-12, 2.0**4, width=32),
    shift=floats,
    variance=st.none() | variances,
    mode=modes,
)
def test_thousands_of_thresholds_are_those_found_one_by_one(
    slope: float, shift: float, variance: float | None, mode: RoundingMode
) -> None:
    root = rational(1) if variance is None else inverse_root(Fraction(variance))
    line = Line(slope=root * rational(slope), intercept=root * rational(shift))
    bounds = first_that_round_to(np.arange(-600, 600), mode)
    one_by_one = least_accumulators(line, Bounds.of(list(bounds)), unit=ONE)
    assert np.array_equal(least_accumulators(line, bounds, unit=ONE), one_by_one)


@given(slope=st.floats(-4, -(2.0**-6), width=32))
def test_a_falling_line_is_refused(slope: float) -> None:
    with pytest.raises(InputError, match="slope must not be negative"):
        least_accumulators(Line(slope=rational(slope)), Bounds.of([(1, True)]), unit=ONE)


@given(mode=modes, level=floats)
def test_a_flat_line_reaches_a_code_always_or_never(mode: RoundingMode, level: float) -> None:
    assume(abs(level) < 40)
    bounds = first_that_round_to(np.arange(-50, 51), mode)
    flat = Line(slope=rational(0), intercept=rational(level))
    code = -51 + int((least_accumulators(flat, bounds, unit=ONE) == ALWAYS).sum())
    steep = Line(slope=rational(1), intercept=rational(level))
    assert code == -51 + int((least_accumulators(steep, bounds, unit=ONE) <= 0).sum())


@pytest.mark.parametrize("mode", ["ROUND", *RoundingMode])
def test_rounding_is_that_of_the_qonnx_package(mode: str) -> None:
    intquant = pytest.importorskip("qonnx.custom_op.general.intquant")
    codes = np.arange(-9, 10)
    bounds = first_that_round_to(codes, read_rounding_mode(mode.lower()))
    for eighths in range(-64, 65):
        value = Fraction(eighths, 8)
        reached = [2 * value >= twice if closed else 2 * value > twice for twice, closed in bounds]
        assert sum(reached) - 10 == int(intquant.resolve_rounding_mode(mode)(eighths / 8))


def test_another_rounding_mode_is_refused() -> None:
    with pytest.raises(InputError, match=r"rounding_mode must be one of .*, got 'STOCHASTIC'"):
        read_rounding_mode("STOCHASTIC")
