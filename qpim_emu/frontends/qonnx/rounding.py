"""The rounding modes of QONNX, each as the smallest real number that rounds to a code or more.

Source: ``resolve_rounding_mode`` of the qonnx package. Its ``HALF_UP`` and ``HALF_DOWN`` round
ties away from zero and towards it; ``UP`` and ``DOWN`` do the same with everything between two
integers. Clamping before rounding, as QONNX does, or after it is the same: its limits are
integers.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import InputError
from qpim_emu.frontends.qonnx.bounds import Bounds

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["RoundingMode", "first_that_round_to", "read_rounding_mode"]


class RoundingMode(StrEnum):
    """How a real number becomes an integer."""

    HALF_EVEN = "HALF_EVEN"
    HALF_UP = "HALF_UP"
    HALF_DOWN = "HALF_DOWN"
    CEIL = "CEIL"
    FLOOR = "FLOOR"
    UP = "UP"
    DOWN = "DOWN"


def read_rounding_mode(name: str) -> RoundingMode:
    """Read the name of a mode in any case; ``ROUND`` is ``HALF_EVEN``.

    Raises
    ------
    InputError
        Listing the names.
    """
    upper = name.upper()
    if upper == "ROUND":
        return RoundingMode.HALF_EVEN
    if upper not in list(RoundingMode):
        msg = f"rounding_mode must be one of ROUND, {', '.join(RoundingMode)}, got {name!r}"
        raise InputError(msg)
    return RoundingMode(upper)


def first_that_round_to(codes: IntArray, mode: RoundingMode) -> Bounds:
    """Bound from below the real numbers that round to each code or more.

    Examples
    --------
    >>> first_that_round_to(np.array([0, 1]), RoundingMode.HALF_EVEN)[1]   # the tie goes to 0
    (1, False)
    >>> first_that_round_to(np.array([-1]), RoundingMode.UP)[0]            # from -1 on
    (-2, True)
    """
    positive, halfway = codes > 0, 2 * codes - 1
    everywhere = np.ones(codes.shape, np.bool_)
    match mode:
        case RoundingMode.HALF_EVEN:
            bounds = halfway, codes % 2 == 0
        case RoundingMode.HALF_UP:
            bounds = halfway, positive
        case RoundingMode.HALF_DOWN:
            bounds = halfway, ~positive
        case RoundingMode.FLOOR:
            bounds = 2 * codes, everywhere
        case RoundingMode.CEIL:
            bounds = 2 * codes - 2, ~everywhere
        case RoundingMode.UP:
            bounds = 2 * codes - 2 * positive, ~positive
        case RoundingMode.DOWN:
            bounds = 2 * codes - 2 * ~positive, positive
    return Bounds(*bounds)
