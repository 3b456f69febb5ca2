"""What executing a layer yields, whichever tier did it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from qpim_emu.errors import AccumulatorOverflowError

if TYPE_CHECKING:
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.outputs import OutputIndex
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import IntArray

__all__ = ["LayerExecution", "output_shape", "raise_trapped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerExecution:
    """Everything a tier found out about one layer.

    Attributes
    ----------
    accumulators, outputs
        ``int64[images, filters, pixels]`` (pixels 1 for linear layers).
    counters
        Event counters, placement not included.
    image
        Bank image after the layer.
    """

    accumulators: IntArray
    outputs: IntArray
    counters: Counters
    image: BankImage


def output_shape(plan: Plan) -> tuple[int, int, int]:
    """Shape ``[images, filters, pixels]`` of a layer's outputs."""
    shape = plan.layer.output_shape(plan.input_shape)
    return shape[0], shape[1], prod(shape[2:])


def raise_trapped(plan: Plan, overflowed: list[tuple[OutputIndex, int]]) -> None:
    """Raise for the lowest (image, filter, pixel) of the outputs that trapped, if any.

    Raises
    ------
    AccumulatorOverflowError
        Naming the output and its exact total.
    """
    if not overflowed:
        return
    index, total = min(overflowed)
    register = plan.layer.accumulator.format
    msg = (
        f"accumulator must stay within {register} ({register.min}..{register.max}), got {total} "
        f"at image {index.image}, filter {index.filter}, pixel {index.pixel}"
    )
    raise AccumulatorOverflowError(msg)
