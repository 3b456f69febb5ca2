"""Softmax of 16-bit codes, by tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from qpim_emu.arith.constants import quantize_multiplier
from qpim_emu.arith.formats import Format, Int
from qpim_emu.arith.interpolation import (
    TableFloat,
    exp_table,
    interpolated,
    reciprocal_table,
)
from qpim_emu.arith.requantize import q31_double
from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.base import Operation, Shape
from qpim_emu.workload.operations.limits import (
    POSITIVE_MULTIPLIERS,
    SHIFTS,
    hold_integers,
    integer_in,
    real_number,
    require_integer_format,
)

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["Softmax16"]

STORED = Int(16)
LONGEST = 1 << 15
"""Elements of a vector, so that the sum of their exponentials has at most 31 bits."""
EXP_RANGE = 10.0
STEPS = 65535.0
MOST_AXES = 64
SUM_BITS = 31
RECIPROCAL_OFFSET = (1 << 15) + (1 << 16)
"""Codes of 1 / (1 + x) begin at x = 0, sums at 1 with 16 bits behind the point."""
DROPPED = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Softmax16(Operation):
    """``exp(x) / sum(exp(x))`` along an axis, as int16 codes of scale 2**-15, zero point 0.

    Source: ``SoftmaxInt16`` of TFLite's reference kernels (softmax.h). For each vector, with
    ``d`` a code less the largest one:

    1. ``d`` is rescaled as `q31_double` does, so that -65535 stands for -10; 32767 is added, and
       what is below int16 saturates. `exp_table`, interpolated, gives Q0.15.
    2. The sum of the exponentials is normalized to 17 bits, rounded half up; `reciprocal_table`
       of what it is above 1 gives Q0.15.
    3. Products of both, shifted back, rounded half up, limited to 0..32767.

    Parameters
    ----------
    multiplier, shift
        Of ``beta * input_scale * 65535 / 10``: Q0.31 multiplier, and shift to the right in
        -31..31.
    axis
        Axis of the vectors, the batch not counted, of 1..32768 elements; the last if not given
        (-1).
    table_float
        Float that the tables are computed in: ``float32`` in TFLite Micro, ``float64`` in LiteRT;
        two entries differ.

    Raises
    ------
    LayerError
        If a constant is out of range.

    Examples
    --------
    >>> softmax = Softmax16.from_scale(input_scale=2.0 ** -12)
    >>> softmax.compute(np.array([[4096, 0, -20000, 4096]]))
    array([[13822,  5085,    39, 13822]])
    """

    multiplier: int
    shift: int
    axis: int = -1
    table_float: TableFloat = TableFloat.FLOAT32

    def __post_init__(self) -> None:
        hold_integers(self)
        if self.table_float not in list(TableFloat):
            msg = f"table_float must be one of {', '.join(TableFloat)}, got {self.table_float!r}"
            raise LayerError(msg)
        object.__setattr__(self, "table_float", TableFloat(self.table_float))
        integer_in(self.multiplier, POSITIVE_MULTIPLIERS, field="multiplier")
        integer_in(self.shift, SHIFTS, field="shift")
        integer_in(self.axis, (-1, MOST_AXES), field="axis")

    @classmethod
    def from_scale(
        cls,
        *,
        input_scale: float,
        beta: float = 1.0,
        axis: int = -1,
        table_float: TableFloat = TableFloat.FLOAT32,
    ) -> Self:
        """Derive the constants from the input's scale.

        ``input_scale * beta / (10 / 65535)`` in double, as `quantize_multiplier` writes it.

        Parameters
        ----------
        input_scale, beta
            Rounded to float32 first, as model files hold them.
        axis, table_float
            As above.

        Raises
        ------
        InputError
            If that is negative, infinite or out of range.
        """
        scale = float(np.float32(real_number(input_scale, field="input_scale")))
        steepness = float(np.float32(real_number(beta, field="beta")))
        multiplier, shift = quantize_multiplier(scale * steepness / (EXP_RANGE / STEPS))
        return cls(multiplier=multiplier, shift=shift, axis=axis, table_float=table_float)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Same shape as the input."""
        (shape,) = shapes
        if not -len(shape) <= self.axis < len(shape):
            msg = f"axis must be in -1..{len(shape) - 1}, got {self.axis}"
            raise LayerError(msg)
        if shape[self.axis] > LONGEST:
            msg = f"axis of Softmax16 must have at most {LONGEST} elements, got {shape[self.axis]}"
            raise LayerError(msg)
        return shape

    def output_format(self, *formats: Format) -> Format:
        """Signed 16 bits; inputs have at most 16."""
        stored = require_integer_format(formats[0], self)
        if stored.bits > STORED.bits:
            msg = f"input of Softmax16 must have at most {STORED.bits} bits, got {stored}"
            raise LayerError(msg)
        return STORED

    def compute(self, *codes: IntArray) -> IntArray:
        """Exponentials, their sum, its reciprocal, products."""
        (values,) = codes
        axis = self.axis + 1 if self.axis >= 0 else -1
        vectors = np.moveaxis(values, axis, -1)
        difference = vectors - vectors.max(axis=-1, keepdims=True)
        scaled = q31_double(difference, multiplier=self.multiplier, shift=self.shift)
        places = np.clip(scaled + STORED.max, STORED.min, STORED.max)
        exponentials = interpolated(places, exp_table(self.table_float))
        total = exponentials.sum(axis=-1, keepdims=True)
        spare = SUM_BITS - bit_length(total)
        normal = ((total << spare) + (1 << (DROPPED - 1))) >> DROPPED
        above_one = np.clip(normal - RECIPROCAL_OFFSET, STORED.min, STORED.max)
        significand = interpolated(above_one, reciprocal_table(self.table_float))
        right = SUM_BITS - 1 - spare
        results = (exponentials * significand + (1 << (right - 1))) >> right
        return np.moveaxis(np.clip(results, 0, STORED.max), -1, axis)


def bit_length(values: IntArray) -> IntArray:
    """Bits of positive integers."""
    length: IntArray = ((values[..., None] >> np.arange(SUM_BITS + 1)) > 0).sum(axis=-1)
    return length
