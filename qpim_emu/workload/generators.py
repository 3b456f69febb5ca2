"""Seeded random layers and codes, for self-tests and examples.

Shapes and formats are biased to what is delicate: precisions at which two blocks are read at
once, channel counts that leave tails, codes at the ends of their range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Format, Int, UInt
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["Case", "corner_codes", "random_case"]

CORNER_SHARE = 0.25
MAX_BITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A layer and input codes for it."""

    layer: Conv2d | Linear
    codes: IntArray


def corner_codes(rng: np.random.Generator, stored: Format, shape: tuple[int, ...]) -> IntArray:
    """Codes of a format, a quarter of them at the ends of its range.

    Parameters
    ----------
    rng
        Where the randomness comes from.
    stored
        Format of the codes, not bipolar.
    shape
        Shape of the result.
    """
    codes = rng.integers(stored.min, stored.max, shape, endpoint=True)
    ends = rng.choice([stored.min, stored.max], shape)
    return np.where(rng.random(shape) < CORNER_SHARE, ends, codes)


def random_case(rng: np.random.Generator) -> Case:
    """Draw a small layer (convolution, depthwise or linear) and codes for it."""
    weight_type, activation_type = random_format(rng), random_format(rng)
    common: dict[str, Any] = {
        "weight_type": weight_type,
        "activation_type": activation_type,
        "activation_zero_point": int(corner_codes(rng, activation_type, ())),
        "accumulator": Accumulator(bits=int(rng.choice([16, 24, 32, 48]))),
        "requantize": Requantize(
            mode="shift", shift=int(rng.integers(0, 9)), rounding="half_even", low=-128, high=127
        ),
    }
    if rng.random() < 1 / 4:
        weights = corner_codes(
            rng, weight_type, (int(rng.integers(1, 20)), int(rng.integers(1, 40)))
        )
        layer = Linear(weights=weights, **common)
        shape = (int(rng.integers(1, 4)), weights.shape[1])
        return Case(layer=layer, codes=corner_codes(rng, activation_type, shape))
    return random_convolution(rng, common)


def random_format(rng: np.random.Generator) -> Format:
    """Draw a format, in two of three cases of at most half a word."""
    bits = int(rng.integers(1, (MAX_BITS if rng.random() < 1 / 3 else MAX_BITS // 2) + 1))
    return Int(bits) if rng.random() < 1 / 2 else UInt(bits)


def random_convolution(rng: np.random.Generator, common: dict[str, Any]) -> Case:
    """Draw a convolution with the operands of `common`."""
    kernel = tuple(int(size) for size in rng.integers(1, 4, 2))
    channels, filters = int(rng.integers(1, 9)), int(rng.integers(1, 7))
    depthwise = rng.random() < 1 / 3
    per_filter = 1 if depthwise else channels
    filters = channels * int(rng.integers(1, 3)) if depthwise else filters
    top, bottom, left, right = (int(side) for side in rng.integers(0, 2, 4))
    layer = Conv2d(
        weights=corner_codes(rng, common["weight_type"], (filters, per_filter, *kernel)),
        stride=int(rng.integers(1, 3)),
        padding=((top, bottom), (left, right)),
        groups=channels if depthwise else 1,
        **common,
    )
    shape = (int(rng.integers(1, 3)), channels, *(int(size) for size in rng.integers(3, 7, 2)))
    return Case(layer=layer, codes=corner_codes(rng, common["activation_type"], shape))
