"""The reference runs of DRAMsim3, and the machine that they ran on."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from qpim_emu.hardware import Spec, Timing
from qpim_emu.mapping.walks import Walk

__all__ = ["DOCUMENT", "ROWS", "RUNS", "Run", "machine", "stream"]

FILE = Path(__file__).parents[1] / "data" / "dramsim3" / "hmc-4gb.toml"
DOCUMENT: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
ROWS, BLOCKS_PER_ROW = 2048, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the simulator reports of one stream; cycles of its own clock, energies as printed."""

    banks: str
    reads_per_row: int
    first_act: int
    last_rd: int
    act: int
    pre: int
    rd: int
    ref: int
    active_cycles: int
    idle_cycles: int
    energy: dict[str, float]

    def __str__(self) -> str:
        return f"{self.banks}-{self.reads_per_row}"

    @property
    def cycles(self) -> int:
        """From the first ACT to the end of the last data."""
        timing = DOCUMENT["timing"]
        latency: int = timing["cl"] + timing["ccd"]
        return self.last_rd + latency - self.first_act


RUNS = [Run(**run) for run in DOCUMENT["runs"]]


def machine(*, max_blocks_per_read: int, look_ahead: int) -> Spec:
    """The simulator's memory as a machine; lanes and buffer play no part."""
    size, cycles = DOCUMENT["machine"], dict(DOCUMENT["timing"])
    clock = Decimal(cycles.pop("tck_ns"))
    times: dict[str, Any] = {f"t{name}_ns": count * clock for name, count in cycles.items()}
    return Spec(
        name="HMC_4GB",
        vaults=size["vaults"],
        layers=1,
        banks_per_layer=size["banks"],
        row_bytes=size["row_bytes"],
        block_bytes=size["block_bytes"],
        bank_bytes=size["rows"] * size["row_bytes"],
        word_bits=16,
        timing=Timing(tck_ns=clock, **times),
        max_blocks_per_read=max_blocks_per_read,
        pe_buffer_words=32768,
        look_ahead=look_ahead,
    )


def stream(run: Run, spec: Spec) -> Walk:
    """The blocks of a run's stream, in order."""
    if run.banks == "same":
        return Walk(base=0, outer=((ROWS, spec.stripe),), run=BLOCKS_PER_ROW)
    return Walk(base=0, run=ROWS * BLOCKS_PER_ROW)
