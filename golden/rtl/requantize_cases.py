"""The boundary cases of requantization as records for ``tb_requantize``."""
# ruff: noqa: INP001 - `golden` is a folder of files, not a package to install

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from golden.rtl.packages import GOLDEN

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BOUNDARY", "MODES", "boundary_records", "record"]

BOUNDARY = GOLDEN / "requantize" / "boundary.json"
MODES = {"none": 0, "shift": 1, "scale_bias_shift": 2, "q31_double": 3}
"""Modes that the RTL has, as `qpim_pkg` numbers them."""

ROUNDINGS = ("floor", "toward_zero", "half_up", "half_even", "half_away")


def boundary_records(path: Path = BOUNDARY) -> list[str]:
    """Convert the cases of the modes that the RTL has."""
    cases = json.loads(path.read_text(encoding="utf-8"))
    return [record(case) for case in cases if case["constants"]["mode"] in MODES]


def record(case: dict[str, Any]) -> str:
    """Convert one case, in the form of ``boundary.json``, to two's complement columns."""
    constants = case["constants"]
    columns = (
        (MODES[constants["mode"]], 1),
        (ROUNDINGS.index(constants.get("rounding", "floor")), 1),
        (constants.get("shift", 0), 2),
        (constants.get("multiplier", 0), 8),
        (constants.get("addend", 0), 16),
        (constants.get("zero_point", 0), 8),
        (constants.get("low", 0), 12),
        (constants.get("high", 0), 12),
        (case["accumulator"], 16),
        (case["expected"], 16),
        (int(case["clamped"]), 1),
    )
    return " ".join(f"{value % (1 << 4 * digits):0{digits}x}" for value, digits in columns)
