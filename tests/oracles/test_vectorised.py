"""Is the vectorised oracle the naive one, for every layer, policy, window and requantization?"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.arith.formats import Int
from qpim_emu.errors import AccumulatorOverflowError
from qpim_emu.oracle import Reference, naive_reference, partial_sums, reference
from qpim_emu.oracle.accumulate import wrap
from qpim_emu.oracle.exact import exact_product
from qpim_emu.workload.accumulator import Accumulator, Overflow
from qpim_emu.workload.layers.conv import Conv2d
from qpim_emu.workload.layers.linear import Linear
from tests.oracles.cases import convolutions, lines, matrices, orders

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.oracle.problem import Layer
    from qpim_emu.typing import IntArray

Oracle: TypeAlias = "Callable[..., Reference]"

CASES = st.one_of(convolutions(), lines(), matrices())


def outcome(function: Oracle, layer: Layer, x: IntArray, order: list[list[int]]) -> object:
    """Result of an oracle in a form that `==` compares, or the message of its trap."""
    try:
        found = function(layer, x, groups=order)
    except AccumulatorOverflowError as error:
        return str(error)
    for array in (found.accumulators, found.outputs):
        assert array.dtype == np.int64
    assert all(isinstance(total, int) for total in found.totals.flat)
    return (
        found.accumulators.shape,
        found.accumulators.tolist(),
        found.outputs.tolist(),
        found.totals.tolist(),
        found.overflows,
        found.clamped,
    )


@given(case=CASES, data=st.data())
def test_vectorised_equals_naive(case: tuple[Layer, IntArray], data: st.DataObject) -> None:
    layer, x = case
    order = data.draw(orders(layer.weights[0].size))
    assert outcome(reference, layer, x, order) == outcome(naive_reference, layer, x, order)


@given(case=CASES, data=st.data())
def test_last_partial_sum_is_the_accumulator(
    case: tuple[Layer, IntArray], data: st.DataObject
) -> None:
    layer, x = case
    order = data.draw(orders(layer.weights[0].size))
    partial = partial_sums(layer, x, order)
    assert partial.dtype == np.int64
    assert partial.shape == (*layer.output_shape(x.shape), len(order))
    last = partial[..., -1]
    if layer.accumulator.overflow is Overflow.TRAP:
        try:
            np.testing.assert_array_equal(last, reference(layer, x).accumulators)
        except AccumulatorOverflowError as error:
            total = int(str(error).rsplit(" ", 1)[1])
            assert wrap(total, layer.accumulator.bits) in last
    else:
        np.testing.assert_array_equal(last, reference(layer, x, groups=order).accumulators)


@pytest.mark.parametrize("largest", [1 << 10, 1 << 25, 1 << 30, 1 << 40])
def test_products_are_exact_at_every_width(largest: int) -> None:
    # Five terms. 2**10: float64; 2**25: float64, just within 2**53; 2**30: int64; 2**40: Python
    # integers.
    rng = np.random.default_rng(largest)
    left, right = rng.integers(largest - 3, largest + 1, (2, 4, 5))
    product = exact_product(left, right.T)
    expected = [
        [sum(int(a) * int(b) for a, b in zip(row, other, strict=True)) for other in right]
        for row in left
    ]
    assert product.tolist() == expected


def test_a_layer_of_a_real_network_is_quick_and_right() -> None:
    # 64 x 32 x 3 x 3 x 56 x 56 = 58 million products; one row is checked product by product.
    rng = np.random.default_rng(5)
    weights = rng.integers(-8, 8, (64, 32, 3, 3))
    layer = Conv2d(weights=weights, weight_type=Int(4), activation_type=Int(8), padding=1)
    x = rng.integers(-128, 128, (1, 32, 56, 56))
    found = reference(layer, x)
    patch = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))[0, :, 40:43, 17:20]
    assert found.accumulators[0, :, 40, 17].tolist() == [int((patch * w).sum()) for w in weights]


def test_a_saturating_accumulator_of_64_bits_adds_exactly() -> None:
    top = (1 << 63) - 1
    layer = Linear(
        weights=[[127, 127, -128]],
        weight_type=Int(8),
        activation_type=Int(8),
        bias=[top - 1],
        accumulator=Accumulator(bits=64, overflow="saturate"),
    )
    found = reference(layer, [[1, 1, 1]], groups=[[0], [1], [2]])
    assert found.accumulators.tolist() == [[top - 128]]
    assert found.totals.tolist() == [[top - 1 + 126]]
    assert found.overflows == 2
