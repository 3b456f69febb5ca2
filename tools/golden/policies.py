"""What accumulators do at the ends of their format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.requantize import Requantize
from tools.golden.common import ONE_VAULT, Steps, codes_of, separate

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.golden import Recipe

__all__ = ["RECIPES"]

HALVES = Requantize(mode="shift", shift=1, rounding="half_even", low=-60, high=60)
"""Of 8 bits, the ends are clamped."""


def policy(overflow: str) -> Recipe:
    """8-bit accumulators that meet their ends in every order, and 16-bit ones of a convolution."""
    accumulator = Accumulator(bits=8, overflow=overflow)
    up, down = [4, 4, 4, 4], [-4, -4, -4, -4]
    order = Linear(
        weights=[
            *([*up, *up, *down], [*down, *up, *up], [*up, *down, *down], [*down, *down, *up]),
            *([7, 6, 5, 4] * 3, [1, -1] * 6),
        ],
        weight_type="int4",
        activation_type="int4",
        bias=[20, -20, 3, 1, 100, 127],
        accumulator=accumulator,
        requantize=HALVES,
    )
    codes = np.array([[5] * 12, [6] * 8 + [-7] * 4])
    taps = Conv2d(
        weights=codes_of("int6", (3, 5, 2, 2), seed=31),
        weight_type="int6",
        activation_type="uint7",
        padding=1,
        stride=2,
        activation_zero_point=60,
        weight_zero_point=[0, -9, 40],
        bias=[-900, 20, 900],
        accumulator=Accumulator(bits=14, overflow=overflow),
        requantize=Requantize(mode="shift", shift=6, rounding="half_up", low=-90, high=90),
    )
    image = codes_of("uint7", (2, 5, 3, 3), seed=32)
    lanes = Conv2d(
        weights=codes_of("int5", (12, 1, 2, 1), seed=33),
        weight_type="int5",
        activation_type="int5",
        groups=6,
        weight_zero_point=list(range(-6, 6)),
        accumulator=Accumulator(bits=9, overflow=overflow),
        requantize=Requantize(mode="shift", shift=2, rounding="half_away", low=-50, high=50),
    )
    steps: Steps = {
        "order": (order, codes),
        "taps": (taps, image),
        "lanes": (lanes, codes_of("int5", (2, 6, 3, 2), seed=34)),
    }
    return separate(f"overflow-{overflow}", steps, spec=ONE_VAULT)


def trap() -> Recipe:
    """Accumulators that reach both ends of their format, where one more would raise."""
    layer = Linear(
        weights=[[1, 1], [-1, -1]],
        weight_type="int2",
        activation_type="int8",
        bias=[0, -1],
        accumulator=Accumulator(bits=8, overflow="trap"),
        requantize=Requantize(mode="shift", shift=1, rounding="toward_zero", low=-64, high=63),
    )
    codes = np.array([[100, 27], [-100, -28], [63, 0], [0, 0]])
    return separate("overflow-trap", {"ends": (layer, codes)})


RECIPES: dict[str, Callable[[], Recipe]] = {
    "overflow-wrap": lambda: policy("wrap"),
    "overflow-saturate": lambda: policy("saturate"),
    "overflow-trap": trap,
}
