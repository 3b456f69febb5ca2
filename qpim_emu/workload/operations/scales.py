"""Multiplier and shift of an operation that rescales, from the scales of its tensors."""

from __future__ import annotations

from qpim_emu.arith.constants import quantize_multiplier
from qpim_emu.arith.scales import ScaleRule, effective_scale

__all__ = ["multiplier_and_shift"]


def multiplier_and_shift(
    first: float, second: float, output: float, *, rule: ScaleRule = ScaleRule.DOUBLE
) -> tuple[int, int]:
    """Derive multiplier and shift from ``first * second / output`` in the floats of a rule.

    Raises
    ------
    InputError
        If that is not finite and positive, or out of range.
    """
    scale = effective_scale(first, second, output, rule=rule)
    return quantize_multiplier(float(scale))
