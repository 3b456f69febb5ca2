"""Modes that multiply by an integer and shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.fast.kernels.emission import INDEX, LANE
from qpim_emu.engine.fast.kernels.requantize.shifts import half_away, half_up_product
from qpim_emu.engine.fast.kernels.requantize.unit import Coded

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.requantize.unit import Constants
    from qpim_emu.engine.fast.kernels.values import Values

__all__ = ["Q31Double", "RoundedProduct", "ScaleBiasShift"]

INT32_MAX = (1 << 31) - 1
HALF = 1 << 30


class ScaleBiasShift(Coded):
    """``scale_bias_shift``, where sums fit 64 bits."""

    __slots__ = ()
    names = ("multiplier", "addend", "right")

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Multiply, add, and round down."""
        product = total.to(INDEX) * c.values["multiplier"]
        return (product + c.values["addend"]) >> c.values["right"]


class Q31Double(Coded):
    """``q31_double``."""

    __slots__ = ()
    names = ("multiplier", "left", "right")

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Move to the left, wrapping at 32 bits; multiply; shift: rounded twice."""
        moved = total.to(LANE) << c.values["left"].to(LANE)
        high = (moved.to(INDEX) * c.values["multiplier"] + HALF) >> 31
        halved = high.at_most(INT32_MAX).to(LANE)
        return half_away(halved, c.values["right"].to(LANE)).to(total.kind)


class RoundedProduct(Coded):
    """``q31_single`` and ``q15_acc64``, which shift by 1 bit or more: by one more than `before`."""

    __slots__ = ()
    names = ("multiplier", "before")

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Multiply (less than 2**62 in magnitude), round once, wrap at 32 bits."""
        product = total.to(INDEX) * c.values["multiplier"]
        return half_up_product(product, c.values["before"]).to(LANE).to(total.kind)
