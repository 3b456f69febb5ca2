"""Smallest and largest real numbers that can occur, from formats and weights alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.frontends.qonnx.values import Coded

if TYPE_CHECKING:
    from fractions import Fraction

    from qpim_emu.frontends.qonnx.draft import MacDraft
    from qpim_emu.frontends.qonnx.values import Real

__all__ = ["reach"]


def reach(real: Real) -> tuple[Fraction, Fraction]:
    """Bound the real numbers that the lines make of all accumulators there can be.

    Irrational bounds are rounded outwards by at most 2**-64.
    """
    if isinstance(real.draft, Coded):
        first, last = real.draft.format.min, real.draft.format.max
    else:
        first, last = sums(real.draft)
    ends = [line.at(end) for line in real.lines for end in (first, last)]
    return min(end.approximate() for end in ends), max(-((-end).approximate()) for end in ends)


def sums(draft: MacDraft) -> tuple[int, int]:
    """Bound the accumulators of a layer; products of borders are 0."""
    stored, zero = draft.source.format, draft.source.zero
    low, high = min(stored.min - zero, 0), max(stored.max - zero, 0)
    weights = draft.weights.reshape(len(draft.weights), -1) - draft.weight_zero[:, None]
    up, down = weights.clip(min=0).sum(axis=1), weights.clip(max=0).sum(axis=1)
    return int((up * low + down * high).min()), int((up * high + down * low).max())
