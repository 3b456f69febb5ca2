"""Are compiled products exact for any operands of their types, at any size, on this machine?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast.kernels.availability import (
    adversaries,
    is_available,
    is_exact,
    missing_features,
)
from qpim_emu.engine.fast.kernels.choice import KERNELS
from qpim_emu.engine.fast.kernels.kernel import Kernel
from qpim_emu.engine.fast.kernels.multiply import multiply

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.typing import IntArray

COMPILED = [kernel for kernel in KERNELS if isinstance(kernel, Kernel)]
RUNNABLE = [kernel for kernel in COMPILED if not missing_features(kernel)]

kernels = pytest.mark.parametrize("kernel", RUNNABLE, ids=lambda kernel: kernel.name)


def product(kernel: Kernel, streamed: IntArray, resident: IntArray) -> NDArray[Any]:
    """Product by `kernel`; memory it must overwrite holds something else before."""
    tile = np.zeros((len(streamed), kernel.depth(streamed.shape[1])), kernel.streamed)
    tile[:, : streamed.shape[1]] = streamed
    sums = np.full((len(streamed), kernel.columns(len(resident))), 77, kernel.sums)
    multiply(kernel.pack(resident), tile, sums)
    assert not sums[:, len(resident) :].any()
    return sums[:, : len(resident)]


def wrapped(streamed: IntArray, resident: IntArray, kind: np.dtype[Any]) -> IntArray:
    """Exact product in Python integers, modulo the type of the sums."""
    exact = streamed.astype(object) @ resident.astype(object).T
    modulus = 1 << 8 * kind.itemsize
    return np.array((exact + modulus // 2) % modulus - modulus // 2, np.int64)


def drawn(rng: np.random.Generator, kind: np.dtype[Any], shape: tuple[int, int]) -> IntArray:
    """Anything a type holds, extremes often."""
    limits = np.iinfo(kind)
    anything = rng.integers(limits.min, limits.max + 1, shape, dtype=np.int64)
    extreme = rng.choice(np.array([limits.min, 0, limits.max]), shape)
    return np.where(rng.random(shape) < 0.3, extreme, anything)


def test_every_processor_has_the_plain_loops() -> None:
    assert {kernel.name for kernel in RUNNABLE} >= {"loops32", "loops64"}


@kernels
def test_extreme_operands(kernel: Kernel) -> None:
    assert is_exact(kernel)
    assert is_available(kernel)
    for streamed, resident in adversaries(kernel):
        found = product(kernel, streamed[:2], resident[:3])
        np.testing.assert_array_equal(found, wrapped(streamed[:2], resident[:3], kernel.sums))


@kernels
@given(seed=st.integers(0, 2**32 - 1))
def test_any_size(kernel: Kernel, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, residents = int(rng.integers(1, 30)), int(rng.integers(1, 70))
    depth = int(rng.choice([1, 2, 3, 4, 5, 15, 16, 17, int(rng.integers(1, 100))]))
    streamed = drawn(rng, kernel.streamed, (vectors, depth))
    resident = drawn(rng, kernel.resident, (residents, depth))
    found = product(kernel, streamed, resident)
    np.testing.assert_array_equal(found, wrapped(streamed, resident, kernel.sums))


@kernels
def test_vectors_longer_than_the_cache_takes_at_once(kernel: Kernel) -> None:
    rng = np.random.default_rng(0)
    streamed = drawn(rng, kernel.streamed, (26, 5001))
    resident = drawn(rng, kernel.resident, (34, 5001))
    found = product(kernel, streamed, resident)
    expected = streamed @ resident.T  # int64 wraps as the kernels do
    np.testing.assert_array_equal(found, expected.astype(kernel.sums))


@pytest.mark.parametrize(
    "kernel", [k for k in RUNNABLE if k.sums == np.int32], ids=lambda kernel: kernel.name
)
def test_sums_beyond_32_bits_wrap(kernel: Kernel) -> None:
    """At any depth, over several stretches of K."""
    for value in (np.iinfo(kernel.resident).min, np.iinfo(kernel.resident).max):
        streamed = np.full((2, 70000), np.iinfo(kernel.streamed).max, np.int64)
        resident = np.full((1, 70000), value, np.int64)
        found = product(kernel, streamed, resident)
        np.testing.assert_array_equal(found, (streamed @ resident.T).astype(np.int32))


@kernels
@pytest.mark.parametrize("kind", [np.int16, np.int64, np.float32])
def test_tables_of_any_type_are_packed(kernel: Kernel, kind: type[np.number]) -> None:
    resident = np.arange(-35, 35).reshape(35, 2).astype(kind)
    found = product(kernel, np.array([[1, 100]]), resident)
    np.testing.assert_array_equal(found[0], resident @ [1, 100])


@kernels
def test_every_single_product_reaches_its_own_sum(kernel: Kernel) -> None:
    vectors, residents, depth = 26, 33, 67  # all sizes of blocks; chunks of steps and beyond
    for k in range(depth):
        streamed, resident = np.zeros((vectors, depth), int), np.zeros((residents, depth), int)
        streamed[:, k] = np.arange(1, vectors + 1)
        resident[:, k] = np.arange(residents) - 16
        found = product(kernel, streamed, resident)
        np.testing.assert_array_equal(found, np.outer(streamed[:, k], resident[:, k]))
