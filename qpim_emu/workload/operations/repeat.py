"""Repeat every element of a tensor, as resizing to the nearest one by whole factors does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.errors import LayerError
from qpim_emu.workload.checks import positive
from qpim_emu.workload.operations.base import require_axes
from qpim_emu.workload.operations.limits import sequence_of
from qpim_emu.workload.operations.movement import Movement

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations.base import Shape

__all__ = ["Repeat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(Movement):
    """Element ``i`` of the output along an axis is element ``i // count`` of the input.

    Source: Resize of ONNX with nearest elements, whole factors and asymmetric coordinates
    rounded down.

    Parameters
    ----------
    counts
        How often elements are repeated along each axis, the batch not counted, 1 or more.

    Raises
    ------
    LayerError
        If a count is no integer of 1 or more, or there is none.

    Examples
    --------
    >>> import numpy as np
    >>> Repeat(counts=(1, 2)).compute(np.array([[[1, 2], [3, 4]]]))
    array([[[1, 1, 2, 2],
            [3, 3, 4, 4]]])
    """

    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        given = sequence_of(self.counts, field="counts")
        if not given:
            msg = "counts must be one for each axis, got none"
            raise LayerError(msg)
        counts = tuple(positive(count, field="counts") for count in given)
        object.__setattr__(self, "counts", counts)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Sizes times counts."""
        (shape,) = shapes
        require_axes(shape, len(self.counts), name="Repeat")
        return tuple(size * count for size, count in zip(shape, self.counts, strict=True))

    def move(self, *arrays: IntArray, fill: int) -> IntArray:  # noqa: ARG002 - nothing is new
        """Repeat the elements."""
        (values,) = arrays
        for axis, count in enumerate(self.counts, 1):
            values = values.repeat(count, axis=axis)
        return values
