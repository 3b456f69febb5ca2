"""Does looking pairs of codes up give what computing each of them gives?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.workload.operations import Add, Mul, Sub
from qpim_emu.workload.operations.pairs import of_pairs

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

SCALES: dict[str, Any] = {
    "scales": (0.05, 0.013),
    "zero_points": (3, -20),
    "output_zero_point": 7,
    "low": -128,
    "high": 127,
}


@pytest.mark.parametrize("spread", [(600, 9, 16), (600, 9, 1), (600, 1, 1), (1, 9, 16)])
@pytest.mark.parametrize(
    "operation",
    [
        Add.from_scales(**SCALES, output_scale=0.04),
        Sub.from_scales(**SCALES, output_scale=0.04),
        Mul.from_scales(**SCALES, output_scale=0.02),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_many_elements(operation: Add | Sub | Mul, spread: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(-60, 50, (600, 9, 16)), rng.integers(-90, -30, spread)
    together = operation.compute(first, second)
    for image in range(0, 600, 50):
        partner = second[image % len(second)][None]
        alone = operation.compute(first[image : image + 1], partner)
        np.testing.assert_array_equal(alone, together[image : image + 1])


def test_the_function_sees_pairs_or_elements() -> None:
    sizes = []

    def function(first: IntArray, second: IntArray) -> IntArray:
        sizes.append(np.broadcast(first, second).size)
        return first * 100 + second

    few = np.array([[-3, 5, 4]])
    np.testing.assert_array_equal(of_pairs(function, few, few), few * 101)
    many = np.tile(few, (200, 1))
    np.testing.assert_array_equal(of_pairs(function, many, few), many * 100 + few)
    assert sizes == [3, 81]
