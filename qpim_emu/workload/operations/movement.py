"""Common part of the operations that only put codes at other places."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from qpim_emu.workload.operations.base import Operation

if TYPE_CHECKING:
    from qpim_emu.arith.formats import Format
    from qpim_emu.typing import IntArray

__all__ = ["Movement"]


class Movement(Operation):
    """An operation whose output holds input codes unchanged, at other places.

    The same movement applies to whatever belongs to a code: to the codes in `compute`, and to
    the vaults that hold them where an engine counts what moves.
    """

    __slots__ = ()

    @property
    def fill_code(self) -> int:
        """Code at the places that no input code reaches."""
        return 0

    @abstractmethod
    def move(self, *arrays: IntArray, fill: int) -> IntArray:
        """Move the elements of arrays that have the inputs' shapes, batch axis first.

        Parameters
        ----------
        arrays
            One ``int64`` array per input.
        fill
            What stands at the places that no input element reaches.
        """

    def output_format(self, *formats: Format) -> Format:
        """Same format as the input."""
        (stored,) = formats
        return stored

    def compute(self, *codes: IntArray) -> IntArray:
        """Move the codes."""
        return self.move(*codes, fill=self.fill_code)
