"""Does the fast tier saturate the one doubled product that leaves 32 bits, as literal does?"""

from __future__ import annotations

import numpy as np

from qpim_emu import Accumulator, Linear, Requantize
from qpim_emu.testing import assert_tiers_agree


def test_the_doubled_product_of_both_least_numbers_saturates() -> None:
    least = -(1 << 31)
    unit = Requantize(
        mode="q31_double", multiplier=least, shift=0, low=-(1 << 15), high=(1 << 15) - 1
    )
    shifted = Requantize(mode="q31_double", multiplier=least, shift=20, low=-4096, high=4096)
    for requantize in (unit, shifted):
        layer = Linear(
            weights=[[0]] * 3,
            weight_type="int8",
            activation_type="int8",
            bias=[least, least + 1, 0],
            accumulator=Accumulator(bits=32),
            requantize=requantize,
        )
        assert assert_tiers_agree(layer, np.zeros((2, 1), np.int64)) is not None
