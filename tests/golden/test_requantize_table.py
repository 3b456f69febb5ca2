"""Does every mode give the hand-derived codes at its boundaries, on integers and on arrays?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qpim_emu.arith.requantize import Mode
from qpim_emu.workload.requantize import Requantize

TABLE = Path(__file__).parents[2] / "golden" / "requantize" / "boundary.json"
CASES: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{i}-{case['constants']['mode']}" for i, case in enumerate(CASES)]
)
def test_scalar_and_array_paths_give_the_derived_code(case: dict[str, Any]) -> None:
    unit = Requantize(**case["constants"])
    expected = (case["expected"], case["clamped"])
    assert unit.apply(case["accumulator"], filters=0) == expected, case["why"]
    array = np.array([[case["accumulator"]] * 3], np.int64)
    codes, clamped = unit.apply(array, filters=slice(None))
    assert codes.dtype == np.int64
    assert codes.tolist() == [[expected[0]] * 3], case["why"]
    assert clamped.tolist() == [[expected[1]] * 3], case["why"]


def test_the_table_covers_every_mode() -> None:
    assert {case["constants"]["mode"] for case in CASES} == set(Mode)
