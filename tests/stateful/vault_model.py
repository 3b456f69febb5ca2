"""A vault in a page: dictionaries, a log of what was issued, and the rules spelled out.

It knows nothing of the engine. Delays are read off the machine's cycles by name; bus images are
integers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from qpim_emu.errors import IllegalCommandError, TimingError, UnwrittenReadError

if TYPE_CHECKING:
    from qpim_emu.arith.window import Window
    from qpim_emu.hardware import Spec

__all__ = ["Model", "Words"]

Words: TypeAlias = tuple[int, ...]
READS = ("RD", "RD2", "RD4")


class Model:
    """What a vault must hold and when it may do what.

    Parameters
    ----------
    spec
        The machine.

    Attributes
    ----------
    cells
        Words of the written blocks by (bank, row, column), open rows not included.
    rows
        Open row of each open bank, with the words of its written columns.
    log
        (cycle, kind, bank) of every DRAM command; kind ``RD`` for all reads.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.cells: dict[tuple[int, int, int], Words] = {}
        self.rows: dict[int, tuple[int, dict[int, Words]]] = {}
        self.log: list[tuple[int, str, int]] = []
        self.window: Window | None = None
        self.window_at = 0

    # ---- time ----

    def issued(self, kind: str, bank: int | None = None) -> list[int]:
        """Cycles of the commands of a kind, ascending."""
        return sorted(at for at, k, b in self.log if k == kind and bank in {None, b})

    def earliest(self, kind: str, bank: int) -> int:
        """Earliest cycle of a command by the delays alone."""
        t = self.spec.timing.cycles
        waits = {
            "ACT": [
                *(at + t.rp for at in self.issued("PRE", bank)),
                *(at + t.rrd for at in self.issued("ACT")),
                *(at + t.faw for at in self.issued("ACT")[:-3]),
                *(at + t.rfc for at in self.issued("REF")),
            ],
            "PRE": [
                *(at + t.ras for at in self.issued("ACT", bank)),
                *(at + t.rtp for at in self.issued("RD", bank)),
                *(at + t.cl + t.ccd + t.wr for at in self.issued("WR", bank)),
            ],
            "REF": [
                *(at + t.rp for at in self.issued("PRE")),
                *(at + t.rfc for at in self.issued("REF")),
            ],
            "COLUMN": [
                *(at + t.rcd for at in self.issued("ACT", bank)),
                *(at + t.ccd for at in self.issued("RD") + self.issued("WR")),
            ],
        }
        first = self.window_at if kind == "RD" else 0
        return max([first, *waits["COLUMN" if kind in {"RD", "WR"} else kind]])

    # ---- legality ----

    def why_not(
        self, kind: str, bank: int, *, at: int, row: int = 0, column: int = 0, blocks: int = 1
    ) -> type[IllegalCommandError] | None:
        """The error a command must raise, if any."""
        if not self.is_allowed(kind, bank, row=row, column=column, blocks=blocks):
            return IllegalCommandError
        if kind == "RD" and not set(range(column, column + blocks)) <= self.rows[bank][1].keys():
            return UnwrittenReadError
        return TimingError if at < self.earliest(kind, bank) else None

    def after_all(self) -> int:
        """Cycle in which a window holds if it is set as early as it may be."""
        return max([self.window_at, *(at + 1 for at, _, _ in self.log)])

    def is_allowed(self, kind: str, bank: int, *, row: int, column: int, blocks: int) -> bool:
        """Whether the state of the banks and the gating allow a command."""
        if kind == "REF":
            return not self.rows
        if not 0 <= bank < self.spec.banks:
            return False
        if kind == "ACT":
            return bank not in self.rows and 0 <= row < self.spec.rows
        is_column = kind in {"RD", "WR"}
        if bank not in self.rows or (is_column and not 0 <= column < self.spec.columns):
            return False
        return kind != "RD" or self.may_pair(column, blocks)

    def may_pair(self, column: int, blocks: int) -> bool:
        """Whether that many blocks may be read at once from that column."""
        if self.window is None or blocks not in {1, 2, 4}:
            return False
        if blocks > 1 and blocks * len(self.lines()) > self.spec.word_bits:
            return False
        if self.spec.partner_rule == "aligned" and column % blocks:
            return False
        return column + blocks <= self.spec.columns and blocks <= self.spec.max_blocks_per_read

    def lines(self) -> list[int]:
        """Enabled lines of a word: every line of a group that a bit of the window is in."""
        assert self.window is not None
        group = self.spec.gate_granularity
        used = {(self.window.shift + bit) // group for bit in range(self.window.precision)}
        return [line for line in range(self.spec.word_bits) if line // group in used]

    # ---- effects ----

    def activate(self, bank: int, row: int) -> None:
        """Take the row out of the cells' reach."""
        columns = range(self.spec.columns)
        held = {c: self.cells[bank, row, c] for c in columns if (bank, row, c) in self.cells}
        self.rows[bank] = (row, held)

    def precharge(self, bank: int) -> None:
        """Put the row back."""
        row, held = self.rows.pop(bank)
        self.cells |= {(bank, row, column): words for column, words in held.items()}

    def bus(self, bank: int, column: int, blocks: int) -> Words:
        """What the data lines of every word carry."""
        lines = self.lines()
        held = self.rows[bank][1]
        carried = []
        for word in range(self.spec.words_per_block):
            image = 0
            for part in range(blocks):
                for index, line in enumerate(lines):
                    bit = held[column + part][word] >> line & 1
                    place = line if blocks == 1 else part * self.spec.word_bits // blocks + index
                    image |= bit << place
            carried.append(image)
        return tuple(carried)
