"""Are vectors read alike, however much of the memory around them is read at a time?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.engine.fast import rooms
from qpim_emu.engine.run import Tier, run_layer
from qpim_emu.errors import AccumulatorOverflowError
from qpim_emu.hardware import TOY
from qpim_emu.mapping import Mapping
from qpim_emu.workload.accumulator import Accumulator, Overflow
from qpim_emu.workload.layers import Conv2d

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = TOY.replace(bank_bytes=1 << 16)

STRETCHES = (32, 700, 5_000, rooms.STRETCH_BYTES)
"""Bytes: less than a vector, than a row, than an image, and the usual ones."""

LAYERS: dict[str, dict[str, Any]] = {
    "rows of taps": {"taps": (20, 7, 3, 3), "padding": 1},
    "strided": {"taps": (5, 7, 3, 2), "stride": (2, 3), "padding": 2},
    "dilated": {"taps": (5, 7, 2, 3), "dilation": (2, 2), "padding": 1},
    "beside each other": {"taps": (6, 16, 1, 1)},
    "grouped": {"taps": (6, 4, 3, 3), "groups": 2},
    "depthwise": {"taps": (40, 1, 3, 3), "groups": 20, "padding": 1},
    "depthwise, strided": {"taps": (20, 1, 3, 2), "groups": 20, "padding": 2, "stride": (2, 3)},
    "depthwise, dilated": {"taps": (37, 1, 2, 3), "groups": 37, "dilation": (2, 2)},
    "depthwise, single": {"taps": (3, 1, 1, 1), "groups": 3, "stride": 4},
}


@pytest.fixture(autouse=True)
def other_rooms() -> Iterator[None]:
    """Forget rooms of other sizes."""
    rooms.free.clear()
    rooms.room_shape.cache_clear()
    yield
    rooms.free.clear()
    rooms.room_shape.cache_clear()


def layer_of(name: str, accumulator: Accumulator | None = None) -> tuple[Conv2d, tuple[int, ...]]:
    """A layer, and the shape of its input."""
    given = dict(LAYERS[name])
    taps = given.pop("taps")
    rng = np.random.default_rng(0)
    layer = Conv2d(
        weights=rng.integers(-8, 8, taps),
        weight_type="int5",
        activation_type="int6",
        activation_zero_point=-3,
        **given,
        accumulator=accumulator,
    )
    return layer, (2, layer.channels, 9, 8)


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        *((name, "blocked") for name in LAYERS),
        *((name, "unfolded") for name in LAYERS if not name.startswith("depthwise")),
    ],
)
def test_results_do_not_depend_on_the_stretch(
    name: str, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, shape = layer_of(name)
    codes = np.random.default_rng(1).integers(-32, 32, shape, np.int8)
    mapping = Mapping(layout=layout)
    expected = run_layer(layer, codes, spec=SPEC, mapping=mapping)
    for size in STRETCHES:
        monkeypatch.setattr(rooms, "STRETCH_BYTES", size)
        rooms.free.clear()
        rooms.room_shape.cache_clear()
        for kernel in ("", "float64", "loops64"):
            monkeypatch.setenv("QPIM_KERNEL", kernel)
            found = run_layer(layer, codes, spec=SPEC, tier=Tier.FAST, mapping=mapping)
            np.testing.assert_array_equal(found.accumulators, expected.accumulators)


@pytest.mark.parametrize("kernel", ["float32", "float64", "loops32", ""])
@pytest.mark.parametrize("layout", ["blocked", "unfolded"])
def test_nor_on_what_was_in_memory_before(
    kernel: str, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QPIM_KERNEL", kernel)
    layer, shape = layer_of("rows of taps")
    codes = np.random.default_rng(1).integers(-32, 32, shape, np.int8)
    mapping = Mapping(layout=layout)
    found = []
    for garbage in (0, 0xFF):  # no numbers, as floats
        run_layer(layer, codes, spec=SPEC, tier=Tier.FAST, mapping=mapping)
        for memory in rooms.free:
            memory.bytes[:] = garbage
        run = run_layer(layer, codes, spec=SPEC, tier=Tier.FAST, mapping=mapping)
        found.append(run.accumulators)
    np.testing.assert_array_equal(found[1], found[0])


@pytest.mark.parametrize("name", ["rows of taps", "depthwise", "depthwise, strided"])
@pytest.mark.parametrize("overflow", [Overflow.SATURATE, Overflow.TRAP])
def test_nor_do_registers_that_clip_or_trap(
    name: str, overflow: Overflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, shape = layer_of(name, accumulator=Accumulator(bits=9, overflow=overflow))
    codes = np.random.default_rng(1).integers(-32, 32, shape, np.int8)
    seen: set[object] = set()
    for size in STRETCHES:
        monkeypatch.setattr(rooms, "STRETCH_BYTES", size)
        rooms.free.clear()
        rooms.room_shape.cache_clear()
        try:
            found = run_layer(layer, codes, spec=SPEC, tier=Tier.FAST)
        except AccumulatorOverflowError as error:
            seen.add(str(error))
        else:
            seen.add((found.accumulators.tobytes(), found.counters.vault["overflows"].tobytes()))
    assert len(seen) == 1
