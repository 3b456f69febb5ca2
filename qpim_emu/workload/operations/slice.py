"""Take a part of a tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import LayerError
from qpim_emu.workload.checks import positive
from qpim_emu.workload.operations.base import require_axes
from qpim_emu.workload.operations.limits import integer_in, sequence_of
from qpim_emu.workload.operations.movement import Movement

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations.base import Shape

__all__ = ["Slice"]

LARGEST = (1 << 31) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Movement):
    """Elements at ``start, start + step, ...`` along each axis, the batch not counted.

    Parameters
    ----------
    starts
        First element along each axis, 0 or more.
    sizes
        Elements to take along each axis.
    steps
        Steps between them, not 0; all 1 if not given.

    Raises
    ------
    LayerError
        If there are not as many of each, or a value is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> Slice(starts=(3,), sizes=(2,), steps=(-2,)).compute(np.array([[10, 11, 12, 13]]))
    array([[13, 11]])
    """

    starts: tuple[int, ...]
    sizes: tuple[int, ...]
    steps: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        places = sequence_of(self.starts, field="starts")
        starts = tuple(integer_in(start, (0, LARGEST), field="starts") for start in places)
        counts = sequence_of(self.sizes, field="sizes")
        sizes = tuple(positive(size, field="sizes") for size in counts)
        given = sequence_of(self.steps, field="steps") or (1,) * len(starts)
        steps = tuple(integer_in(step, (-LARGEST, LARGEST), field="steps") for step in given)
        if not len(starts) == len(sizes) == len(steps):
            got = f"{len(starts)}, {len(sizes)} and {len(steps)}"
            msg = f"starts, sizes and steps must have one value per axis, got {got}"
            raise LayerError(msg)
        if 0 in steps:
            msg = f"steps must not be 0, got {steps}"
            raise LayerError(msg)
        for name, value in (("starts", starts), ("sizes", sizes), ("steps", steps)):
            object.__setattr__(self, name, value)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Sizes asked for, if the input has all these elements."""
        (shape,) = shapes
        require_axes(shape, len(self.sizes), name="Slice")
        for axis, (places, extent) in enumerate(zip(self.places(), shape, strict=True)):
            first, last = places[0], places[-1]
            if not (first < extent and 0 <= last < extent):
                msg = f"starts must stay within 0..{extent - 1} on axis {axis}, got {first}..{last}"
                raise LayerError(msg)
        return self.sizes

    def places(self) -> list[range]:
        """Places of the elements along each axis."""
        rows = zip(self.starts, self.sizes, self.steps, strict=True)
        return [range(start, start + size * step, step) for start, size, step in rows]

    def move(self, *arrays: IntArray, fill: int) -> IntArray:  # noqa: ARG002 - nothing is new
        """Pick the elements."""
        (values,) = arrays
        picked: IntArray = values[np.ix_(range(values.shape[0]), *self.places())]
        return picked
