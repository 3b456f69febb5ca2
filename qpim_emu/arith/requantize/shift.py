"""Mode ``shift``: division by a power of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.arith.rounding import Rounding, shift_saturated

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers

__all__ = ["shift"]


def shift(
    accumulator: Integers, *, shift: Integers, rounding: Rounding = Rounding.FLOOR
) -> Integers:
    """Compute ``accumulator / 2**shift``, rounded.

    Parameters
    ----------
    accumulator
        Up to 64 bits.
    shift
        Positive shifts right, negative left (a result beyond ``int64`` saturates there, which
        the clamp that follows cannot tell from the exact value).
    rounding
        What happens to the bits shifted out.

    Examples
    --------
    >>> shift(-3, shift=1, rounding=Rounding.HALF_EVEN)
    -2
    """
    return shift_saturated(accumulator, shift, rounding)
