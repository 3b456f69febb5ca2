"""Common part of the operations on each code of one tensor by itself."""

from __future__ import annotations

from qpim_emu.workload.operations.base import Operation, Shape

__all__ = ["Elementwise"]


class Elementwise(Operation):
    """An operation whose output code depends on the input code at the same place alone."""

    __slots__ = ()

    def output_shape(self, *shapes: Shape) -> Shape:
        """Same shape as the input."""
        (shape,) = shapes
        return shape
