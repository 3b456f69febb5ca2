"""Mean over axes, rescaled."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Self

import numpy as np

from qpim_emu.arith.requantize import q31_double
from qpim_emu.arith.requantize.registers import wrap_int32
from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.base import Operation, Shape
from qpim_emu.workload.operations.limits import (
    CODES,
    POSITIVE_MULTIPLIERS,
    SHIFTS,
    check_limits,
    check_register,
    hold_integers,
    integer_in,
    real_number,
    require_integer_format,
    sequence_of,
    smallest_format,
)
from qpim_emu.workload.operations.scales import multiplier_and_shift

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Mean"]

MOST_AXES = 64
LARGEST_SHIFT = 31
LARGEST_LEFT_SHIFT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean(Operation):
    """Sum the codes less their zero point, rescale, add the new zero point, clamp.

    The division by the count ``n`` is part of the multiplier: with ``s`` the bits of ``n`` less
    one (at most 32, and no more than keeps the shift at 31), the sum (which **wraps** at 32 bits)
    is rescaled as `q31_double` does by ``(multiplier << s) // n`` and ``shift + s``. Source:
    ``QuantizedMeanOrSum`` of TFLite's reference kernels (reduce.h).

    Parameters
    ----------
    axes
        Axes to average over, the batch not counted.
    keep_axes
        Whether they stay, with size 1.
    multiplier, shift
        Of the quotient of the scales, before the division by the count: Q0.31 multiplier, and
        shift to the right in -31..31.
    input_zero_point, output_zero_point
        Codes that stand for zero.
    low, high
        Smallest and largest output code.

    Raises
    ------
    LayerError
        If there are no axes, one is negative or repeated, or a constant is out of range.

    Examples
    --------
    >>> mean = Mean.from_scales(axes=(1,), input_scale=0.5, input_zero_point=3, output_scale=0.5,
    ...                         output_zero_point=-1, low=-128, high=127)
    >>> mean.compute(np.array([[[4, 5, 9], [-3, -2, 0]]]))
    array([[ 2, -6]])
    """

    axes: tuple[int, ...]
    keep_axes: bool = False
    multiplier: int
    shift: int
    input_zero_point: int
    output_zero_point: int
    low: int
    high: int

    def __post_init__(self) -> None:
        hold_integers(self)
        axes = tuple(
            integer_in(axis, (0, MOST_AXES), field="axes")
            for axis in sequence_of(self.axes, field="axes")
        )
        if not axes or len(set(axes)) != len(axes):
            msg = f"axes must be one or more different axes, got {axes}"
            raise LayerError(msg)
        object.__setattr__(self, "axes", axes)
        integer_in(self.multiplier, POSITIVE_MULTIPLIERS, field="multiplier")
        integer_in(self.shift, SHIFTS, field="shift")
        integer_in(self.input_zero_point, CODES, field="input_zero_point")
        integer_in(self.output_zero_point, CODES, field="output_zero_point")
        check_limits(self.low, self.high)

    @classmethod
    def from_scales(
        cls,
        *,
        axes: tuple[int, ...],
        keep_axes: bool = False,
        input_scale: float,
        input_zero_point: int,
        output_scale: float,
        output_zero_point: int,
        low: int,
        high: int,
    ) -> Self:
        """Derive multiplier and shift from ``input_scale / output_scale``, in double.

        Raises
        ------
        InputError
            If that is not finite and positive, or a constant is out of range.
        """
        multiplier, shift = multiplier_and_shift(
            real_number(input_scale, field="input_scale"),
            1.0,
            real_number(output_scale, field="output_scale"),
        )
        return cls(
            axes=axes,
            keep_axes=keep_axes,
            multiplier=multiplier,
            shift=shift,
            input_zero_point=input_zero_point,
            output_zero_point=output_zero_point,
            low=low,
            high=high,
        )

    def output_shape(self, *shapes: Shape) -> Shape:
        """Shape of the input without the axes, or with size 1 there."""
        (shape,) = shapes
        if max(self.axes) >= len(shape):
            msg = f"axes must be in 0..{len(shape) - 1}, got {self.axes}"
            raise LayerError(msg)
        if self.keep_axes:
            return tuple(1 if axis in self.axes else size for axis, size in enumerate(shape))
        return tuple(size for axis, size in enumerate(shape) if axis not in self.axes)

    def output_format(self, *formats: Format) -> Format:
        """Smallest format that holds the output codes."""
        check_register(require_integer_format(formats[0], self), self.input_zero_point)
        return smallest_format(self.low, self.high)

    def constants(self, count: int) -> tuple[int, int]:
        """Multiplier and shift that divide by the count as well."""
        extra = min(count.bit_length() - 1, LARGEST_LEFT_SHIFT, LARGEST_SHIFT - self.shift)
        return (self.multiplier << extra) // count, self.shift + extra

    def compute(self, *codes: IntArray) -> IntArray:
        """Sum, rescale."""
        (values,) = codes
        axes = tuple(axis + 1 for axis in self.axes)
        count = prod(values.shape[axis] for axis in axes)
        sums: IntArray = values.sum(axis=axes, keepdims=self.keep_axes)
        total: IntArray = wrap_int32(sums - count * self.input_zero_point)
        multiplier, shift = self.constants(count)
        scaled = q31_double(total, multiplier=multiplier, shift=shift)
        return np.clip(scaled + self.output_zero_point, self.low, self.high)
