"""Do parameters of every type a file can hold come back in that type, and others not at all?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.arith.formats import Int, UInt
from qpim_emu.arith.rounding import Rounding
from qpim_emu.arith.window import Window
from qpim_emu.errors import NetworkFileError
from qpim_emu.workload.network_file.arrays import ArrayReader, ArrayWriter
from qpim_emu.workload.network_file.container import open_container, write_container
from qpim_emu.workload.network_file.equality import values_equal
from qpim_emu.workload.network_file.header import HEADER
from qpim_emu.workload.network_file.values import decode, decode_fields, encode_fields
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.arith.formats import Format
    from qpim_emu.arith.rounding import Integers
    from qpim_emu.typing import FloatArray, IntArray


UINT6 = UInt(6)
SHIFTED = Window(Int(4), shift=2)
UNIT = Requantize(mode="shift", shift=[1, 2], low=0, high=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    count: int = -3
    factor: float = 2.0
    text: str = "x"
    flag: bool = True
    nothing: int | None = None
    something: int | None = 7
    pairs: tuple[tuple[int, int], ...] = ((1, 2), (3, 4), (5, 6))
    empty: tuple[int, ...] = ()
    mixed: tuple[int, str] = (1, "a")
    rounding: Rounding = Rounding.HALF_AWAY
    stored: Format = UINT6
    window: Window = SHIFTED
    unit: Requantize = UNIT
    one: Integers = 5
    many: Integers
    table: IntArray
    scales: FloatArray


def sample(**changes: Any) -> Everything:  # noqa: ANN401 - any parameter
    """One of everything; arrays in dtypes of a file."""
    arrays: dict[str, Any] = {
        "many": np.array([[1, -2]]),
        "table": np.arange(4),
        "scales": np.array([0.5, 3]),
    }
    return Everything(**arrays | changes)


def through_file(value: Everything, path: Path, **changes: object) -> Any:  # noqa: ANN401
    """Write the parameters, change some of what is written, and read them."""
    writer = ArrayWriter()
    fields = encode_fields(value, writer, place="x") | changes
    write_container(path, {HEADER: b"{}", **writer.entries})
    with open_container(path, max_bytes=1 << 20) as container:
        return decode_fields(fields, Everything, ArrayReader(container, writer.table), field="x")


def test_everything_comes_back(tmp_path: Path) -> None:
    assert values_equal(through_file(sample(), tmp_path / "x.npz"), sample())


def test_narrow_arrays_come_back_wide(tmp_path: Path) -> None:
    narrow = sample(table=np.arange(4, dtype=np.uint8), scales=np.array([0.5, 3], np.float32))
    assert values_equal(through_file(narrow, tmp_path / "x.npz"), sample())


def test_numpy_scalars_become_numbers(tmp_path: Path) -> None:
    loaded = through_file(sample(count=np.int64(9), factor=np.float32(0.5)), tmp_path / "x.npz")
    assert values_equal(loaded, sample(count=9, factor=0.5))


def test_a_whole_number_is_a_float_too(tmp_path: Path) -> None:
    assert type(through_file(sample(), tmp_path / "x.npz", factor=2).factor) is float


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("count", 1.0, "x.count must be an integer, got 1.0"),
        ("count", True, "x.count must be an integer, got True"),
        ("factor", "1", "x.factor must be a number, got 1"),
        ("text", None, "x.text must be a string, got None"),
        ("flag", 1, "x.flag must be true or false, got 1"),
        ("nothing", "", "x.nothing must be an integer, got  or x.nothing must be null, got "),
        ("pairs", [[1]], r"x.pairs\[0\] must be a list of 2, got \[1\]"),
        ("mixed", [1, 2], r"x.mixed\[1\] must be a string, got 2"),
        ("rounding", "up", "x.rounding must be one of floor, .* got up"),
        ("rounding", [], r"x.rounding must be one of floor, .* got \[\]"),
        ("stored", "int0", "x.stored: format must be a format like"),
        ("window", {"format": "int4"}, "keys of x.window must be format, shift, got no shift"),
        (
            "window",
            {"format": "int4", "shift": -1},
            "x.window: shift must be an integer of 0 or more, got -1",
        ),
        ("one", {"array": "x/none.npy"}, "x.one must be an array of the table"),
        ("table", {"array": "x/scales.npy"}, "dtype of x.table must be int64, got float64"),
        ("scales", [0.5], r"x.scales must be an object, got \[0.5\]"),
    ],
    ids=lambda value: None if isinstance(value, str) else repr(value),
)
def test_other_types_are_refused(tmp_path: Path, name: str, value: object, expected: str) -> None:
    with pytest.raises(NetworkFileError, match=expected):
        through_file(sample(), tmp_path / "x.npz", **{name: value})


@pytest.mark.parametrize(
    "value", [{1, 2}, np.array([1j]), np.array(["x"]), np.array([], int), 1 << 63, float("inf")]
)
def test_what_a_file_cannot_hold_is_not_written(tmp_path: Path, value: object) -> None:
    with pytest.raises(NetworkFileError, match="x/table must be"):
        through_file(sample(table=value), tmp_path / "x.npz")


def test_type_that_no_file_holds_is_our_mistake(tmp_path: Path) -> None:
    write_container(tmp_path / "x.npz", {HEADER: b"{}"})
    with open_container(tmp_path / "x.npz", max_bytes=0) as container:
        arrays = ArrayReader(container, {})
        with pytest.raises(TypeError, match="must be of a type that files can hold"):
            decode({}, set, arrays, field="x")
