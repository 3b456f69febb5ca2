"""Is the machine's requantize unit, on integers and on arrays, what the oracle defines?"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.oracle.requantize import output_code
from qpim_emu.workload.requantize import Requantize
from tests.oracles.cases import (
    MODES,
    ROUNDINGS,
    WIDEST,
    accumulators_near_ties,
    requantizations,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

HALF, MOST, LEAST = 1 << 30, (1 << 31) - 1, -(1 << 31)


@pytest.mark.parametrize("mode", MODES)
@given(data=st.data())
def test_unit_equals_oracle(mode: str, data: st.DataObject) -> None:
    filters = data.draw(st.integers(1, 3))
    unit = data.draw(requantizations(mode=mode, filters=filters))
    values = accumulators_near_ties(unit, WIDEST.get(mode, 64))
    row = st.lists(values, min_size=filters, max_size=filters)
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    compare(unit, rows)


def compare(unit: Requantize, rows: Sequence[Sequence[int]]) -> None:
    """Compare the unit with the oracle on integers and on one array, one column per filter."""
    expected = [[output_code(unit, a, m) for m, a in enumerate(held)] for held in rows]
    one_by_one = [[unit.apply(a, filters=m) for m, a in enumerate(held)] for held in rows]
    assert one_by_one == expected
    codes, clamped = unit.apply(np.array(rows, dtype=np.int64), filters=slice(None))
    assert codes.dtype == np.int64
    assert codes.tolist() == [[code for code, _ in held] for held in expected]
    assert clamped.tolist() == [[changed for _, changed in held] for held in expected]


SHIFTS: dict[str, Sequence[Any]] = {"shift": [-128, -1, 0, 1, 2, 62, 63, 64, 65, 66, 127]}
SCALES: dict[str, Sequence[Any]] = {
    "scale": [1e-37, 2.0**-31, 0.1, 0.25, 0.5, 0.49999999999999994, 1.0, 1.5, 3e38]
}
CORNERS: list[tuple[str, dict[str, Sequence[Any]]]] = [
    *((f"shift {rounding}", SHIFTS) for rounding in ROUNDINGS),
    (
        "scale_bias_shift",
        {
            "multiplier": [LEAST, -1, 0, 3, MOST],
            "addend": [-(1 << 63), 0, 1, (1 << 63) - 1],
            "shift": [-128, -1, 0, 1, 31, 63, 97],
        },
    ),
    (
        "q31_double",
        {"multiplier": [LEAST, -HALF, -1, 0, 1, HALF, MOST], "shift": [-31, -1, 0, 1, 2, 30, 31]},
    ),
    ("q31_single", {"multiplier": [0, 1, HALF, HALF + 1, MOST], "shift": [-30, -1, 0, 1, 2, 31]}),
    (
        "q15_acc64",
        {
            "multiplier": [0, 0x7FFF, 0x8000, HALF, HALF + 0x8000, 0x7FFE_FFFF, 0x7FFF_0000, MOST],
            "shift": [-7, -1, 0, 1, 2, 31],
        },
    ),
    *((mode, SCALES) for mode in ("f64_away", "f32_even", "f_even_zp_in")),
    ("multithreshold", {"thresholds": [[-5, -5, 3, 4], [-(1 << 63), -1, 0, (1 << 63) - 1]]}),
]


@pytest.mark.parametrize("zero_point", [0, 7])
@pytest.mark.parametrize(("mode", "corners"), CORNERS, ids=[name for name, _ in CORNERS])
def test_corners_of_every_constant(
    mode: str, corners: dict[str, Sequence[Any]], zero_point: int
) -> None:
    mode, _, rounding = mode.partition(" ")
    names, combinations = list(corners), list(product(*corners.values()))
    constants: dict[str, Any] = {
        name: [combination[i] for combination in combinations] for i, name in enumerate(names)
    }
    if rounding:
        constants["rounding"] = rounding
    if mode == "multithreshold":
        constants["offset"] = zero_point
    else:
        constants |= {"low": -(1 << 47), "high": (1 << 47) - 1, "zero_point": zero_point}
    top = (1 << (WIDEST.get(mode, 64) - 1)) - 1
    powers = [1 << e for e in (24, 30, 46, 62) if 1 << e < top]
    near = {p + d for p in (0, *powers) for d in range(-3, 4)} | {top, top - 1}
    held = [a for a in near | {~a for a in near} if ~top <= a <= top]
    compare(Requantize(mode=mode, **constants), [[a] * len(combinations) for a in held])
