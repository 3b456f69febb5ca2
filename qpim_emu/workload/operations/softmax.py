"""Softmax in fixed point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from qpim_emu.arith.constants import quantize_multiplier
from qpim_emu.arith.fixed_point import exp_of_negative, reciprocal, rescale
from qpim_emu.arith.formats import Format, Int
from qpim_emu.arith.requantize import doubling_high_multiply, q31_double
from qpim_emu.arith.rounding import Rounding, shift_right
from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.base import Operation, Shape
from qpim_emu.workload.operations.limits import (
    POSITIVE_MULTIPLIERS,
    RIGHT_SHIFTS,
    hold_integers,
    integer_in,
    real_number,
    require_integer_format,
)

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["Softmax", "WideSoftmax"]

INPUT = Int(8)
DIFFERENCE_BITS = 5
"""Integer bits of a scaled difference."""
SUM_BITS = 12
"""Integer bits of the sum of exponentials."""
LONGEST = (1 << SUM_BITS) - 1
LARGEST_MULTIPLIER = float((1 << 31) - 1)
LOWEST_DIFFERENCE = -(1 << 31)
MOST_AXES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Softmax(Operation):
    """``exp(x) / sum(exp(x))`` along an axis, as int8 codes of scale 1/256, zero point -128.

    Source: ``Softmax`` of TFLite's reference kernels from int8 to int8 (softmax.h), with
    gemmlowp's fixed point. For each vector, with ``d`` a code less the largest one:

    1. Where ``d`` is below `diff_min` the output is -128, and nothing is added to the sum.
    2. ``d`` is rescaled as `q31_double` does, to 5 integer bits; `exp_of_negative` of that.
    3. The sum of the exponentials, each rounded to 12 integer bits, ties away.
    4. Its `reciprocal`, times the exponential, divided by ``2**(power + 23)``, ties away; less
       128, saturating. (`WideSoftmax` has 15 and 32768 instead, and so -32768 above.)

    TFLite stops where that division is by more than ``2**31`` (sums of 512 and more); here it
    goes on.

    Parameters
    ----------
    multiplier, left_shift
        Of ``beta * input_scale * 2**26``: Q0.31 multiplier, and shift to the left in 0..31.
    diff_min
        Smallest difference that counts, 0 or less.
    axis
        Axis of the vectors, the batch not counted, of 1..4095 elements; the last if not given
        (-1).

    Raises
    ------
    LayerError
        If a constant is out of range.

    Examples
    --------
    >>> softmax = Softmax.from_scale(input_scale=0.1)
    >>> softmax.compute(np.array([[10, 0, -20, 10]]))
    array([[ -22,  -89, -123,  -22]])
    """

    output: ClassVar[Format] = Int(8)

    multiplier: int
    left_shift: int
    diff_min: int
    axis: int = -1

    def __post_init__(self) -> None:
        hold_integers(self)
        integer_in(self.multiplier, POSITIVE_MULTIPLIERS, field="multiplier")
        integer_in(self.left_shift, RIGHT_SHIFTS, field="left_shift")
        integer_in(self.diff_min, (LOWEST_DIFFERENCE, 0), field="diff_min")
        integer_in(self.axis, (-1, MOST_AXES), field="axis")

    @classmethod
    def from_scale(cls, *, input_scale: float, beta: float = 1.0, axis: int = -1) -> Self:
        """Derive the constants from the input's scale.

        ``beta * input_scale * 2**26`` in double, at most ``2**31 - 1``, as `quantize_multiplier`
        writes it; ``diff_min`` is ``-floor(31 * 2**26 / 2**left_shift)``.

        Parameters
        ----------
        input_scale, beta
            Rounded to float32 first, as model files hold them.
        axis
            As above.

        Raises
        ------
        LayerError
            If the multiplier is not above 1 (TFLite stops there).
        """
        fraction_bits = 31 - DIFFERENCE_BITS
        scale = real_number(input_scale, field="input_scale")
        beta = real_number(beta, field="beta")
        real = float(np.float32(beta)) * float(np.float32(scale)) * (1 << fraction_bits)
        real = min(real, LARGEST_MULTIPLIER)
        if not real > 1:
            msg = f"beta * input_scale must be above 2**-{fraction_bits}, got {beta * scale}"
            raise LayerError(msg)
        multiplier, shift = quantize_multiplier(real)
        radius = (((1 << DIFFERENCE_BITS) - 1) << fraction_bits) >> -shift
        return cls(multiplier=multiplier, left_shift=-shift, diff_min=-radius, axis=axis)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Same shape as the input."""
        (shape,) = shapes
        if not -len(shape) <= self.axis < len(shape):
            msg = f"axis must be in -1..{len(shape) - 1}, got {self.axis}"
            raise LayerError(msg)
        if shape[self.axis] > LONGEST:
            msg = f"axis of Softmax must have at most {LONGEST} elements, got {shape[self.axis]}"
            raise LayerError(msg)
        return shape

    def output_format(self, *formats: Format) -> Format:
        """Format of the class; inputs have at most 8 bits (those of 16 take `Softmax16`)."""
        stored = require_integer_format(formats[0], self)
        if stored.bits > INPUT.bits:
            msg = f"input of Softmax must have at most {INPUT.bits} bits, got {stored}"
            raise LayerError(msg)
        return self.output

    def compute(self, *codes: IntArray) -> IntArray:
        """Exponentials, their sum, its reciprocal, products."""
        (values,) = codes
        axis = self.axis + 1 if self.axis >= 0 else -1
        vectors = np.moveaxis(values, axis, -1)
        difference = vectors - vectors.max(axis=-1, keepdims=True)
        counts = difference >= self.diff_min
        exponentials = self.exponentials(np.where(counts, difference, 0))
        rounded = rescale(exponentials, integer_bits=0, to=SUM_BITS)
        total = np.where(counts, rounded, 0).sum(axis=-1, keepdims=True)
        significand, power = reciprocal(total, integer_bits=SUM_BITS)
        quotient = shift_right(
            doubling_high_multiply(significand, exponentials),
            power + 31 - self.output.bits,
            Rounding.HALF_AWAY,
        )
        results = np.minimum(quotient + self.output.min, self.output.max)
        return np.moveaxis(np.where(counts, results, self.output.min), -1, axis)

    def exponentials(self, difference: IntArray) -> IntArray:
        """Exponentials of scaled differences, no integer bits."""
        raw = q31_double(difference, multiplier=self.multiplier, shift=-self.left_shift)
        return exp_of_negative(raw, integer_bits=DIFFERENCE_BITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class WideSoftmax(Softmax):
    """`Softmax` of 8-bit codes as int16 codes of scale 2**-16, zero point -32768.

    Examples
    --------
    >>> WideSoftmax.from_scale(input_scale=0.1).compute(np.array([[10, 0, -20, 10]]))
    array([[ -5661, -22796, -31418,  -5661]])
    """

    output: ClassVar[Format] = Int(16)
