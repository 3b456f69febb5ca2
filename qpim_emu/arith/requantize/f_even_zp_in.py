"""Mode ``f_even_zp_in``: the reference evaluator of the onnx package.

Source: onnx/reference/ops/op_qlinear_matmul.py and op_qlinear_conv.py:
``rint(C * (a_scale * b_scale / y_scale) + y_zero_point)``. The scales are float32 and so is
their quotient; NumPy promotes its product with the ``int32`` accumulators to **float64**.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize.floats import FLOAT_LIMIT, integers_of

if TYPE_CHECKING:
    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import FloatArray

__all__ = ["f_even_zp_in"]


def f_even_zp_in(
    accumulator: Integers, *, scale: float | FloatArray, zero_point: Integers
) -> Integers:
    """Compute ``accumulator * float32(scale) + zero_point`` in float64, then round half to even.

    An odd zero point turns the ties round, which is what sets this mode apart: 2.5 + 1 becomes
    4, where rounding first gives 2 + 1. Two roundings to float64 (product, sum) precede the one
    to an integer. A sum beyond ``2**62`` (infinity included) saturates there.

    Parameters
    ----------
    accumulator
        Up to 53 bits.
    scale
        Finite and positive, rounded to float32.
    zero_point
        Signed 32 bits; contained in the result.

    Examples
    --------
    >>> f_even_zp_in(5, scale=0.5, zero_point=1), f_even_zp_in(5, scale=0.5, zero_point=0)
    (4, 2)
    """
    if isinstance(accumulator, np.ndarray):
        factor = np.asarray(scale).astype(np.float32).astype(np.float64)
        product = accumulator.astype(np.float64) * factor
        return integers_of(np.rint(product + np.asarray(zero_point, np.float64)))
    total = float(accumulator) * float(np.float32(scale)) + float(zero_point)
    if abs(total) >= FLOAT_LIMIT:
        return FLOAT_LIMIT if total > 0 else -FLOAT_LIMIT
    return round(total)
