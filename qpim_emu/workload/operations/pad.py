"""Surround a tensor with a constant code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.base import require_axes
from qpim_emu.workload.operations.limits import (
    hold_integers,
    integer_in,
    sequence_of,
)
from qpim_emu.workload.operations.movement import Movement

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations.base import Shape

__all__ = ["Pad"]

LARGEST = (1 << 31) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pad(Movement):
    """The input, with a constant code before and after it along each axis.

    Parameters
    ----------
    padding
        (before, after) for each axis, the batch not counted, 0 or more.
    code
        Code of the new elements, usually the zero point.

    Raises
    ------
    LayerError
        If a value is negative or no integer, or an axis has not two of them.

    Examples
    --------
    >>> import numpy as np
    >>> Pad(padding=((1, 2),), code=-5).compute(np.array([[7, 8]]))
    array([[-5,  7,  8, -5, -5]])
    """

    padding: tuple[tuple[int, int], ...]
    code: int = 0

    def __post_init__(self) -> None:
        hold_integers(self)
        sides = tuple(
            sequence_of(axis, field="padding")
            for axis in sequence_of(self.padding, field="padding")
        )
        if any(len(axis) != 2 for axis in sides):  # noqa: PLR2004 - before and after
            msg = f"padding must be (before, after) for each axis, got {self.padding}"
            raise LayerError(msg)
        for side in (side for axis in sides for side in axis):
            integer_in(side, (0, LARGEST), field="padding")
        integer_in(self.code, (-LARGEST, LARGEST), field="code")
        held = tuple((int(before), int(after)) for before, after in sides)
        object.__setattr__(self, "padding", held)

    @property
    def fill_code(self) -> int:
        """Code of the new elements."""
        return self.code

    def output_shape(self, *shapes: Shape) -> Shape:
        """Sizes of the input, and what is added at both ends."""
        (shape,) = shapes
        require_axes(shape, len(self.padding), name="Pad")
        return tuple(size + sum(sides) for size, sides in zip(shape, self.padding, strict=True))

    def output_format(self, *formats: Format) -> Format:
        """Same format as the input, which must hold the new code too."""
        (stored,) = formats
        if not stored.contains(self.code):
            msg = f"code must be one of {stored}, got {self.code}"
            raise LayerError(msg)
        return stored

    def move(self, *arrays: IntArray, fill: int) -> IntArray:
        """Surround the elements with `fill`."""
        (values,) = arrays
        return np.pad(values, ((0, 0), *self.padding), constant_values=fill)
