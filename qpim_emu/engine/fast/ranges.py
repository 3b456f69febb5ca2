"""How large operands and sums can be: the bounds on which exactness and proofs rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.fast.kernels.bounds import sum_by_sign
from qpim_emu.engine.fast.operands import streamed_points
from qpim_emu.mapping.plane import Streamed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import FloatArray

__all__ = ["StepRange", "step_ranges", "streamed_range"]


def streamed_range(plan: Plan, streams: Sequence[Plane]) -> tuple[int, int]:
    """Least and largest streamed operand that the window and the zero points allow."""
    operand = plan.streamed_window(streams[0]).format
    if streams[0].streamed is Streamed.ACTIVATIONS:
        point = plan.layer.activation_zero_point
        return operand.min - point, operand.max - point
    points = [streamed_points(plan, plane) for plane in streams]
    most, least = max(int(p.max()) for p in points), min(int(p.min()) for p in points)
    return operand.min - most, operand.max - least


class StepRange:
    """What each addition to an accumulator can add.

    Attributes
    ----------
    least, most
        ``float64[residents, steps]``; integers below 2**53, so exact.
    magnitudes
        Sums of the magnitudes of the resident operands of each step.
    """

    def __init__(self, least: FloatArray, most: FloatArray, magnitudes: FloatArray) -> None:
        self.least = least
        self.most = most
        self.magnitudes = magnitudes


def step_ranges(table: NDArray[np.float32], words: int, streamed: tuple[int, int]) -> StepRange:
    """Bound the additions of resident vectors, `words` operands each.

    Parameters
    ----------
    table
        ``float32[residents, K]``.
    words
        Operands summed before each addition.
    streamed
        Least and largest streamed operand.
    """
    negative, positive = sum_by_sign(table, words)
    low, high = streamed
    return StepRange(
        least=positive * low + negative * high,
        most=positive * high + negative * low,
        magnitudes=positive - negative,
    )
