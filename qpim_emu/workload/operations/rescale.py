"""Codes of one scale as codes of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from qpim_emu.arith.requantize import q31_double
from qpim_emu.arith.scales import ScaleRule
from qpim_emu.workload.operations.elementwise import Elementwise
from qpim_emu.workload.operations.limits import (
    CODES,
    MULTIPLIERS,
    SHIFTS,
    check_limits,
    check_register,
    hold_integers,
    integer_in,
    real_number,
    require_integer_format,
    smallest_format,
)
from qpim_emu.workload.operations.scales import multiplier_and_shift

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Rescale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescale(Elementwise):
    """Take the zero point off, rescale as `q31_double` does, add the new one, clamp.

    Source: ``Requantize`` of TFLite's reference kernels (QUANTIZE from integers to integers).

    Parameters
    ----------
    multiplier, shift
        Q0.31 multiplier, and shift to the right in -31..31.
    input_zero_point, output_zero_point
        Codes that stand for zero.
    low, high
        Smallest and largest output code.

    Raises
    ------
    LayerError
        If a constant is out of range.

    Examples
    --------
    >>> rescale = Rescale.from_scales(input_scale=0.5, input_zero_point=3, output_scale=1.0,
    ...                               output_zero_point=-1, low=-128, high=127)
    >>> rescale.compute(np.array([[3, 4, 2, 9]]))
    array([[-1,  0, -1,  2]])
    """

    multiplier: int
    shift: int
    input_zero_point: int
    output_zero_point: int
    low: int
    high: int

    def __post_init__(self) -> None:
        hold_integers(self)
        integer_in(self.multiplier, MULTIPLIERS, field="multiplier")
        integer_in(self.shift, SHIFTS, field="shift")
        integer_in(self.input_zero_point, CODES, field="input_zero_point")
        integer_in(self.output_zero_point, CODES, field="output_zero_point")
        check_limits(self.low, self.high)

    @classmethod
    def from_scales(
        cls,
        *,
        input_scale: float,
        input_zero_point: int,
        output_scale: float,
        output_zero_point: int,
        low: int,
        high: int,
        rule: ScaleRule = ScaleRule.DOUBLE,
    ) -> Self:
        """Derive multiplier and shift from ``input_scale / output_scale``.

        Parameters
        ----------
        input_scale, output_scale
            Rounded to float32 first, as model files hold them.
        input_zero_point, output_zero_point, low, high
            As above.
        rule
            Float that this is computed in: ``double``, or ``f32`` in LiteRT's RELU.

        Raises
        ------
        InputError
            If that is not finite and positive, or a constant is out of range.
        """
        multiplier, shift = multiplier_and_shift(
            real_number(input_scale, field="input_scale"),
            1.0,
            real_number(output_scale, field="output_scale"),
            rule=rule,
        )
        return cls(
            multiplier=multiplier,
            shift=shift,
            input_zero_point=input_zero_point,
            output_zero_point=output_zero_point,
            low=low,
            high=high,
        )

    def output_format(self, *formats: Format) -> Format:
        """Smallest format that holds the output codes."""
        check_register(require_integer_format(formats[0], self), self.input_zero_point)
        return smallest_format(self.low, self.high)

    def compute(self, *codes: IntArray) -> IntArray:
        """Rescale every code."""
        (values,) = codes
        scaled = q31_double(
            values - self.input_zero_point, multiplier=self.multiplier, shift=self.shift
        )
        return np.clip(scaled + self.output_zero_point, self.low, self.high)
