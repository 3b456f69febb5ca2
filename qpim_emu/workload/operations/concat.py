"""Put tensors next to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.errors import LayerError
from qpim_emu.workload.checks import positive
from qpim_emu.workload.operations.limits import (
    hold_integers,
    integer_in,
    smallest_format,
)
from qpim_emu.workload.operations.movement import Movement

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations.base import Shape

__all__ = ["Concat"]

MOST_AXES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat(Movement):
    """Inputs one after the other along an axis; codes must share their scale and zero point.

    Parameters
    ----------
    count
        Number of inputs.
    axis
        Axis they are joined along, the batch not counted; the first (channels) if not given.

    Raises
    ------
    LayerError
        If the count is not positive, or the axis negative.

    Examples
    --------
    >>> import numpy as np
    >>> Concat(count=2).compute(np.array([[1, 2]]), np.array([[3]]))
    array([[1, 2, 3]])
    """

    count: int
    axis: int = 0

    def __post_init__(self) -> None:
        hold_integers(self)
        positive(self.count, field="count")
        integer_in(self.axis, (0, MOST_AXES), field="axis")

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return self.count

    def output_shape(self, *shapes: Shape) -> Shape:
        """Shape of the first input, with the sizes along the axis added up."""
        others = {(*shape[: self.axis], *shape[self.axis + 1 :]) for shape in shapes}
        ranks = {len(shape) for shape in shapes}
        if len(others) != 1 or len(ranks) != 1 or self.axis >= min(ranks):
            listed = ", ".join(str(list(shape)) for shape in shapes)
            msg = f"inputs of Concat must have shapes equal but for axis {self.axis}, got {listed}"
            raise LayerError(msg)
        joined = sum(shape[self.axis] for shape in shapes)
        return (*shapes[0][: self.axis], joined, *shapes[0][self.axis + 1 :])

    def output_format(self, *formats: Format) -> Format:
        """Smallest format that holds every input's codes: the input's own if they share it."""
        bipolar = {stored.encoding is Encoding.BIPOLAR for stored in formats}
        if len(bipolar) > 1:
            msg = (
                f"inputs of Concat must be all or none bipolar, got {', '.join(map(str, formats))}"
            )
            raise LayerError(msg)
        if len(set(formats)) == 1:
            return formats[0]
        return smallest_format(min(f.min for f in formats), max(f.max for f in formats))

    def move(self, *arrays: IntArray, fill: int) -> IntArray:  # noqa: ARG002 - nothing is new
        """Join along the axis after the batch."""
        return np.concatenate(arrays, axis=self.axis + 1)
