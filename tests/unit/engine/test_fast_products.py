"""Are matrix products exact up to the bounds that their kernels are chosen by?"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast.kernels.products import FLOAT32, FLOAT64, choose
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

WORDS = 16


def product_of(resident: IntArray, streamed: IntArray) -> tuple[IntArray, str, int]:
    """Product by the chosen kernel, its type, and its number of pieces."""
    sums = np.abs(resident).reshape(len(resident), -1, WORDS).sum(axis=2).astype(np.float64)
    chosen = choose(sums, largest=int(np.abs(streamed).max()), words_per_block=WORDS)
    dtype = chosen.kernel.dtype
    room = np.empty((len(streamed), len(resident)), dtype)
    found = chosen.multiply(resident.T.astype(dtype), streamed.astype(dtype), room)
    return found.astype(np.int64), np.dtype(dtype).name, len(chosen.edges) - 1


def exact(resident: IntArray, streamed: IntArray) -> IntArray:
    """Product in Python integers."""
    return np.array(streamed.astype(object) @ resident.astype(object).T, dtype=np.int64)


def test_a_sum_may_just_reach_the_exact_range_of_float32() -> None:
    resident, streamed = np.full((1, 256), 256), np.full((1, 256), 256)  # 2**24
    assert product_of(resident, streamed)[1:] == ("float32", 1)
    resident[0, -1] += 1  # 2**24 + 256: beyond, and odd sums would be rounded
    streamed[0, 0] = 255
    found, dtype, pieces = product_of(resident, streamed)
    assert (dtype, pieces) == ("float32", 2)
    np.testing.assert_array_equal(found, exact(resident, streamed))


def test_short_pieces_are_left_to_float64() -> None:
    resident, streamed = np.full((1, 256), 32767), np.full((1, 256), 32767)
    found, dtype, pieces = product_of(resident, streamed)
    assert (dtype, pieces) == ("float64", 1)
    assert found.item() == 256 * 32767 * 32767


@given(seed=st.integers(0, 2**32 - 1), bits=st.sampled_from([1, 4, 8, 12, 16, 17]))
def test_products_equal_those_of_python_integers(seed: int, bits: int) -> None:
    rng = np.random.default_rng(seed)
    length = WORDS * int(rng.integers(1, 80))
    top = 1 << bits
    corners = rng.integers(-1, 2, (2, 5, length)) * top
    drawn = rng.integers(-top, top + 1, (2, 5, length))
    resident, streamed = np.where(rng.random((2, 5, length)) < 0.7, corners, drawn)
    streamed[0, 0] = top
    np.testing.assert_array_equal(product_of(resident, streamed)[0], exact(resident, streamed))


def test_every_piece_respects_the_bound() -> None:
    rng = np.random.default_rng(0)
    sums = rng.integers(0, 1 << 12, (7, 500)).astype(np.float64)
    chosen = choose(sums, largest=255, words_per_block=WORDS)
    edges = np.array(chosen.edges) // WORDS
    worst = max(sums[:, a:b].sum(axis=1).max() for a, b in itertools.pairwise(edges))
    assert chosen.kernel is FLOAT32
    assert len(edges) > 2
    assert worst * 255 <= FLOAT32.exact < FLOAT64.exact


def test_sums_that_could_leave_64_bits_are_refused() -> None:
    with pytest.raises(InputError, match="sum of products must be at most"):
        choose(np.full((1, 4), 2.0**50), largest=1 << 12, words_per_block=WORDS)
