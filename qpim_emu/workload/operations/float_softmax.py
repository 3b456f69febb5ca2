"""Softmax by a table of exponentials in float32."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.base import Operation, Shape
from qpim_emu.workload.operations.limits import (
    CODES,
    hold_integers,
    integer_in,
    real_number,
    require_integer_format,
    sequence_of,
    smallest_format,
)

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["FloatSoftmax"]

ENTRIES = 256
MOST_BITS = 8
LONGEST = 1 << 15
MOST_LEVELS = 1 << 24
"""Products with a float32 number are exact in float64 up to this."""
MOST_AXES = 64
LARGEST = float(np.finfo(np.float32).max)
RESERVE = 5.0
"""How far below the largest float32 the logarithm of a sum stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatSoftmax(Operation):
    """``exp(x) / sum(exp(x))`` along an axis, by a table of float32 numbers.

    Source: QLinearSoftmax of ONNX Runtime (contrib_ops/cpu/quantization/qlinear_softmax.cc), as
    version 1.32 computes it. For each vector, with ``d`` a code less the largest one:

    1. ``e = table[255 + d]``; their sum in the order of the vector, rounded to float32 after
       each addition.
    2. ``e * levels / sum``, rounded to an integer, ties to even; plus the zero point, at most
       `high`. (Float64 is as good as exact here: it has ties only where there are some.)

    Earlier versions may give other codes: they divided in float32, where quotients near a tie
    become ties, and let int8 codes above 127 wrap.

    Parameters
    ----------
    table
        256 float32 numbers, 0 or more and none above the last, which is positive.
    levels
        Code of 1 less the zero point, 0..2**24.
    zero_point, high
        Lowest and highest code of the output.
    axis
        Axis of the vectors, the batch not counted, of 1..32768 elements; the last if not given
        (-1).

    Raises
    ------
    LayerError
        If a constant is out of range.

    Examples
    --------
    >>> softmax = FloatSoftmax.from_scales(
    ...     length=4, input_scale=0.1, output_scale=1 / 256, output_zero_point=-128, high=127
    ... )
    >>> softmax.compute(np.array([[10, 0, -20, 10]]))
    array([[ -22,  -89, -123,  -22]])
    """

    table: tuple[float, ...]
    levels: int
    zero_point: int
    high: int
    axis: int = -1

    def __post_init__(self) -> None:
        hold_integers(self)
        integer_in(self.levels, (0, MOST_LEVELS), field="levels")
        integer_in(self.high, CODES, field="high")
        integer_in(self.zero_point, (CODES[0], self.high), field="zero_point")
        integer_in(self.axis, (-1, MOST_AXES), field="axis")
        object.__setattr__(self, "table", checked_table(self.table))

    @classmethod
    def from_scales(
        cls,
        *,
        length: int,
        input_scale: float,
        output_scale: float,
        output_zero_point: int,
        high: int,
        axis: int = -1,
    ) -> Self:
        """Derive the constants from the scales, each rounded to float32 first.

        ``levels`` is ``floor(1 / output_scale)`` in float32. With ``top`` the logarithm of the
        largest float32 divided by `length`, both in float32, less 5, entry ``i`` is ``exp((i -
        255 + top / input_scale) * input_scale)`` in float64, rounded to float32.

        Parameters
        ----------
        length
            Elements of a vector, 1..32768.
        input_scale, output_scale
            Positive.
        output_zero_point, high, axis
            As above.

        Raises
        ------
        LayerError
            If a scale is not positive, or a constant is out of range.
        """
        integer_in(length, (1, LONGEST), field="length")
        scale = positive_float32(input_scale, field="input_scale")
        levels = math.floor(np.float32(1) / np.float32(positive_float32(output_scale)))
        spread = float(np.float32(LARGEST) / np.float32(length))
        top = (float(np.float32(math.log(spread))) - RESERVE) / scale
        entries = [math.exp((i - (ENTRIES - 1) + top) * scale) for i in range(ENTRIES)]
        return cls(
            table=tuple(np.array(entries).astype(np.float32).tolist()),
            levels=levels,
            zero_point=output_zero_point,
            high=high,
            axis=axis,
        )

    def output_shape(self, *shapes: Shape) -> Shape:
        """Same shape as the input."""
        (shape,) = shapes
        if not -len(shape) <= self.axis < len(shape):
            msg = f"axis must be in -1..{len(shape) - 1}, got {self.axis}"
            raise LayerError(msg)
        longest = min(LONGEST, int(LARGEST / 2 / self.table[-1]))
        if shape[self.axis] > longest:
            msg = f"axis of FloatSoftmax must have at most {longest} elements, "
            msg += f"got {shape[self.axis]}"
            raise LayerError(msg)
        return shape

    def output_format(self, *formats: Format) -> Format:
        """Smallest format from the zero point to `high`; inputs have at most 8 bits."""
        stored = require_integer_format(formats[0], self)
        if stored.bits > MOST_BITS:
            msg = f"input of FloatSoftmax must have at most {MOST_BITS} bits, got {stored}"
            raise LayerError(msg)
        return smallest_format(self.zero_point, self.high)

    def compute(self, *codes: IntArray) -> IntArray:
        """Exponentials, their sum in order, quotients."""
        (values,) = codes
        axis = self.axis + 1 if self.axis >= 0 else -1
        vectors = np.moveaxis(values, axis, -1)
        difference = vectors - vectors.max(axis=-1, keepdims=True)
        exponentials = np.array(self.table, np.float32)[difference + (ENTRIES - 1)]
        total = np.add.accumulate(exponentials, axis=-1, dtype=np.float32)[..., -1:]
        quotient = np.rint(exponentials.astype(np.float64) * self.levels / total).astype(np.int64)
        results = np.minimum(quotient + self.zero_point, self.high)
        return np.moveaxis(results, -1, axis)


def positive_float32(value: object, *, field: str = "output_scale") -> float:
    """Round to float32, refusing what is not positive and finite then."""
    with np.errstate(over="ignore"):
        held = float(np.float32(real_number(value, field=field)))
    if not 0 < held < math.inf:
        msg = f"{field} must be positive and finite in float32, got {value}"
        raise LayerError(msg)
    return held


def checked_table(values: object) -> tuple[float, ...]:
    """Return a table of exponentials, or refuse it."""
    table = tuple(real_number(each, field="table") for each in sequence_of(values, field="table"))
    if len(table) != ENTRIES:
        msg = f"table must have {ENTRIES} entries, got {len(table)}"
        raise LayerError(msg)
    last = table[-1]
    for entry in table:
        if not 0 <= entry <= last <= LARGEST or not last or float(np.float32(entry)) != entry:
            msg = f"table must be of float32 numbers 0..{last}, the last positive, got {entry}"
            raise LayerError(msg)
    return table
