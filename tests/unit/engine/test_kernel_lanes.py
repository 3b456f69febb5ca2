"""Are per-lane sums exact, for any number of lanes, vectors and taps?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast.kernels import lane_blocks
from qpim_emu.engine.fast.kernels.availability import missing_features
from qpim_emu.engine.fast.kernels.depthwise import multiply_lanes, multiply_windows
from qpim_emu.engine.fast.kernels.windows import Windows

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from qpim_emu.engine.fast.kernels.kernel import Kernel

TYPES = [(np.int16, np.int32), (np.int16, np.int64), (np.int32, np.int64)]
types = pytest.mark.parametrize(("operand", "total"), TYPES)


def lane_sums(table: NDArray[Any], tile: NDArray[Any], total: DTypeLike) -> NDArray[Any]:
    """Sums ``[vectors, residents, words]``; memory they overwrite holds something before."""
    residents, _, words = table.shape
    sums = np.full((len(tile), residents * words), 77, total)
    multiply_lanes(table, tile, sums)
    return sums.reshape(len(tile), residents, words)


def exact_sums(table: NDArray[Any], streamed: NDArray[Any], total: DTypeLike) -> NDArray[np.int64]:
    """Sums of streamed operands ``[vectors, 1, taps, words]``, as a type of sums wraps them."""
    exact = (streamed * table.astype(object)[None]).sum(axis=2)
    modulus = 1 << 8 * np.dtype(total).itemsize
    wrapped: NDArray[np.int64] = ((exact + modulus // 2) % modulus - modulus // 2).astype(np.int64)
    return wrapped


@types
@given(seed=st.integers(0, 2**32 - 1))
def test_any_size(operand: type[np.integer], total: type[np.integer], seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, residents, taps = (int(rng.integers(1, most)) for most in (11, 4, 12))
    words = int(rng.choice([1, 3, 4, 7, 8, 16, 17, 23, 32, 39]))
    limits = np.iinfo(operand)
    corners = np.array([limits.min, -1, 0, 1, limits.max])
    shapes = (residents, taps, words), (vectors, taps * words)
    table, tile = (rng.choice(corners, shape).astype(operand) for shape in shapes)
    streamed = tile.reshape(vectors, 1, taps, words).astype(object)
    expected = exact_sums(table, streamed, total)
    np.testing.assert_array_equal(lane_sums(table, tile, total), expected)


@types
@given(seed=st.integers(0, 2**32 - 1))
def test_wherever_vectors_and_taps_lie(
    operand: type[np.integer], total: type[np.integer], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    vectors, residents, taps = (int(rng.integers(1, most)) for most in (21, 3, 12))
    words, size, origin = int(rng.choice([3, 16, 23, 32])), 400, int(rng.integers(-50, 50))
    limits = np.iinfo(operand)
    corners = np.array([limits.min, -1, 0, 1, limits.max])
    table = rng.choice(corners, (residents, taps, words)).astype(operand)
    operands = rng.choice(corners, size).astype(operand)
    starts, places = rng.integers(0, 150, vectors), rng.integers(0, 150, taps)
    taken = starts[:, None, None] + places[:, None] + np.arange(words)
    expected = exact_sums(table, operands[taken][:, None].astype(object), total)
    sums = np.full((vectors, residents * words), 77, total)
    multiply_windows(table, Windows(operands, starts + origin, origin, places), sums)
    np.testing.assert_array_equal(sums.reshape(expected.shape), expected)


@types
def test_every_product_reaches_its_lane(operand: type[np.integer], total: type[np.integer]) -> None:
    residents, taps, words, vectors = 2, 3, 21, 13
    table = np.arange(residents * taps * words).reshape(residents, taps, words).astype(operand)
    for tap in range(taps):
        tile = np.zeros((vectors, taps, words), operand)
        tile[:, tap] = np.arange(1, vectors + 1)[:, None]
        found = lane_sums(table, tile.reshape(vectors, -1), total)
        expected = np.arange(1, vectors + 1)[:, None, None] * table[None, :, tap].astype(int)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("lacking", [("vnni16",), ("vnni16", "madd16")])
def test_processors_without_an_instruction_have_the_same_sums(
    monkeypatch: pytest.MonkeyPatch, lacking: tuple[str, ...]
) -> None:
    def missing(kernel: Kernel) -> tuple[str, ...]:
        return ("it",) if kernel.name in lacking else missing_features(kernel)

    monkeypatch.setattr(lane_blocks, "missing_features", missing)
    whole: Any = multiply_windows
    compiled_anew: Any = numba.njit(whole.py_func)
    rng = np.random.default_rng(0)
    table = rng.choice(np.array([-32768, -1, 32767], np.int16), (1, 9, 16))
    operands = rng.choice(np.array([-32768, 1, 32767], np.int16), 400)
    starts, places = np.arange(11) * 16, np.arange(9) * 24
    sums = np.full((11, 16), 77, np.int32)
    compiled_anew(table, Windows(operands, starts, 0, places), sums)
    taken = starts[:, None, None] + places[:, None] + np.arange(16)
    expected = exact_sums(table, operands[taken][:, None].astype(object), np.int32)
    np.testing.assert_array_equal(sums[:, None], expected)
