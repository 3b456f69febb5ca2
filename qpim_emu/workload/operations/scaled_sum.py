"""Common part of the sum and the difference of two quantized tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from qpim_emu.arith.constants import quantize_multiplier
from qpim_emu.arith.requantize import q31_double
from qpim_emu.arith.requantize.registers import wrap_int32
from qpim_emu.arith.scales import ScaleRule
from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.binary import Binary
from qpim_emu.workload.operations.limits import (
    CODES,
    MULTIPLIERS,
    RIGHT_SHIFTS,
    check_limits,
    check_register,
    hold_integers,
    integer_in,
    integer_pair,
    number_pair,
    real_number,
    require_integer_format,
    smallest_format,
)
from qpim_emu.workload.operations.pairs import of_pairs

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["ScaledSum"]

WIDE_BITS = 8
LEFT_SHIFT, LEFT_SHIFT_OF_16_BITS = 20, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledSum(Binary):
    """Bring two codes to one scale, add or subtract them, and scale the result.

    Each code, less its zero point, is shifted left and rescaled by its own constants as
    `q31_double` does; the sum of both (which **wraps** at 32 bits) is rescaled by the output's,
    the output's zero point is added, and the result is clamped.

    Parameters
    ----------
    zero_points, multipliers, shifts
        Constants of the first and the second input: zero points, Q0.31 multipliers, shifts to
        the right in 0..31.
    left_shift
        20 in 8-bit networks, 15 in 16-bit ones.
    output_multiplier, output_shift, output_zero_point
        Constants of the output.
    low, high
        Smallest and largest output code.

    Raises
    ------
    LayerError
        If a constant is out of range.
    """

    sign: ClassVar[int]
    """What the second operand is multiplied by."""
    scale_rule: ClassVar[ScaleRule]
    """In which floats TFLite Micro derives the constants."""

    zero_points: tuple[int, int]
    multipliers: tuple[int, int]
    shifts: tuple[int, int]
    output_multiplier: int
    output_shift: int
    output_zero_point: int
    low: int
    high: int
    left_shift: int = LEFT_SHIFT

    def __post_init__(self) -> None:
        hold_integers(self)
        for field, limits in (
            ("zero_points", CODES),
            ("multipliers", MULTIPLIERS),
            ("shifts", RIGHT_SHIFTS),
        ):
            both = integer_pair(getattr(self, field), limits, field=field)
            object.__setattr__(self, field, both)
        for field, limits in (
            ("output_multiplier", MULTIPLIERS),
            ("output_shift", RIGHT_SHIFTS),
            ("output_zero_point", CODES),
            ("left_shift", RIGHT_SHIFTS),
        ):
            integer_in(getattr(self, field), limits, field=field)
        check_limits(self.low, self.high)

    @classmethod
    def from_scales(
        cls,
        *,
        scales: tuple[float, float],
        zero_points: tuple[int, int],
        output_scale: float,
        output_zero_point: int,
        low: int,
        high: int,
        bits: int = WIDE_BITS,
        rule: ScaleRule | None = None,
    ) -> Self:
        """Derive the constants from real scales.

        With ``m`` twice the larger input scale, the multipliers are ``scale / m`` of each input
        and ``m / (2**left_shift * output_scale)``, each written by `quantize_multiplier`.

        Parameters
        ----------
        scales, output_scale
            Rounded to float32 first, as model files hold them.
        zero_points, output_zero_point, low, high
            As above.
        bits
            Width of the network's codes; above 8 the left shift is 15.
        rule
            ``double`` or ``f32``: the float that quotients are rounded to; TFLite Micro's if not
            given.

        Raises
        ------
        LayerError
            If a scale is not finite and positive, or the output's is so small that the sum must
            be shifted to the left.
        """
        step = np.float32 if (rule or cls.scale_rule) is ScaleRule.F32 else np.float64
        first, second, output = (
            step(positive_scale(s))
            for s in (
                *number_pair(scales, field="scales"),
                real_number(output_scale, field="output_scale"),
            )
        )
        left_shift = (
            LEFT_SHIFT_OF_16_BITS
            if integer_in(bits, (1, 16), field="bits") > WIDE_BITS
            else LEFT_SHIFT
        )
        largest = step(2) * max(first, second)
        quotients = first / largest, second / largest, largest / (step(1 << left_shift) * output)
        constants = [quantize_multiplier(float(quotient)) for quotient in quotients]
        multipliers, shifts = zip(*constants, strict=True)
        return cls(
            zero_points=zero_points,
            multipliers=multipliers[:2],
            shifts=shifts[:2],
            left_shift=left_shift,
            output_multiplier=multipliers[2],
            output_shift=shifts[2],
            output_zero_point=output_zero_point,
            low=low,
            high=high,
        )

    def output_format(self, *formats: Format) -> Format:
        """Smallest format that holds the output codes."""
        for stored, zero_point in zip(formats, self.zero_points, strict=True):
            require_integer_format(stored, self)
            check_register(stored, zero_point, left_shift=self.left_shift)
        return smallest_format(self.low, self.high)

    def compute(self, *codes: IntArray) -> IntArray:
        """Rescale both operands, add, rescale the sum."""
        return of_pairs(self.sum_of, codes[0], self.spread(*codes))

    def sum_of(self, *operands: IntArray) -> IntArray:
        """Codes of the sums of two arrays of codes."""
        first, second = (
            q31_double((values - zero_point) << self.left_shift, multiplier=multiplier, shift=shift)
            for values, zero_point, multiplier, shift in zip(
                operands, self.zero_points, self.multipliers, self.shifts, strict=True
            )
        )
        total: IntArray = wrap_int32(first + self.sign * second)
        scaled = q31_double(total, multiplier=self.output_multiplier, shift=self.output_shift)
        return np.clip(scaled + self.output_zero_point, self.low, self.high)


def positive_scale(scale: float) -> np.float32:
    """Round a scale to float32, as model files hold it."""
    value = np.float32(scale)
    if not (np.isfinite(value) and value > 0):
        msg = f"scale must be finite and positive, got {scale!r}"
        raise LayerError(msg)
    return value
