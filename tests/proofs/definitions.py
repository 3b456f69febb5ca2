"""What roundings mean, without a division: the integer q next to ``x / 2**n``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import z3

from qpim_emu.arith.rounding import Rounding
from tests.proofs.terms import UNKNOWNS, Term, same

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["counterexample", "is_rounded", "is_wrapped"]

LONGEST_MS = 60_000


def is_rounded(q: Term, x: Term, n: int, rounding: Rounding) -> Any:  # noqa: ANN401 - has no types
    """Whether q is ``x / 2**n`` rounded; exactly ``x * 2**-n`` for n of 0 or less."""
    if n <= 0:
        return same(q, x << -n)
    return z3.And(*rules(q, x, x - (q << n), 1 << n, rounding))


def rules(q: Term, x: Term, rest: Term, unit: int, rounding: Rounding) -> Iterator[Any]:
    """What must hold of the rest, where ``x / 2**n = q + rest / 2**n``."""
    above, negative = (rest < 0).formula, (x < 0).formula  # is q above x? is x below 0?
    match rounding:
        case Rounding.FLOOR:
            yield from ((rest >= 0).formula, (rest < unit).formula)
            return
        case Rounding.TOWARD_ZERO:
            yield from ((rest < unit).formula, (rest > -unit).formula)
            yield z3.If(negative, (rest <= 0).formula, (rest >= 0).formula)
            return
    twice = rest << 1
    yield from ((twice <= unit).formula, (twice >= -unit).formula)
    tie = z3.Or(same(twice, unit), same(twice, -unit))
    match rounding:
        case Rounding.HALF_UP:
            yield z3.Implies(tie, above)
        case Rounding.HALF_EVEN:
            yield z3.Implies(tie, same(q & 1, 0))
        case Rounding.HALF_AWAY:
            yield z3.Implies(tie, above != negative)


def is_wrapped(q: Term, x: Term, bits: int) -> Any:  # noqa: ANN401 - has no types
    """Whether q is the two's complement number of so many bits that is congruent to x."""
    return z3.And(
        same((q - x) & ((1 << bits) - 1), 0),
        (q >= -(1 << (bits - 1))).formula,
        (q < 1 << (bits - 1)).formula,
    )


def counterexample(*claims: Any) -> str:  # noqa: ANN401 - has no types
    """Search values of all unknowns for which a claim fails; empty if there are none."""
    solver = z3.SolverFor("QF_BV")
    solver.set("timeout", LONGEST_MS)
    solver.add(*UNKNOWNS, z3.Not(z3.And(*claims)))
    answer = solver.check()
    return "" if answer == z3.unsat else f"{answer}: {solver.model() if answer == z3.sat else ''}"
