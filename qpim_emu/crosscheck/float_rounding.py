"""Where an engine that computes in floats rounds otherwise than exact numbers do, and how near.

A layer folded from reals is exact for the constants of its file taken as rationals. An engine in
float32 computes nearly the same numbers; right at a threshold it may fall on the other side. Each
such element is told with its exact number, so that a rounding error can be told from a bug: the
distance to the threshold that the engine passed, or did not reach, must be of the order of a
float32's precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.frontends.qonnx.unrounded import UnroundedCode
from qpim_emu.oracle.vectorised import reference
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

if TYPE_CHECKING:
    from fractions import Fraction

    from qpim_emu.frontends.model import Model, RealValue
    from qpim_emu.typing import IntArray

__all__ = ["FloatDifference", "float_differences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatDifference:
    """An element that an engine rounded to another code.

    Attributes
    ----------
    place
        Its index in the layer's output, batch first.
    accumulator
        The exact sum of products.
    value
        The exact number that is rounded, in codes; a square root among its factors makes it the
        next lower multiple of 2**-64.
    code, other
        Its code, and the engine's.
    distance
        From the nearest number at which the code becomes the engine's, in codes; None where the
        layer has no such numbers of its own.
    """

    place: tuple[int, ...]
    accumulator: int
    value: Fraction
    code: int
    other: int
    distance: Fraction | None

    def __str__(self) -> str:
        """Say it in one line."""
        near = "" if self.distance is None else f", {float(self.distance):.3g} from the threshold"
        return (
            f"{list(self.place)}: accumulator {self.accumulator} is exactly {self.value} "
            f"({float(self.value):.9g}){near}: code {self.code}, the engine's is {self.other}"
        )


def float_differences(
    model: Model, layer: str, inputs: IntArray, codes: IntArray
) -> list[FloatDifference]:
    """Find the elements of a layer that an engine rounded to another code.

    Parameters
    ----------
    model
        A model with the reals behind the layer (`Model.real`).
    layer
        Name of the layer.
    inputs
        Codes that the layer and the engine read, ``int64[batch, ...]``.
    codes
        Codes that the engine made of them.

    Returns
    -------
    list
        In the order of the elements; none for an operation.
    """
    step = next(node.step for node in model.network.nodes if node.name == layer)
    if not isinstance(step, Conv1d | Conv2d | Linear):
        return []
    result = reference(step, inputs)
    real = model.real[layer]
    found = []
    for row in np.argwhere(result.outputs != codes):
        place = tuple(int(i) for i in row)
        accumulator = int(result.accumulators[place])
        value = real(accumulator, filter=place[1])
        ours, other = int(result.outputs[place]), int(codes[place])
        found.append(
            FloatDifference(
                place=place,
                accumulator=accumulator,
                value=value,
                code=ours,
                other=other,
                distance=to_threshold(real, value, place[1], (ours, other)),
            )
        )
    return found


def to_threshold(
    real: RealValue, value: Fraction, m: int, codes: tuple[int, int]
) -> Fraction | None:
    """Distance of filter `m`'s number to where its code becomes the next one towards another."""
    if not isinstance(real, UnroundedCode):
        return None
    code, other = codes
    threshold = real.threshold(code if other < code else code + 1, filter=m)
    if threshold is None and other > code:  # bipolar: there is nothing between -1 and +1
        threshold = real.threshold(other, filter=m)
    return None if threshold is None else abs(value - threshold)
