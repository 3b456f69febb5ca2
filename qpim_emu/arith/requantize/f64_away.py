"""Mode ``f64_away``: LiteRT's reference fully-connected kernels.

Source: the overloads of ``FullyConnected`` and ``FullyConnectedPerChannel`` taking scales, in
tflite/kernels/internal/reference/integer_ops/fully_connected.h of LiteRT:
``round(double(acc) * scale)``, then the output offset.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize.floats import FLOAT_LIMIT, integers_of

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import FloatArray, IntArray

__all__ = ["f64_away"]

HALF = 0.5


def f64_away(accumulator: Integers, *, scale: float | FloatArray) -> Integers:
    """Compute ``accumulator * scale`` in float64, rounded to nearest, ties away from zero.

    The accumulator converts exactly; the product is rounded once, to float64; the rounding to
    an integer looks at the exact fraction of that product, never at ``product + 0.5``. A product
    beyond ``2**62`` (infinity included) saturates there, far beyond any clamp.

    Parameters
    ----------
    accumulator
        Up to 53 bits.
    scale
        Finite and positive, float64.

    Examples
    --------
    >>> f64_away(-5, scale=0.5), f64_away(1, scale=0.49999999999999994)
    (-3, 0)
    """
    if isinstance(accumulator, np.ndarray):
        return f64_away_array(accumulator, scale)
    product = float(accumulator) * float(scale)
    if abs(product) >= FLOAT_LIMIT:
        return FLOAT_LIMIT if product > 0 else -FLOAT_LIMIT
    whole = math.trunc(product)
    fraction = product - whole  # exact: both are multiples of the product's last place
    return whole + (fraction >= HALF) - (fraction <= -HALF)


def f64_away_array(accumulator: IntArray, scale: float | FloatArray) -> IntArray:
    """Do the same on arrays."""
    with np.errstate(over="ignore", under="ignore"):
        product = accumulator.astype(np.float64) * np.asarray(scale, np.float64)
    whole = np.trunc(product)
    with np.errstate(invalid="ignore"):
        fraction = product - whole  # not a number where the product is infinite: no carry
    carry = (fraction >= HALF).astype(np.int64) - (fraction <= -HALF)
    return integers_of(whole) + carry
