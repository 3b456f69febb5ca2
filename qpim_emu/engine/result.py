"""What executing a layer yields, whichever tier did it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from qpim_emu.errors import AccumulatorOverflowError

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.outputs import OutputIndex
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import IntArray

__all__ = ["Held", "LayerExecution", "output_shape", "raise_trapped"]


Held: TypeAlias = "IntArray | Callable[[], IntArray]"
"""An array, or what makes it when it is first asked for."""


class LayerExecution:
    """Everything a tier found out about one layer.

    Parameters
    ----------
    accumulators, outputs
        ``int64[images, filters, pixels]`` (pixels 1 for linear layers), or functions that make
        them: a tier may hold them in less room, and most runs look at few of them.
    counters
        Event counters, placement not included unless the tier was told of it; or what makes them.
    image
        Bank image after the layer.
    """

    __slots__ = ("_accumulators", "_counters", "_outputs", "image")

    def __init__(
        self,
        *,
        accumulators: Held,
        outputs: Held,
        counters: Counters | Callable[[], Counters],
        image: BankImage,
    ) -> None:
        self._accumulators = accumulators
        self._outputs = outputs
        self._counters = counters
        self.image = image

    @property
    def accumulators(self) -> IntArray:
        """Accumulators, the same array every time."""
        if not isinstance(self._accumulators, np.ndarray):
            self._accumulators = self._accumulators()
        return self._accumulators

    @property
    def outputs(self) -> IntArray:
        """Output codes, the same array every time."""
        if not isinstance(self._outputs, np.ndarray):
            self._outputs = self._outputs()
        return self._outputs

    @property
    def counters(self) -> Counters:
        """Event counters, the same ones every time."""
        if callable(self._counters):
            self._counters = self._counters()
        return self._counters


def output_shape(plan: Plan) -> tuple[int, int, int]:
    """Shape ``[images, filters, pixels]`` of a layer's outputs."""
    shape = plan.output_shape
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
