"""Accumulators: every policy, with narrow ones that overflow and wide ones that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from qpim_emu.workload.accumulator import Accumulator, Overflow

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["accumulators"]

MIN_BITS = 8
COMMON = (48, 8, 9, 12, 16, 24, 32, 64)


@st.composite
def accumulators(
    draw: st.DrawFn,
    *,
    max_bits: int = 64,
    policies: Sequence[Overflow] = tuple(Overflow),
) -> Accumulator:
    """Draw accumulators of 8..`max_bits` bits.

    Parameters
    ----------
    max_bits
        Widest register, at least 8.
    policies
        Policies to choose from; the simplest first.
    """
    common = [bits for bits in COMMON if bits <= max_bits]
    bits = draw(st.sampled_from(common) | st.integers(MIN_BITS, max_bits))
    return Accumulator(bits=bits, overflow=draw(st.sampled_from(list(policies))))
