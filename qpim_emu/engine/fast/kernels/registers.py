"""Compiled last step of a product: corrections and biases, into the accumulators.

A kernel's sums are exact modulo its type. What was subtracted from the streamed operands is made
up for in that type, where wrapping does no harm; the result is the exact sum by the rule of the
kernel's choice. The bias is added to it as int64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

__all__ = ["Register", "add_biases", "add_wrapped", "keep"]


class Register(NamedTuple):
    """Accumulators of a job, and what they start with.

    Attributes
    ----------
    corrections
        Of the kernel's sums, in their type ``[columns]``.
    biases
        ``int64[columns]``.
    low, high, bits
        Range and width of the accumulators.
    checked
        Whether totals may leave the range.
    """

    corrections: NDArray[Any]
    biases: IntArray
    low: int
    high: int
    bits: int
    checked: bool


@compiled
def add_biases(register: Register, sums: NDArray[Any], totals: IntArray) -> None:
    """Make totals of which none leaves the register.

    Parameters
    ----------
    register
        Corrections and biases.
    sums
        ``[n, columns or more]`` as the kernel left them.
    totals
        ``int64[n, columns]``, written.
    """
    corrections, biases = register.corrections, register.biases
    kind = corrections.dtype.type
    for r in range(totals.shape[0]):
        taken, given = sums[r], totals[r]
        for c in range(given.shape[0]):
            given[c] = np.int64(kind(taken[c] + corrections[c])) + biases[c]


@compiled
def keep(totals: IntArray, rows: IntArray, accumulators: NDArray[Any], column: int) -> None:
    """Store totals in some rows of the accumulators, from a column on."""
    for r in range(totals.shape[0]):
        taken = totals[r]
        given = accumulators[rows[r]][column : column + totals.shape[1]]
        for c in range(given.shape[0]):
            given[c] = taken[c]


@compiled
def add_wrapped(
    register: Register,
    span: tuple[int, int],
    sums: NDArray[Any],
    totals: IntArray,
    counts: IntArray,
) -> None:
    """Make totals, wrap them to the register, and count those outside it.

    Sums are at most 2**62 in magnitude and biases are int64, so a total that leaves int64 does so
    by less than one turn: the signs tell, and the low 64 bits are right.

    Parameters
    ----------
    register, sums, totals
        As for `add_biases`.
    span
        First column to take, and the one past the last.
    counts
        ``int64[n]``, written.
    """
    kind = register.corrections.dtype.type
    unused = 64 - register.bits
    for r in range(totals.shape[0]):
        count = 0
        for c in range(span[0], span[1]):
            exact = np.int64(kind(sums[r, c] + register.corrections[c]))
            bias = register.biases[c]
            total = exact + bias
            turned = ((exact ^ total) & (bias ^ total)) < 0
            count += turned or total < register.low or total > register.high
            totals[r, c] = (total << unused) >> unused
        counts[r] = count
