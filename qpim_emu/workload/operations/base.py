"""What an operation beside the MAC lanes is: exact integer arithmetic on whole tensors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, TypeAlias

from qpim_emu.errors import LayerError

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Operation", "Shape", "require_axes"]

Shape: TypeAlias = tuple[int, ...]


class Operation(ABC):
    """An operation of a network that the MAC lanes do not compute.

    It reads every input once and writes its output once, unless it only moves codes (see
    `Movement`). Subclasses are frozen dataclasses of their parameters, one per file. Shapes and
    axes are without the batch axis, arrays with it.
    """

    __slots__ = ()

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return 1

    @abstractmethod
    def output_shape(self, *shapes: Shape) -> Shape:
        """Shape of the output for inputs of these shapes.

        Raises
        ------
        LayerError
            If the operation does not apply to them.
        """

    @abstractmethod
    def output_format(self, *formats: Format) -> Format:
        """Format that holds every output code for inputs of these formats.

        Raises
        ------
        LayerError
            If the operation does not apply to them.
        """

    @abstractmethod
    def compute(self, *codes: IntArray) -> IntArray:
        """Compute the output codes, ``int64``, first axis the batch."""


def require_axes(shape: Shape, axes: int, *, name: str) -> None:
    """Refuse a shape with another number of axes."""
    if len(shape) != axes:
        msg = f"input of {name} must have {axes} axes besides the batch, got shape {list(shape)}"
        raise LayerError(msg)
