"""Is every integer mode its rational definition, for all accumulators and all constants?

The functions of `qpim_emu.arith` themselves run on terms that stand for every accumulator. What a
mode means is written beside it with integers f that a definition names; the proof is that
whatever integer fits the definition is the function's result. Shifts are taken one by one;
products are abstracted to unknowns of their range.
"""

from __future__ import annotations

from typing import Any

import pytest
import z3

from qpim_emu.arith.requantize.narrow import narrowed_thresholds
from qpim_emu.arith.requantize.q15_acc64 import q15_acc64
from qpim_emu.arith.requantize.q31_double import q31_double
from qpim_emu.arith.requantize.q31_single import q31_single
from qpim_emu.arith.requantize.registers import wrap_int32
from qpim_emu.arith.requantize.scale_bias_shift import scale_bias_shift
from qpim_emu.arith.requantize.shift import shift as shift_mode
from qpim_emu.arith.rounding import Rounding
from tests.proofs.definitions import counterexample, is_rounded, is_wrapped
from tests.proofs.terms import PRODUCTS, Term, larger, same, smaller, unknown

LOW64, HIGH64 = -(1 << 63), (1 << 63) - 1
LOW32, HIGH32 = -(1 << 31), (1 << 31) - 1
BEYOND = 1 << 240

FEW = [-128, -64, -33, -2, -1, 0, 1, 2, 3, 7, 16, 31, 32, 33, 62, 63, 64, 65, 66, 127]
"""Shifts of the gate; the others are proven by the extended tests."""


def shifts(low: int, high: int) -> list[Any]:
    """All shifts of a range, most of them left to the extended tests."""
    chosen = {low, low + 1, high - 1, high} | {n for n in FEW if low <= n <= high}
    return [
        n if n in chosen else pytest.param(n, marks=pytest.mark.extended)
        for n in range(low, high + 1)
    ]


def accumulator(bits: int) -> Term:
    """Any accumulator of a width."""
    return unknown("accumulator", -(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def any_integer(name: str, bits: int) -> Term:
    """An integer that a definition names."""
    return unknown(name, -(1 << bits), 1 << bits)


def clipped(value: Term) -> Term:
    """Saturated at 64 bits."""
    found: Term = smaller(larger(value, LOW64), HIGH64)
    return found


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize("n", shifts(-128, 127))
def test_shift(n: int, rounding: Rounding) -> None:
    a: Any = accumulator(64)
    code: Any = shift_mode(a, shift=n, rounding=rounding)
    exact = any_integer("f", 64 + max(-n, 0))
    assert not counterexample(
        z3.Implies(is_rounded(exact, a, n, rounding), same(code, clipped(exact)))
    )


@pytest.mark.parametrize("n", shifts(-128, 127))
def test_scale_bias_shift(n: int) -> None:
    a: Any = accumulator(64)
    k: Any = unknown("k", LOW32, HIGH32)
    addend: Any = unknown("l", LOW64, HIGH64)
    code: Any = scale_bias_shift(a, multiplier=k, addend=addend, shift=n)
    exact = any_integer("f", 98 + max(-n, 0))
    assert not counterexample(
        z3.Implies(is_rounded(exact, a * k + addend, n, Rounding.FLOOR), same(code, clipped(exact)))
    )


@pytest.mark.parametrize("n", shifts(-31, 31))
def test_q31_double(n: int) -> None:
    a: Any = accumulator(32)
    m: Any = unknown("m", LOW32, HIGH32)
    code = q31_double(a, multiplier=m, shift=n)
    ((product, (moved, factor)),) = PRODUCTS.values()
    assert factor is m
    assert not counterexample(is_wrapped(moved, a << max(-n, 0), 32))
    high, exact = any_integer("h", 32), any_integer("f", 32)
    saturated = smaller(high, HIGH32)
    assert not counterexample(
        z3.Implies(
            z3.And(
                is_rounded(high, product, 31, Rounding.HALF_UP),
                is_rounded(exact, saturated, max(n, 0), Rounding.HALF_AWAY),
            ),
            same(code, exact),
        )
    )


@pytest.mark.parametrize("n", shifts(-30, 31))
def test_q31_single(n: int) -> None:
    a: Any = accumulator(32)
    m: Any = unknown("m", 0, HIGH32)
    code: Any = q31_single(a, multiplier=m, shift=n)
    exact = any_integer("f", 63)
    assert not counterexample(
        z3.Implies(is_rounded(exact, a * m, 31 + n, Rounding.HALF_UP), is_wrapped(code, exact, 32))
    )


@pytest.mark.parametrize("n", shifts(-7, 31))
def test_q15_acc64(n: int) -> None:
    a: Any = accumulator(48)
    m: Any = unknown("m", 0, HIGH32)
    code: Any = q15_acc64(a, multiplier=m, shift=n)
    ((product, (factor, reduced)),) = PRODUCTS.values()
    assert factor is a
    rounded, exact = any_integer("r", 16), any_integer("f", 63)
    definition = is_rounded(rounded, m, 16, Rounding.HALF_UP)
    assert not counterexample(
        z3.Implies(definition, same(reduced, smaller(rounded, (1 << 15) - 1)))
    )
    assert not counterexample(
        z3.Implies(
            is_rounded(exact, product, 15 + n, Rounding.HALF_UP), is_wrapped(code, exact, 32)
        )
    )


def test_products_fit_the_registers_that_arrays_have() -> None:
    for bits, low, high in ((32, LOW32, HIGH32), (48, 0, (1 << 15) - 1)):
        product = accumulator(bits) * unknown("m", low, high)
        assert product.low > LOW64
        assert product.high + (1 << 30) < HIGH64


def test_a_wrapped_number_is_congruent() -> None:
    wide: Any = unknown("x", -(1 << 62), (1 << 62) - 1)
    assert not counterexample(is_wrapped(wrap_int32(wide), wide, 32))


@pytest.mark.parametrize("n", shifts(1, 63))
def test_a_narrowed_threshold_is_reached_by_the_same_accumulators(n: int) -> None:
    threshold: Any = unknown("t", LOW64, HIGH64)
    narrow = unknown("a", -(1 << 62), (1 << 62) - 1)
    narrowed: Any = narrowed_thresholds(threshold, n)
    reached = narrow >= narrowed
    before = (narrow << n) >= threshold
    assert not counterexample(reached.formula == before.formula)


def test_a_clamp_moved_by_the_zero_point_is_the_clamp_of_the_sum() -> None:
    """Arrays are clamped before the zero point is added (`dispatch.requantize`)."""
    value, zero, low, high = z3.Ints("value zero low high")  # of any size

    def clamped(number: Any, first: Any, last: Any) -> Any:  # noqa: ANN401 - have no types
        above = z3.If(number < first, first, number)
        return z3.If(above > last, last, above)

    moved = clamped(value, low - zero, high - zero) + zero
    solver = z3.Solver()
    solver.add(low <= high, moved != clamped(value + zero, low, high))
    assert solver.check() == z3.unsat
