"""Event counters of a run: per bank, per vault, and per operand width.

Counters are plain integers that add over phases, layers and runs. What each one counts is said
once, beside its name, in `BANK_COUNTERS` and `VAULT_COUNTERS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.hardware.counter_table import DATA_COUNTERS, CounterTable
from qpim_emu.hardware.switching import BANK_TOGGLES, VAULT_TOGGLES, Switching

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray

__all__ = [
    "BANK_COUNTERS",
    "DATA_COUNTERS",
    "VAULT_COUNTERS",
    "CounterTable",
    "Counters",
]

BANK_COUNTERS: Mapping[str, str] = {
    "act": "rows opened",
    "pre": "banks precharged",
    "rd": "reads of one block",
    "rd2": "reads of two blocks",
    "rd4": "reads of four blocks",
    "wr": "blocks written",
}
VAULT_COUNTERS: Mapping[str, str] = {
    "ref": "refreshes, those at the layer's barrier included",
    "offered": "bits of the blocks that reads delivered: W x words per block x blocks",
    "enabled": "data lines enabled by the gating masks of reads",
    "gated": "data lines the masks kept off: offered - enabled",
    "written_bits": "bits driven by writes, whole blocks",
    "tsv_bits": "bits over the TSVs: enabled + written_bits",
    "vault_bits": "bits moved between vaults to place operands",
    "placed": "activation blocks placed for this layer",
    "streamed": "blocks delivered by STREAM phases",
    "buffer_written_bits": "operand bits written to the PE buffer",
    "buffer_read_bits": "operand bits read from the PE buffer",
    "idle": "lane slots of words that only fill a block",
    "updates": "additions to accumulators: one per block and filter, or per lane",
    "requantized": "outputs through the requantize unit",
    "cycles": "cycles the vault is busy, refreshes at the barrier included",
}
BANK_ROWS, VAULT_ROWS = (
    {name: row for row, name in enumerate(names)} for names in (BANK_COUNTERS, VAULT_COUNTERS)
)


@dataclass(slots=True, kw_only=True)
class Counters:
    """Counters of a layer or of several.

    Attributes
    ----------
    bank
        Command counts by name (`BANK_COUNTERS`; where switching was measured,
        `BANK_TOGGLES`), each ``int64[vaults, banks]``.
    vault
        Counts by name (`VAULT_COUNTERS` and, unless only structure was counted,
        `DATA_COUNTERS`; where switching was measured, `VAULT_TOGGLES`), each
        ``int64[vaults]``.
    macs
        Multiply-accumulates by (weight bits, activation bits), each ``int64[vaults]``.
    """

    bank: CounterTable
    vault: CounterTable
    macs: dict[tuple[int, int], IntArray] = field(default_factory=dict)

    @classmethod
    def empty(cls, spec: Spec, *, switching: Switching = Switching.ASSUMED) -> Counters:
        """All counters at zero for the vaults and banks of `spec`, toggles if measured."""
        measured = switching is Switching.MEASURED
        lines = BANK_TOGGLES if measured else {}
        events = {**DATA_COUNTERS, **(VAULT_TOGGLES if measured else {})}
        return cls(
            bank=CounterTable.zeros(BANK_ROWS, (spec.vaults, spec.banks), beside=lines),
            vault=CounterTable.zeros(VAULT_ROWS, (spec.vaults,), beside=events),
        )

    def total(self, name: str) -> int:
        """Sum of one counter over vaults and banks; ``"macs"`` sums over all widths.

        Raises
        ------
        InputError
            If it was not counted.
        """
        if name == "macs":
            return sum(int(count.sum()) for count in self.macs.values())
        table = self.bank if name in self.bank else self.vault
        return int(table[name].sum())

    def structural(self) -> Counters:
        """Leave the data-dependent counters out, as the ``count`` tier does."""
        return Counters(
            bank=self.bank.without(BANK_TOGGLES),
            vault=self.vault.without({**DATA_COUNTERS, **VAULT_TOGGLES}),
            macs=self.macs,
        )

    def copy(self) -> Counters:
        """Counters that can be added to without changing these."""
        return Counters(
            bank=self.bank.copy(),
            vault=self.vault.copy(),
            macs={widths: count.copy() for widths, count in self.macs.items()},
        )

    def with_data(self, overflows: IntArray, clamped: IntArray) -> Counters:
        """Take structural counters over, and data-dependent ones with them (not copied)."""
        data = {"overflows": overflows, "clamped": clamped}
        return Counters(
            bank=self.bank.copy(),
            vault=CounterTable(self.vault.rows, self.vault.block.copy(), data),
            macs={widths: count.copy() for widths, count in self.macs.items()},
        )

    def totals(self) -> dict[str, int]:
        """Every counter summed over vaults and banks, by name."""
        return {name: self.total(name) for name in (*self.bank, *self.vault, "macs")}

    def __add__(self, other: Counters) -> Counters:
        return Counters.sum_of([self, other])

    @classmethod
    def sum_of(cls, parts: Sequence[Counters]) -> Counters:
        """Add several counters up, at least one of them; the same as adding one by one."""
        widths = {width: None for part in parts for width in part.macs}
        return cls(
            bank=CounterTable.sum_of([part.bank for part in parts]),
            vault=CounterTable.sum_of([part.vault for part in parts]),
            macs={
                width: np.add.reduce([part.macs[width] for part in parts if width in part.macs])
                for width in widths
            },
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counters) and not self.differences(other)

    __hash__ = None  # type: ignore[assignment]

    def differences(self, other: Counters) -> dict[str, tuple[list[int], list[int]]]:
        """Counters that differ, as name -> (these values, the other's values)."""
        found: dict[str, tuple[list[int], list[int]]] = {}
        for name, (mine, theirs) in {**pairs(self, other)}.items():
            if not np.array_equal(mine, theirs):
                found[name] = (mine.tolist(), theirs.tolist())
        return found

    @property
    def bus_utilization(self) -> float:
        """Enabled lines per line of the read commands issued, 0..1 (0 without reads)."""
        reads = sum(self.total(name) for name in ("rd", "rd2", "rd4"))
        blocks = self.total("rd") + 2 * self.total("rd2") + 4 * self.total("rd4")
        if not blocks:
            return 0.0
        lines = self.total("offered") // blocks
        return self.total("enabled") / (lines * reads)


def pairs(mine: Counters, theirs: Counters) -> dict[str, tuple[IntArray, IntArray]]:
    """Every counter of two runs side by side, MACs by width included."""
    none = np.zeros(0, np.int64)
    tables = [(mine.bank, theirs.bank), (mine.vault, theirs.vault)]
    found = {name: (a.get(name, none), b.get(name, none)) for a, b in tables for name in {**a, **b}}
    for width in {**mine.macs, **theirs.macs}:
        name = f"macs {width[0]}x{width[1]}"
        found[name] = (mine.macs.get(width, none), theirs.macs.get(width, none))
    return found
