"""Do terms compute as integers do, and does the solver find what is wrong?"""

from __future__ import annotations

import operator
from typing import Any

import pytest
import z3
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.rounding import Rounding, shift_right
from tests.proofs.definitions import counterexample, is_rounded
from tests.proofs.terms import Flag, Term, integer, larger, smaller, unknown

integers = st.integers(-(1 << 70), 1 << 70) | st.integers(-9, 9)


def value(term: Any) -> int:  # noqa: ANN401 - a term or a flag
    """The integer that a term of known integers is."""
    bits = z3.simplify((term.term() if isinstance(term, Flag) else term).bits)
    return int(bits.as_signed_long())


def around(number: int, below: int, above: int) -> Term:
    """A known integer in a term whose bounds say less."""
    wide = integer(number)
    return Term(wide.bits, number - below, number + above)


@given(
    a=integers,
    b=integers,
    slack=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    count=st.integers(0, 140),
)
def test_terms_are_integers(a: int, b: int, slack: tuple[int, int], count: int) -> None:
    one, other = around(a, *slack), around(b, *slack)
    for operation in (operator.add, operator.sub, operator.and_, operator.or_):
        assert value(operation(one, other)) == operation(a, b)
        assert value(operation(one, b)) == operation(a, b)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.ne):
        assert value(compare(one, other)) == compare(a, b)
        assert value(compare(one, b)) == compare(a, b)
    assert value(-one) == -a
    assert (value(1 - one), value(-3 * one)) == (1 - a, -3 * a)
    assert (value(one << count), value(one >> count)) == (a << count, a >> count)
    assert (value(smaller(one, other)), value(larger(one, b))) == (min(a, b), max(a, b))
    assert value(one - (one > other)) == a - (a > b)


def test_products_of_the_same_terms_are_the_same() -> None:
    a, b = unknown("a", -8, 7), unknown("b", -8, 7)
    assert a * b is a * b
    assert (a * b).low == -56
    assert (a * b).high == 64


@pytest.mark.parametrize("rounding", list(Rounding))
def test_another_rounding_is_found_out(rounding: Rounding) -> None:
    a = unknown("a", -128, 127)
    for other in Rounding:
        found = counterexample(is_rounded(shift_right(a, 2, other), a, 2, rounding))  # type: ignore[call-overload]
        assert bool(found) == (other is not rounding)
