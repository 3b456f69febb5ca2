"""A small recipe that tests make packages of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.golden import InputSet, Recipe
from qpim_emu.hardware import TOY
from qpim_emu.workload.accumulator import Accumulator
from qpim_emu.workload.layers import Conv2d
from qpim_emu.workload.network import Network, TensorType
from qpim_emu.workload.operations import Flatten, MaxPool2d
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["recipe", "small_inputs", "small_network"]


def small_network(overflow: str = "wrap") -> Network:
    """A convolution with tails and borders, a pooling and a step that moves codes."""
    rng = np.random.default_rng(5)
    conv = Conv2d(
        weights=rng.integers(-8, 8, (3, 5, 2, 2)),
        weight_type="int4",
        activation_type="uint4",
        padding=1,
        activation_zero_point=3,
        weight_zero_point=[1, 0, -2],
        bias=[100, -100, 0],
        accumulator=Accumulator(bits=9, overflow=overflow),
        requantize=Requantize(mode="shift", shift=3, rounding="half_even", low=-20, high=20),
    )
    steps: dict[str, Any] = {"conv": conv, "pool": MaxPool2d(kernel=2), "flat": Flatten()}
    return Network.chain("small", TensorType(shape=(5, 3, 3), format="uint4"), steps)


def small_inputs(images: int = 2) -> dict[str, IntArray]:
    """Codes for it."""
    return {"input": np.random.default_rng(6).integers(0, 16, (images, 5, 3, 3))}


def recipe(**changes: Any) -> Recipe:  # noqa: ANN401 - fields of the recipe
    """A recipe of it."""
    sets = (InputSet(case="given", inputs=small_inputs()),)
    return Recipe(**{"network": small_network(), "spec": TOY, "sets": sets, **changes})
