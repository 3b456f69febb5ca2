"""How large operands and sums can be: the bounds on which exactness and proofs rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpim_emu.typing import FloatArray

__all__ = ["StepRange", "step_ranges"]


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


def step_ranges(signs: tuple[FloatArray, FloatArray], streamed: tuple[int, int]) -> StepRange:
    """Bound the additions of resident vectors.

    Parameters
    ----------
    signs
        Sums of the negative and of the positive operands of each step, ``float64[residents,
        steps]`` (`qpim_emu.engine.fast.kernels.bounds`).
    streamed
        Least and largest streamed operand.
    """
    negative, positive = signs
    low, high = streamed
    return StepRange(
        least=positive * low + negative * high,
        most=positive * high + negative * low,
        magnitudes=positive - negative,
    )
