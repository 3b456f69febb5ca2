"""Put the axes of a tensor into another order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.base import require_axes
from qpim_emu.workload.operations.limits import integer_in, sequence_of
from qpim_emu.workload.operations.movement import Movement

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations.base import Shape

__all__ = ["Transpose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transpose(Movement):
    """Axis ``i`` of the output is axis ``axes[i]`` of the input, the batch not counted.

    Parameters
    ----------
    axes
        Every axis 0, 1, ... of the input once.

    Raises
    ------
    LayerError
        If an axis is missing or repeated.

    Examples
    --------
    >>> import numpy as np
    >>> Transpose(axes=(1, 0)).compute(np.array([[[1, 2, 3], [4, 5, 6]]]))
    array([[[1, 4],
            [2, 5],
            [3, 6]]])
    """

    axes: tuple[int, ...]

    def __post_init__(self) -> None:
        given = sequence_of(self.axes, field="axes")
        axes = tuple(integer_in(axis, (0, len(given)), field="axes") for axis in given)
        object.__setattr__(self, "axes", axes)
        if sorted(self.axes) != list(range(len(self.axes))):
            msg = f"axes must hold each of 0..{len(self.axes) - 1} once, got {self.axes}"
            raise LayerError(msg)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Sizes in the new order."""
        (shape,) = shapes
        require_axes(shape, len(self.axes), name="Transpose")
        return tuple(shape[axis] for axis in self.axes)

    def move(self, *arrays: IntArray, fill: int) -> IntArray:  # noqa: ARG002 - nothing is new
        """Reorder the axes after the batch."""
        (values,) = arrays
        return values.transpose(0, *(axis + 1 for axis in self.axes))
