"""Common part of the operations on two tensors, the second one perhaps spread over the first."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from qpim_emu.errors import LayerError
from qpim_emu.workload.operations.base import Operation, Shape

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["Binary"]


class Binary(Operation):
    """An operation on pairs of codes.

    The second input has the shape of the first; or as many axes, each of the same size or 1; or
    one axis, of the first input's channels (its first axis); or a single element.
    """

    __slots__ = ()

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return 2

    def output_shape(self, *shapes: Shape) -> Shape:
        """Shape of the first input."""
        first, second = shapes
        spread = spread_shape(first, second)
        if len(spread) != len(first) or any(
            size not in {1, whole} for size, whole in zip(spread, first, strict=True)
        ):
            msg = (
                f"second input of {type(self).__name__} must have the shape {list(first)}, or one "
                f"value per channel, or a single one, got {list(second)}"
            )
            raise LayerError(msg)
        return first

    @staticmethod
    def spread(first: IntArray, second: IntArray) -> IntArray:
        """See the second input in as many axes as the first has, so that NumPy spreads it."""
        return second.reshape(second.shape[0], *spread_shape(first.shape[1:], second.shape[1:]))


def spread_shape(first: Shape, second: Shape) -> Shape:
    """Shape of the second input in as many axes as the first has, if there is one."""
    if prod(second) == 1:
        return (1,) * len(first)
    if len(second) == 1 and len(first) > 1:
        return (*second, *(1,) * (len(first) - 1))
    return second
