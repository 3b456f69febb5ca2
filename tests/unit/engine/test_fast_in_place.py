"""Are products the same where vectors are multiplied as they lie, and is that refused elsewhere?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast import in_place, rooms
from qpim_emu.engine.fast.in_place import in_place_of, pieces_of
from qpim_emu.engine.fast.kernels.availability import missing_features
from qpim_emu.engine.fast.kernels.choice import KERNELS
from qpim_emu.engine.fast.kernels.in_place import InPlace, multiply_in_place
from qpim_emu.engine.fast.kernels.instructions import MADD16, VNNI8, VNNI16
from qpim_emu.engine.fast.kernels.kernel import Kernel, aligned
from qpim_emu.engine.fast.kernels.tiles import Room, sum_products, sum_vectors
from qpim_emu.engine.fast.kernels.unfold import Decoder, Source
from qpim_emu.engine.fast.rooms import make_stretch
from qpim_emu.engine.fast.script import Script
from qpim_emu.engine.fast.tables import Table
from qpim_emu.engine.run import Tier, run_layer
from qpim_emu.hardware import TOY
from qpim_emu.oracle import reference
from qpim_emu.workload.layers import Conv2d

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

GROUPED = [kernel for kernel in (VNNI8, VNNI16) if not missing_features(kernel)]
kernels = pytest.mark.parametrize("kernel", GROUPED, ids=lambda kernel: kernel.name)


def drawn_runs(rng: np.random.Generator) -> tuple[IntArray, int]:
    """Runs of different lengths, in a vector with gaps, and its words."""
    runs, distance, place = [], int(rng.integers(0, 5)), int(rng.integers(0, 3))
    for _ in range(int(rng.integers(1, 5))):
        count = int(rng.choice([1, 3, 4, 21, 64, int(rng.integers(1, 200))]))
        runs.append((distance, place, count))
        distance += count + int(rng.integers(0, 50))
        place += count + int(rng.choice([0, 0, 3]))
    return np.array(runs, np.int64), place


def drawn(rng: np.random.Generator, kind: np.dtype[Any], shape: tuple[int, ...]) -> IntArray:
    """Anything a type holds, extremes often."""
    limits = np.iinfo(kind)
    anything = rng.integers(limits.min, limits.max + 1, shape, dtype=np.int64)
    return np.where(rng.random(shape) < 0.3, rng.choice([limits.min, 0, limits.max]), anything)


def table_of(values: IntArray) -> Table:
    return Table(lambda: values.astype(np.int32), 16)


def script_of(starts: IntArray, runs: IntArray) -> Script:
    """The parts of a script that say where vectors lie."""
    none = np.zeros((0, 0), np.int64)
    return Script(starts, runs, none, none, none, none, none, (0, 0))


def expected(words: IntArray, starts: IntArray, runs: IntArray, values: IntArray) -> IntArray:
    """Products modulo 2**32, vector after vector."""
    sums = np.zeros((len(starts), len(values)), np.int64)
    for distance, place, count in runs:
        taken = words[starts[:, None] + distance + np.arange(count)]
        sums += taken @ values[:, place : place + count].T
    return sums.astype(np.int32)


@kernels
@given(seed=st.integers(0, 2**32 - 1))
def test_any_runs(kernel: Kernel, seed: int) -> None:
    rng = np.random.default_rng(seed)
    runs, words = drawn_runs(rng)
    groups, residents = int(rng.integers(1, 8)), int(rng.integers(1, 70))
    reach = int((runs[:, 0] + runs[:, 2]).max())
    pitch, size = int(rng.integers(1, reach + 1)), 20_000
    operands = aligned((size,), kernel.streamed)
    operands[:] = drawn(rng, kernel.streamed, (size,))
    firsts = rng.integers(0, size - 7 * pitch - reach, groups)
    starts = (firsts[:, None] + pitch * np.arange(7)).reshape(-1)
    values = drawn(rng, kernel.resident, (residents, words))
    panels = table_of(values).panels(kernel, runs)
    pieces, edges = pieces_of(runs, kernel.group, panels.table.strides[1])
    sums = np.full((len(starts), kernel.columns(residents)), 77, np.int32)
    multiply_in_place(InPlace(panels, pieces, edges, pitch), operands, starts, sums)
    found = expected(operands.astype(np.int64), starts, runs, values)
    np.testing.assert_array_equal(sums[:, :residents], found)
    assert not sums[:, residents:].any()


@kernels
@pytest.mark.parametrize("stretch", [2048, 5000, 24576])
def test_stretches_of_k_end_within_runs(
    kernel: Kernel, stretch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_place, "STRETCH_BYTES", stretch)
    runs, rng = np.array([(0, 0, 300), (400, 300, 41), (500, 341, 900)]), np.random.default_rng(0)
    pieces, edges = pieces_of(runs, kernel.group, 128)
    steps = -(-runs[:, 2] // kernel.group)
    assert pieces[:, 2].sum() == steps.sum()
    assert (np.cumsum(pieces[:, 2])[:-1] == pieces[1:, 1]).all()
    assert (pieces[edges[:-1], 3] == 0).all()
    values = drawn(rng, kernel.resident, (40, 1241))
    panels = table_of(values).panels(kernel, runs)
    operands = aligned((3000,), kernel.streamed)
    operands[:] = drawn(rng, kernel.streamed, (3000,))
    starts = np.array([[0], [1000], [500]]) + 9 * np.arange(7)
    sums = np.empty((21, 64), np.int32)
    multiply_in_place(InPlace(panels, pieces, edges, 9), operands, starts.reshape(-1), sums)
    found = expected(operands.astype(np.int64), starts.reshape(-1), runs, values)
    np.testing.assert_array_equal(sums[:, :40], found)


@kernels
@pytest.mark.parametrize("operands", [161, 171, 1000, 100_000])
def test_however_much_is_read_at_a_time(
    kernel: Kernel, operands: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images lie far from each other, and rows of them a little."""
    monkeypatch.setattr(rooms, "STRETCH_BYTES", operands * kernel.streamed.itemsize)
    rng, runs = np.random.default_rng(1), np.array([(0, 0, 21), (60, 21, 21), (120, 42, 21)])
    image = (np.arange(3)[:, None] * 60 + np.arange(14) * 3).reshape(-1)
    starts = np.concatenate([image, image + 5000, image + 300])
    values, words = drawn(rng, kernel.resident, (33, 64)), rng.integers(0, 256, 6000, np.uint16)
    values[:, 63] = 0
    table, vectors = table_of(values), len(starts)
    edges = np.array([0, 42, 126])
    weights = in_place_of(kernel, script_of(starts, runs), table, edges=edges)
    assert weights is not None
    source = Source(words, starts, runs, Decoder(255, 0, 0, 0, 0))
    stretch, sums = make_stretch(kernel.streamed), np.empty((vectors, 64), np.int32)
    for share in ((0, 42), (42, 126)):
        room = Room(stretch, np.empty((0, 0), kernel.streamed), sums[slice(*share)])
        sum_vectors(weights, source, room, share)
    copied = np.empty((vectors, 64), np.int32)
    tile = aligned((vectors, kernel.depth(64)), kernel.streamed)
    panels = table.panels(kernel)
    sum_products(panels, source, Room(stretch, tile, copied), (0, vectors))
    np.testing.assert_array_equal(sums, copied)
    found = expected(words.astype(np.int64), starts, runs, values)
    np.testing.assert_array_equal(sums[:, :33], found)


def test_refused() -> None:
    runs, near = np.array([(0, 0, 64)]), 16 * np.arange(28)
    table = table_of(np.ones((3, 64), np.int64))

    def is_taken(
        starts: IntArray, kernel: Kernel = VNNI8, edges: tuple[int, ...] = (0, 28)
    ) -> bool:
        found = in_place_of(kernel, script_of(starts, runs), table, edges=np.array(edges))
        return found is not None

    assert is_taken(near)
    assert is_taken(near, VNNI16, edges=(14,))
    assert is_taken(near + np.repeat([0, 500, 7, 0], 7))
    assert not is_taken(near[:27])
    assert not is_taken(near, edges=(10,))
    assert not is_taken(near + (np.arange(28) > 3))
    assert not is_taken(near[::-1])
    assert not is_taken(near * 0)
    assert not is_taken(near * 5)
    assert not is_taken(near * (rooms.STRETCH_BYTES // 16))
    others = [kernel for kernel in KERNELS if isinstance(kernel, Kernel)]
    assert MADD16 in others
    assert not any(is_taken(near, other) for other in others if other not in {VNNI8, VNNI16})


@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize(
    ("channels", "taps", "stride"), [(3, 5, 2), (16, 3, 1), (20, 3, 2), (64, 1, 2), (5, 1, 1)]
)
def test_layers(bits: int, channels: int, taps: int, stride: int) -> None:
    rng = np.random.default_rng(bits)
    layer = Conv2d(
        weights=rng.integers(-(1 << bits - 1), 1 << bits - 1, (35, channels, taps, taps)),
        weight_type=f"int{bits}",
        activation_type=f"uint{bits}",
        activation_zero_point=3,
        padding=taps // 2,
        stride=stride,
        accumulator=None,
    )
    width = 14 * stride
    codes = rng.integers(0, 1 << bits, (4, channels, width, width))
    ran = run_layer(layer, codes, spec=TOY.replace(bank_bytes=1 << 18), tier=Tier.FAST)
    np.testing.assert_array_equal(ran.accumulators, reference(layer, codes).accumulators)
