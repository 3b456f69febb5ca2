"""Operations that put codes at other places, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Flatten

__all__ = ["flatten"]


def flatten(operation: Flatten, codes: IntArray) -> list[list[int]]:
    """List the codes of every image in the order of their indices."""
    del operation  # it has no parameters
    return [[int(code) for code in image.flat] for image in codes]
