"""Mode ``f32_even``: ONNX Runtime and PyTorch (fbgemm).

Source: ``MlasRequantizeOutput`` of ONNX Runtime and ``requantize_u8acc32_ref`` of FBGEMM: the
float product of accumulator and scale, rounded in the default mode, then the zero point, then
the clamp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize.floats import FLOAT_LIMIT, integers_of

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import FloatArray

__all__ = ["f32_even"]


def f32_even(accumulator: Integers, *, scale: float | FloatArray) -> Integers:
    """Compute ``float32(accumulator) * float32(scale)``, rounded to nearest, ties to even.

    Three roundings: the accumulator to float32 (exact up to 24 bits), the product to float32,
    the product to an integer. A product beyond ``2**62`` (infinity included) saturates there,
    far beyond any clamp.

    Parameters
    ----------
    accumulator
        Up to 53 bits, so that it converts to float32 in one rounding on every path.
    scale
        Finite and positive, rounded to float32.

    Examples
    --------
    >>> f32_even(5, scale=0.5), f32_even(16777217, scale=1.0)
    (2, 16777216)
    """
    if isinstance(accumulator, np.ndarray):
        with np.errstate(over="ignore", under="ignore"):
            factors = accumulator.astype(np.float32), np.asarray(scale).astype(np.float32)
            return integers_of(np.rint(factors[0] * factors[1]))
    # Two 24-bit significands have an exact product in float64; one rounding to float32 follows.
    product = float(np.float32(accumulator)) * float(np.float32(scale))
    if abs(product) >= FLOAT_LIMIT:
        return FLOAT_LIMIT if product > 0 else -FLOAT_LIMIT
    return round(float(np.float32(product)))
