"""Energy of one multiply-accumulate, by the widths of its operands."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpim_emu.cost.parameters import Parameters

__all__ = ["KNOTS", "mac_pj"]

KNOTS = {4: "mac_2x2_pj", 16: "mac_4x4_pj", 64: "mac_8x8_pj", 256: "mac_16x16_pj"}
"""Product of the operand widths, and the parameter that gives the energy there."""


def mac_pj(weight_bits: int, activation_bits: int, parameters: Parameters) -> float:
    """Energy of a MAC in pJ: piecewise linear in the product of the operand widths.

    The first and the last segment are extended beyond the knots; nothing falls below 0.

    Examples
    --------
    >>> from qpim_emu.cost.presets import HMC_LIT
    >>> mac_pj(8, 8, HMC_LIT), round(mac_pj(8, 5, HMC_LIT), 6)
    (0.298, 0.209)
    """
    product = weight_bits * activation_bits
    segments = list(pairwise(KNOTS.items()))
    chosen = next((one for one in segments if product <= one[1][0]), segments[-1])
    (left, low), (right, high) = chosen
    share = (product - left) / (right - left)
    return max(0.0, parameters[low] * (1 - share) + parameters[high] * share)
