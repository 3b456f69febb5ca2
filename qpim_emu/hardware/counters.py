"""Event counters of a run: per bank, per vault, and per operand width.

Counters are plain integers that add over phases, layers and runs. What each one counts is said
once, beside its name, in `BANK_COUNTERS` and `VAULT_COUNTERS`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.errors import InputError
from qpim_emu.hardware.switching import BANK_TOGGLES, VAULT_TOGGLES, Switching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray

__all__ = ["BANK_COUNTERS", "DATA_COUNTERS", "VAULT_COUNTERS", "CounterTable", "Counters"]

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
DATA_COUNTERS: Mapping[str, str] = {
    "overflows": "wrap: outputs whose exact total is outside; saturate: clipped additions",
    "clamped": "outputs the requantize unit clamped",
}


class CounterTable(dict[str, "IntArray"]):
    """Counters by name; asking for one that was not counted says so.

    Raises
    ------
    InputError
        On access to a name that is not there: the ``count`` tier sees no data, so it cannot
        count what depends on them, and toggles are counted on request.
    """

    def __missing__(self, name: str) -> IntArray:
        """Refuse a counter that is not there."""
        reason = ""
        if name in DATA_COUNTERS:
            reason = " (it depends on data; count it with another tier)"
        elif name in {*BANK_TOGGLES, *VAULT_TOGGLES}:
            reason = " (it depends on data; request it by running with switching='measured')"
        msg = f"counter must be one of {', '.join(self)}, got {name!r}{reason}"
        raise InputError(msg)


def zeros(names: Mapping[str, str], *shape: int) -> CounterTable:
    """One array of zeros per counter name."""
    return CounterTable({name: np.zeros(shape, np.int64) for name in names})


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
        bank = {**BANK_COUNTERS, **(BANK_TOGGLES if measured else {})}
        vault = {**VAULT_COUNTERS, **DATA_COUNTERS, **(VAULT_TOGGLES if measured else {})}
        return cls(bank=zeros(bank, spec.vaults, spec.banks), vault=zeros(vault, spec.vaults))

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
            bank=without(self.bank, BANK_TOGGLES),
            vault=without(self.vault, {**DATA_COUNTERS, **VAULT_TOGGLES}),
            macs=self.macs,
        )

    def copy(self) -> Counters:
        """Counters that can be added to without changing these."""
        return Counters(
            bank=CounterTable({name: count.copy() for name, count in self.bank.items()}),
            vault=CounterTable({name: count.copy() for name, count in self.vault.items()}),
            macs={widths: count.copy() for widths, count in self.macs.items()},
        )

    def totals(self) -> dict[str, int]:
        """Every counter summed over vaults and banks, by name."""
        return {name: self.total(name) for name in (*self.bank, *self.vault, "macs")}

    def __add__(self, other: Counters) -> Counters:
        widths = {**self.macs, **other.macs}
        return Counters(
            bank=sums(self.bank, other.bank),
            vault=sums(self.vault, other.vault),
            macs={
                width: self.macs.get(width, np.zeros_like(count))
                + other.macs.get(width, np.zeros_like(count))
                for width, count in widths.items()
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


def without(table: CounterTable, names: Mapping[str, str]) -> CounterTable:
    """Leave counters out."""
    return CounterTable({name: count for name, count in table.items() if name not in names})


def sums(mine: CounterTable, theirs: CounterTable) -> CounterTable:
    """Add what both counted."""
    return CounterTable({name: mine[name] + theirs[name] for name in mine if name in theirs})


def pairs(mine: Counters, theirs: Counters) -> dict[str, tuple[IntArray, IntArray]]:
    """Every counter of two runs side by side, MACs by width included."""
    none = np.zeros(0, np.int64)
    tables = [(mine.bank, theirs.bank), (mine.vault, theirs.vault)]
    found = {name: (a.get(name, none), b.get(name, none)) for a, b in tables for name in {**a, **b}}
    for width in {**mine.macs, **theirs.macs}:
        name = f"macs {width[0]}x{width[1]}"
        found[name] = (mine.macs.get(width, none), theirs.macs.get(width, none))
    return found
