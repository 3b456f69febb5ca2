"""Product of two quantized tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from qpim_emu.arith.requantize import q31_double
from qpim_emu.arith.requantize.registers import wrap_int32
from qpim_emu.arith.scales import ScaleRule
from qpim_emu.workload.operations.binary import Binary
from qpim_emu.workload.operations.limits import (
    CODES,
    MULTIPLIERS,
    SHIFTS,
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
from qpim_emu.workload.operations.scales import multiplier_and_shift

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Mul"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mul(Binary):
    """Multiply two codes, each less its zero point, and rescale the product.

    The product **wraps** at 32 bits, is rescaled as `q31_double` does, the output's zero point
    is added, and the result is clamped. Source: ``MulElementwise`` of TFLite's reference kernels
    for int8 and int16 (integer_ops/mul.h).

    Parameters
    ----------
    zero_points
        Of the first and the second input.
    multiplier, shift
        Q0.31 multiplier, and shift to the right in -31..31.
    output_zero_point
        Added to the rescaled product.
    low, high
        Smallest and largest output code.

    Raises
    ------
    LayerError
        If a constant is out of range.

    Examples
    --------
    >>> mul = Mul.from_scales(scales=(0.5, 0.25), zero_points=(0, 3), output_scale=1.0,
    ...                       output_zero_point=-1, low=-128, high=127)
    >>> mul.compute(np.array([[10, -9]]), np.array([[7, 5]]))
    array([[ 4, -3]])
    """

    zero_points: tuple[int, int]
    multiplier: int
    shift: int
    output_zero_point: int
    low: int
    high: int

    def __post_init__(self) -> None:
        hold_integers(self)
        both = integer_pair(self.zero_points, CODES, field="zero_points")
        object.__setattr__(self, "zero_points", both)
        integer_in(self.multiplier, MULTIPLIERS, field="multiplier")
        integer_in(self.shift, SHIFTS, field="shift")
        integer_in(self.output_zero_point, CODES, field="output_zero_point")
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
        rule: ScaleRule = ScaleRule.DOUBLE,
    ) -> Self:
        """Derive multiplier and shift from ``first * second / output``.

        Parameters
        ----------
        scales, output_scale
            Rounded to float32 first, as model files hold them.
        zero_points, output_zero_point, low, high
            As above.
        rule
            Float that this is computed in: ``double`` in TFLite Micro, ``f32`` in LiteRT.

        Raises
        ------
        InputError
            If that is not finite and positive, or a constant is out of range.
        """
        multiplier, shift = multiplier_and_shift(
            *number_pair(scales, field="scales"),
            real_number(output_scale, field="output_scale"),
            rule=rule,
        )
        return cls(
            zero_points=zero_points,
            multiplier=multiplier,
            shift=shift,
            output_zero_point=output_zero_point,
            low=low,
            high=high,
        )

    def output_format(self, *formats: Format) -> Format:
        """Smallest format that holds the output codes."""
        for stored, zero_point in zip(formats, self.zero_points, strict=True):
            check_register(require_integer_format(stored, self), zero_point)
        return smallest_format(self.low, self.high)

    def compute(self, *codes: IntArray) -> IntArray:
        """Multiply, rescale."""
        return of_pairs(self.product_of, codes[0], self.spread(*codes))

    def product_of(self, first: IntArray, second: IntArray) -> IntArray:
        """Codes of the products of two arrays of codes."""
        product: IntArray = wrap_int32(
            (first - self.zero_points[0]) * (second - self.zero_points[1])
        )
        scaled = q31_double(product, multiplier=self.multiplier, shift=self.shift)
        return np.clip(scaled + self.output_zero_point, self.low, self.high)
