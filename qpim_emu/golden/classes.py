"""What each output of a layer is an example of: its reads, a tie, a saturation, an overflow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.golden.ties import is_tie
from qpim_emu.oracle import partial_sums, reference
from qpim_emu.workload.accumulator import Accumulator, Overflow
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import BoolArray, IntArray
    from qpim_emu.workload.layers import Conv2d, Linear

__all__ = ["OutputClasses", "classify", "saturation_of", "ties_of"]

WIDEST = Accumulator(bits=64)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputClasses:
    """Classes of every output, each ``[images, filters, pixels]``.

    Attributes
    ----------
    ties
        Whether its requantization rounds an exact half.
    saturation
        -1, 0 or 1: clamped from below, not, from above.
    overflows
        Whether its accumulator left its format.
    """

    ties: BoolArray
    saturation: IntArray
    overflows: BoolArray


def classify(plan: Plan, codes: IntArray) -> OutputClasses:
    """Find the classes of a layer's outputs with the oracle's totals.

    Parameters
    ----------
    plan
        The mapped layer.
    codes
        Its input, in the shape the plan was made for.
    """
    layer = plan.layer
    saturates = layer.accumulator.overflow is Overflow.SATURATE
    expected = reference(layer, codes, groups=plan.word_groups if saturates else None)
    shape = (*expected.outputs.shape[:2], prod(expected.outputs.shape[2:]))
    accumulators = expected.accumulators.reshape(shape)
    overflows = (
        clipped_outputs(layer, codes, plan) if saturates else outside(layer, expected.totals)
    )
    return OutputClasses(
        ties=ties_of(layer.requantize, accumulators),
        saturation=saturation_of(layer.requantize, accumulators),
        overflows=overflows.reshape(shape),
    )


def outside(layer: Conv2d | Linear, totals: NDArray[np.object_]) -> BoolArray:
    """Which exact totals lie outside the accumulator."""
    limits = layer.accumulator.format
    return ((totals < limits.min) | (totals > limits.max)).astype(np.bool_)


def clipped_outputs(layer: Conv2d | Linear, codes: IntArray, plan: Plan) -> BoolArray:
    """Which outputs had an addition clipped.

    A saturating accumulator equals the exact sum until the first addition that leaves its
    format, so it was clipped if, and only if, any exact partial sum lies outside.
    """
    wide = replace(layer, accumulator=WIDEST, requantize=Requantize())
    sums = partial_sums(wide, codes, plan.word_groups)
    limits = layer.accumulator.format
    return np.asarray(((sums < limits.min) | (sums > limits.max)).any(axis=-1))


def ties_of(unit: Requantize, accumulators: IntArray) -> BoolArray:
    """Which accumulators ``[images, filters, pixels]`` are ties."""
    ties = np.zeros(accumulators.shape, np.bool_)
    for m in range(accumulators.shape[1]):
        constants = unit.of_filter(m)
        values, inverse = np.unique(accumulators[:, m], return_inverse=True)
        found = np.array([is_tie(unit.mode, value, constants) for value in values.tolist()])
        ties[:, m] = found[inverse].reshape(ties[:, m].shape)
    return ties


def saturation_of(unit: Requantize, accumulators: IntArray) -> IntArray:
    """Which accumulators ``[images, filters, pixels]`` are clamped, and from where: -1, 0, 1."""
    last = np.moveaxis(accumulators, 1, -1)
    codes, clamped = unit.apply(last, filters=slice(None))
    signs = np.where(clamped, np.where(codes == unit.limits[0], -1, 1), 0)
    return np.asarray(np.moveaxis(signs, -1, 1))
