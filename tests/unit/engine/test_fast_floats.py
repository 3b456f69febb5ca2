"""Does BLAS get all vectors and all weights, whoever calls it, and are its sums added exactly?"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast import floats
from qpim_emu.engine.fast.blas import can_be_limited, routine_of
from qpim_emu.engine.fast.floats import LEAST_ROWS, TILE_BYTES, tiles_of
from qpim_emu.engine.fast.kernels import float_passes
from qpim_emu.engine.fast.kernels.choice import VARIABLE
from qpim_emu.engine.fast.kernels.float_passes import add_pieces
from qpim_emu.engine.fast.kernels.gemm import call_gemm
from qpim_emu.engine.run import Tier, run_layer
from qpim_emu.hardware import PAPER
from qpim_emu.workload.layers import Conv2d, Linear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

WAYS = {"routine": routine_of, "numpy": lambda _: None}

KINDS = ["float32", "float64"]


@compiled_across
def multiply(routine: int, left: NDArray[Any], right: NDArray[Any], out: NDArray[Any]) -> None:
    """Have BLAS multiply."""
    call_gemm(routine, left, right, out)


def layer_of(name: str) -> tuple[Conv2d | Linear, IntArray]:
    """A layer, made anew, and codes of its input."""
    rng = np.random.default_rng(len(name))
    if name == "linear":
        weights = rng.integers(-128, 128, (37, 300))
        layer = Linear(weights=weights, weight_type="int8", activation_type="int8")
        return layer, rng.integers(-128, 128, (5, 300))
    channels, kernel, stride, size = {
        "gaps": (3, 3, 2, 21),
        "one piece": (32, 3, 1, 13),
        "many tiles": (16, 5, 1, 40),
        "pieces": (320, 3, 1, 9),
    }[name]
    convolution = Conv2d(
        weights=rng.integers(-128, 128, (21, channels, kernel, kernel)),
        weight_type="int8",
        activation_type="int8",
        stride=stride,
        padding=1,
    )
    return convolution, rng.integers(-128, 128, (2, channels, size, size))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["linear", "gaps", "one piece", "many tiles", "pieces"])
def test_layers_equal_those_of_other_kernels(
    name: str, way: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "loops64")
    layer, codes = layer_of(name)
    expected = run_layer(layer, codes, spec=PAPER, tier=Tier.FAST)
    monkeypatch.setenv(VARIABLE, kind)
    monkeypatch.setattr(floats, "routine_of", WAYS[way])
    monkeypatch.setattr(floats, "TILE_BYTES", 1 << 16)
    monkeypatch.setattr(floats, "LEAST_ROWS", 7)
    layer, _ = layer_of(name)
    for _ in range(2):  # scratch memory of the second run holds what the first has left
        found = run_layer(layer, codes, spec=PAPER, tier=Tier.FAST)
        np.testing.assert_array_equal(found.accumulators, expected.accumulators)
        assert found.counters == expected.counters


@pytest.mark.skipif(not can_be_limited(), reason="a BLAS whose threads cannot be set")
@pytest.mark.parametrize("kind", KINDS)
def test_a_routine_multiplies_parts_of_arrays(kind: str) -> None:
    routine = routine_of(kind)
    if routine is None:
        pytest.skip("a BLAS without integers of 64 bits")
    rng = np.random.default_rng(0)
    for vectors, depth, residents in [(2, 1, 1), (3, 70, 5), (65, 33, 130)]:
        left = rng.integers(-128, 128, (vectors, depth + 9)).astype(kind)
        right = rng.integers(-128, 128, (depth + 4, residents)).astype(kind)
        out = np.full((vectors + 2, residents), np.nan, kind)
        multiply(routine, left[:, 5 : 5 + depth], right[3 : 3 + depth], out[:vectors])
        np.testing.assert_array_equal(out[:vectors], left[:, 5 : 5 + depth] @ right[3 : 3 + depth])
        assert np.isnan(out[vectors:]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_are_added_as_integers(kind: str) -> None:
    top, rows = 1 << (24 if kind == "float32" else 53), 4
    products = np.random.default_rng(0).integers(-top, top + 1, (3, rows, 35))
    products[:, 1] = top  # 3 * 2**24 is a float32, 3 * 2**24 - 1 is none
    products[0, 1, ::2] -= 1
    totals = np.full((2, 35), 7)
    add_pieces(products.reshape(-1, 35).astype(kind), (1, rows), totals)
    np.testing.assert_array_equal(totals, products[:, 1:3].sum(axis=0))


@given(vectors=st.integers(1, 5000), size=st.integers(4, 1 << 23), threads=st.integers(1, 9))
def test_tiles_are_as_many_for_each_thread_and_about_as_large(
    vectors: int, size: int, threads: int
) -> None:
    tiles = tiles_of(vectors, size, threads)
    assert (tiles[0][0], tiles[-1][1]) == (0, vectors)
    assert all(one[1] == other[0] for one, other in pairwise(tiles))
    sizes = [past - first for first, past in tiles]
    assert 1 <= min(sizes) <= max(sizes) <= min(sizes) + 1
    assert max(sizes) <= max(TILE_BYTES // size, LEAST_ROWS)
    assert len(tiles) % threads == 0 or len(tiles) == vectors


def test_steps_that_a_stretch_is_too_short_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert float_passes.STEP < LEAST_ROWS
    monkeypatch.setenv(VARIABLE, "float32")
    rng = np.random.default_rng(3)
    weights = rng.integers(-8, 8, (3, 512, 1, 1))
    layer = Conv2d(weights=weights, weight_type="int8", activation_type="int8", stride=3)
    codes = rng.integers(-8, 8, (1, 512, 40, 40))  # 64 vectors of 512 lie in 98304 words
    found = run_layer(layer, codes, spec=PAPER, tier=Tier.FAST)
    taken = codes[0, :, ::3, ::3].reshape(512, -1)
    sums = found.accumulators.reshape(3, -1)
    np.testing.assert_array_equal(sums, weights[:, :, 0, 0] @ taken)
