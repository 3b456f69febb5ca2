"""Modes that multiply by a float.

Products are limited before they become integers, far beyond any clamp that is taken: to
`qpim_emu.arith.requantize.floats.FLOAT_LIMIT` in lanes of 64 bits, to what is left of them in
lanes of 32 bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from qpim_emu.arith.requantize.floats import FLOAT_LIMIT
from qpim_emu.engine.fast.kernels.emission import LANE
from qpim_emu.engine.fast.kernels.requantize.unit import Coded
from qpim_emu.engine.fast.kernels.values import FLOAT, REAL

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.requantize.unit import Constants
    from qpim_emu.engine.fast.kernels.values import Values

__all__ = ["F32Even", "F64Away", "FEvenZpIn"]

LANE_LIMIT: Final = float((1 << 31) - (1 << 7))
"""Largest float32 that 32 bits with a sign hold."""


def limited(value: Values, total: Values) -> Values:
    """Keep floats in the range of the totals' type."""
    limit = LANE_LIMIT if total.kind == LANE else float(FLOAT_LIMIT)
    return value.at_least(-limit).at_most(limit)


class F32Even(Coded):
    """``f32_even``."""

    __slots__ = ()
    names = ("scale",)

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Multiply in float32, to nearest, ties to even."""
        product = total.real(FLOAT) * c.values["scale"].float_bits().to_float()
        return limited(product.whole("rint"), total).integers(total.kind)


class F64Away(Coded):
    """``f64_away``."""

    __slots__ = ()
    names = ("scale",)

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Multiply in float64, to nearest, ties away from zero.

        The fraction is exact, and so is twice it, whose whole part is the carry.
        """
        product = limited(total.real(REAL) * c.values["scale"].float_bits(), total)
        whole = product.whole("trunc")
        fraction = product - whole
        return (whole + (fraction + fraction).whole("trunc")).integers(total.kind)


class FEvenZpIn(Coded):
    """``f_even_zp_in``."""

    __slots__ = ()
    names = ("scale", "addend")

    @staticmethod
    def step(total: Values, c: Constants) -> Values:
        """Multiply and add the zero point in float64, to nearest, ties to even."""
        product = total.real(REAL) * c.values["scale"].float_bits()
        moved = product + c.values["addend"].real(REAL)
        return limited(moved.whole("rint"), total).integers(total.kind)
