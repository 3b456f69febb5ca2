"""Does the RTL's requantize unit give the machine's codes for constants that nobody chose?"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from golden.rtl.requantize_cases import record
from golden.rtl.simulator import Simulator
from qpim_emu.arith.rounding import Rounding
from qpim_emu.workload.requantize import Requantize
from tests.rtl.tools import needs_iverilog

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_iverilog

CASES = 2000


def cornered(rng: random.Random, bits: int) -> int:
    """A signed number of any size up to `bits` bits, often extreme, often with trailing zeros."""
    if rng.random() < 0.2:
        return rng.choice([-(1 << bits - 1), (1 << bits - 1) - 1, -1, 0, 1])
    size = rng.randint(1, bits)
    value = rng.randrange(-(1 << size - 1), 1 << size - 1)
    zeros = rng.randrange(bits) if rng.random() < 0.5 else 0
    return value >> zeros << zeros


def constants_of(mode: str, rng: random.Random) -> dict[str, Any]:
    """Constants of a mode."""
    near = rng.choice([cornered(rng, 8), rng.randint(-4, 40)])
    match mode:
        case "shift":
            return {"shift": near, "rounding": rng.choice(list(Rounding))}
        case "scale_bias_shift":
            return {"shift": near, "multiplier": cornered(rng, 32), "addend": cornered(rng, 64)}
        case _:
            return {"shift": rng.randint(-31, 31), "multiplier": cornered(rng, 32)}


@pytest.mark.parametrize(
    ("mode", "bits"), [("shift", 64), ("scale_bias_shift", 64), ("q31_double", 32)]
)
def test_unit_agrees(mode: str, bits: int, tmp_path: Path) -> None:
    rng, records = random.Random(mode), []
    for _ in range(CASES):
        low, high = sorted(cornered(rng, 48) for _ in range(2))
        constants = {
            **constants_of(mode, rng),
            "mode": mode,
            "zero_point": cornered(rng, 32),
            "low": low,
            "high": high,
        }
        accumulator = cornered(rng, bits)
        code, clamped = Requantize(**constants).apply(accumulator, filters=0)
        case = {"constants": constants, "accumulator": accumulator}
        records.append(record({**case, "expected": code, "clamped": clamped}))
    run = Simulator(tmp_path).requantize(records)
    assert run.agrees, run.output
    assert f"{CASES} cases, 0 differences" in run.output
