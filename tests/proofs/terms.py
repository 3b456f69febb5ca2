"""Integers that stand for every value at once: the machine's own functions run on them.

A `Term` behaves as a Python integer does in `qpim_emu.arith`, and holds a bit vector of an SMT
solver, always as wide as its bounds need, so that nothing ever overflows. The product of two
terms is a new unknown of the same bounds: it is the same one wherever the same two terms are
multiplied. That proves more than is needed, namely that a result depends on the product alone.
"""

from __future__ import annotations

from typing import Any

import z3

__all__ = ["Flag", "Term", "forget", "integer", "larger", "same", "smaller", "unknown"]


class Flag:
    """A comparison of terms; 0 or 1 in sums, as a Python truth value is."""

    def __init__(self, formula: Any) -> None:  # noqa: ANN401 - has no types
        self.formula = formula

    def term(self) -> Term:
        """0 or 1."""
        return Term(z3.If(self.formula, z3.BitVecVal(1, 2), z3.BitVecVal(0, 2)), 0, 1)


class Term:
    """An integer between two known ones."""

    def __init__(self, bits: Any, low: int, high: int) -> None:  # noqa: ANN401 - has no types
        self.low, self.high = low, high
        self.bits = fitted(bits, width_of(low, high))

    def __add__(self, other: Operand) -> Term:
        other = term_of(other)
        low, high = self.low + other.low, self.high + other.high
        a, b = together(self, other, width_of(low, high))
        return Term(a + b, low, high)

    __radd__ = __add__

    def __neg__(self) -> Term:
        width = width_of(-self.high, -self.low)
        return Term(-fitted(self.bits, max(width, self.bits.size())), -self.high, -self.low)

    def __sub__(self, other: Operand) -> Term:
        return self + -term_of(other)

    def __rsub__(self, other: Operand) -> Term:
        return term_of(other) + -self

    def __mul__(self, other: Term) -> Term:
        """Abstract: an unknown within the bounds of the product."""
        key = (id(self), id(other))
        if key not in PRODUCTS:
            corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
            product = unknown(f"product{len(PRODUCTS)}", min(corners), max(corners))
            PRODUCTS[key] = product, (self, other)
        return PRODUCTS[key][0]

    def __rmul__(self, other: int) -> Term:
        """Exact, by a known number."""
        low, high = sorted((other * self.low, other * self.high))
        width = width_of(low, high)
        return Term(fitted(self.bits, width) * z3.BitVecVal(other, width), low, high)

    def __lshift__(self, count: int) -> Term:
        low, high = self.low << count, self.high << count
        return Term(fitted(self.bits, width_of(low, high)) << count, low, high)

    def __rshift__(self, count: int) -> Term:
        moved = self.bits >> min(count, self.bits.size() - 1)
        return Term(moved, self.low >> count, self.high >> count)

    def __and__(self, other: Operand) -> Term:
        other = term_of(other)
        a, b = together(self, other)
        if other.low >= 0:  # a mask
            return Term(a & b, 0, other.high)
        return Term(a & b, *whole_range(self, other))

    __rand__ = __and__

    def __or__(self, other: Operand) -> Term:
        other = term_of(other)
        a, b = together(self, other)
        return Term(a | b, *whole_range(self, other))

    def __lt__(self, other: Operand) -> Flag:
        a, b = together(self, term_of(other))
        return Flag(a < b)

    def __le__(self, other: Operand) -> Flag:
        a, b = together(self, term_of(other))
        return Flag(a <= b)

    def __gt__(self, other: Operand) -> Flag:
        return term_of(other) < self

    def __ge__(self, other: Operand) -> Flag:
        return term_of(other) <= self

    def __ne__(self, other: object) -> Flag:  # type: ignore[override]
        return Flag(z3.Not(same(self, other)))

    __hash__ = object.__hash__

    def bit_length(self) -> int:
        """Enough bits for every value; callers only use it to cut absurd shifts."""
        return max(self.low.bit_length(), self.high.bit_length())


Operand = Term | Flag | int
PRODUCTS: dict[tuple[int, int], tuple[Term, tuple[Term, Term]]] = {}
"""Products by the identities of their factors, which are kept so that none is reused."""
UNKNOWNS: list[Any] = []
"""What is known of every unknown: its bounds."""


def forget() -> None:
    """Start anew."""
    PRODUCTS.clear()
    UNKNOWNS.clear()


def width_of(low: int, high: int) -> int:
    """Bits of a two's complement number between two others."""
    magnitudes = (~end if end < 0 else end for end in (low, high))
    return 1 + max(1, *(magnitude.bit_length() for magnitude in magnitudes))


def fitted(bits: Any, width: int) -> Any:  # noqa: ANN401 - has no types
    """Extend a bit vector, or drop bits that are copies of the sign."""
    missing = width - bits.size()
    if missing > 0:
        return z3.SignExt(missing, bits)
    return z3.Extract(width - 1, 0, bits) if missing else bits


def together(one: Term, other: Term, width: int = 0) -> tuple[Any, Any]:
    """Bit vectors of two terms, of one width."""
    common = max(one.bits.size(), other.bits.size(), width)
    return fitted(one.bits, common), fitted(other.bits, common)


def whole_range(one: Term, other: Term) -> tuple[int, int]:
    """Every number of the width of two terms."""
    width = max(one.bits.size(), other.bits.size())
    return -(1 << (width - 1)), (1 << (width - 1)) - 1


def same(one: Operand, other: object) -> Any:  # noqa: ANN401 - has no types
    """Whether two numbers are equal, as a formula."""
    a, b = together(term_of(one), term_of(other))  # type: ignore[arg-type]
    return a == b


def unknown(name: str, low: int, high: int) -> Term:
    """Make an integer that may be anything within bounds."""
    width = width_of(low, high)
    bits = z3.BitVec(name, width)
    UNKNOWNS.append(z3.And(bits >= z3.BitVecVal(low, width), bits <= z3.BitVecVal(high, width)))
    return Term(bits, low, high)


def term_of(value: Operand) -> Term:
    """See a number as a term."""
    if isinstance(value, Flag):
        return value.term()
    if isinstance(value, int):
        return Term(z3.BitVecVal(value, width_of(value, value)), value, value)
    return value


def integer(value: Operand) -> Term:
    """Stand for ``int`` in a module that runs on terms."""
    return term_of(value)


def smaller(one: Operand, other: Operand) -> Any:  # noqa: ANN401 - a term where one is given
    """Stand for ``min``."""
    if isinstance(one, int) and isinstance(other, int):
        return min(one, other)
    a, b = term_of(one), term_of(other)
    low, high = min(a.low, b.low), min(a.high, b.high)
    first, second = together(a, b)
    return Term(z3.If(first < second, first, second), low, high)


def larger(one: Operand, other: Operand) -> Any:  # noqa: ANN401 - a term where one is given
    """Stand for ``max``."""
    if isinstance(one, int) and isinstance(other, int):
        return max(one, other)
    return -smaller(-term_of(one), -term_of(other))
