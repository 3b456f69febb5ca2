"""Last step of a product in emitted code: corrections and biases, into the accumulators.

A kernel's sums are exact modulo its type. What was subtracted from the streamed operands is made
up for in that type, where wrapping does no harm; the result is the exact sum by the rule of the
kernel's choice, and biases are added to that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from qpim_emu.engine.fast.kernels.emission import INDEX

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.values import Values
    from qpim_emu.typing import IntArray

__all__ = ["Checked", "Register", "Starts", "checked_totals", "totals"]


class Register(NamedTuple):
    """Accumulators of a job that no total leaves, and what they start with.

    Attributes
    ----------
    starts
        ``int64[chunks, 2, LANES]``: corrections of the kernel's sums, and biases.
    bits
        Width of the accumulators.
    """

    starts: IntArray
    bits: int


class Checked(Register):
    """Accumulators that totals may leave: they are wrapped and counted."""

    __slots__ = ()


class Starts(NamedTuple):
    """What the sums of a chunk are added to, as vectors of 64 bits."""

    corrections: Values
    biases: Values


def totals(sums: Values, starts: Starts, kind: Any) -> Values:  # noqa: ANN401
    """Make totals, none of which leaves the register, in the type `kind`, which holds them.

    In 32 bits everything may be added modulo 2**32, as the total is known to fit.
    """
    if kind.width < INDEX.width or sums.kind == INDEX:
        both = starts.corrections + starts.biases
        return sums.to(kind) + both.to(kind)
    return (sums + starts.corrections.to(sums.kind)).to(INDEX) + starts.biases


def checked_totals(sums: Values, starts: Starts, unused: Values) -> tuple[Values, Values]:
    """Make totals of 64 bits, wrap them to the register, and say which exact ones lie outside it.

    Sums are at most 2**62 in magnitude and biases are int64, so a total that leaves int64 does so
    by less than one turn: the signs tell, and the low 64 bits are right.

    Parameters
    ----------
    sums, starts
        As for `totals`.
    unused
        Bits of 64 that the register does not have.
    """
    exact = (sums + starts.corrections.to(sums.kind)).to(INDEX)
    total = exact + starts.biases
    wrapped = (total << unused) >> unused
    turned = ((exact ^ total) & (starts.biases ^ total)).compare("<", 0)
    return wrapped, turned | wrapped.compare("!=", total)
