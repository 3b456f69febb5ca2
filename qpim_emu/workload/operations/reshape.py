"""See the same codes in another shape."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from qpim_emu.errors import LayerError
from qpim_emu.workload.checks import positive
from qpim_emu.workload.operations.limits import sequence_of
from qpim_emu.workload.operations.movement import Movement

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations.base import Shape

__all__ = ["Reshape"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshape(Movement):
    """Codes in row-major order, in a shape of as many elements.

    Parameters
    ----------
    shape
        Sizes of the output's axes, without the batch.

    Raises
    ------
    LayerError
        If a size is not a positive integer.

    Examples
    --------
    >>> import numpy as np
    >>> Reshape(shape=(2, 3)).compute(np.array([[1, 2, 3, 4, 5, 6]]))
    array([[[1, 2, 3],
            [4, 5, 6]]])
    """

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        sizes = tuple(
            positive(size, field="shape") for size in sequence_of(self.shape, field="shape")
        )
        object.__setattr__(self, "shape", sizes)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Shape asked for, if it has as many elements as the input."""
        (shape,) = shapes
        if prod(shape) != prod(self.shape):
            msg = f"shape must have the {prod(shape)} elements of {list(shape)}, got {self.shape}"
            raise LayerError(msg)
        return self.shape

    def move(self, *arrays: IntArray, fill: int) -> IntArray:  # noqa: ARG002 - nothing is new
        """Reshape; the order stays as it is."""
        (values,) = arrays
        return values.reshape(values.shape[0], *self.shape)
