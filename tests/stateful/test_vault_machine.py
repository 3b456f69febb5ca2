"""Does a vault obey a page-long model under any sequence of legal and illegal commands?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from qpim_emu.arith.formats import UInt
from qpim_emu.arith.window import Window
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.engine.observers import TraceObserver
from qpim_emu.errors import IllegalCommandError, TimingError
from qpim_emu.hardware import TOY, Timing
from qpim_emu.hardware.commands import Act, Mode, Pre, Rd, Ref, Wr
from tests.legality import find_violations
from tests.stateful.vault_model import Model, Words
from tests.timing_cases import timings
from tests.vault_state import refused

if TYPE_CHECKING:
    from qpim_emu.engine.literal.bus import BusImage

BANKS, ROWS, COLUMNS = 6, 2, 8

# one bank, row and column more than there are, and one less than none; mostly real ones
banks = st.integers(0, BANKS - 1) | st.sampled_from([0, 0, 1, -1, BANKS])
rows = st.integers(0, ROWS - 1) | st.sampled_from([0, -1, ROWS])
columns = st.integers(0, COLUMNS - 1) | st.sampled_from([0, 2, -1, COLUMNS])
# relative to the earliest cycle: too early, just in time, later
delays = st.sampled_from([0, -1, 0, 1, 7])
words = st.lists(st.integers(0, 2**16 - 1), min_size=4, max_size=4)


class VaultMachine(RuleBasedStateMachine):
    """Issues every command to a vault and to its model."""

    @initialize(
        timing=timings(),
        max_blocks=st.sampled_from([2, 4, 1]),
        partner_rule=st.sampled_from(["aligned", "next"]),
        granularity=st.sampled_from([1, 4]),
        word_bits=st.sampled_from([16, 8]),
    )
    def build(
        self, timing: Timing, max_blocks: int, partner_rule: str, granularity: int, word_bits: int
    ) -> None:
        spec = TOY.replace(
            vaults=1,
            banks_per_layer=BANKS,
            row_bytes=8 * COLUMNS,
            bank_bytes=8 * COLUMNS * ROWS,
            timing=timing,
            max_blocks_per_read=max_blocks,
            partner_rule=partner_rule,
            gate_granularity=granularity,
            word_bits=word_bits,
        )
        self.trace = TraceObserver()
        self.vault = Vault(spec, observer=self.trace)
        self.model = Model(spec)
        self.mode(4, 0, 0)
        self.act(0, 0, 0)

    def issue(
        self,
        command: Act | Pre | Rd | Ref | Wr,
        kind: str,
        bank: int,
        delay: int,
        row: int = 0,
        column: int = 0,
        blocks: int = 1,
    ) -> tuple[bool, BusImage | None]:
        """Issue a command at a delay from its earliest cycle; say whether it happened."""
        at = self.model.earliest(kind, bank) + delay
        error = self.model.why_not(kind, bank, at=at, row=row, column=column, blocks=blocks)
        if error is not None:
            refused(self.vault, command, error, at=at)
            return False, None
        result = self.vault.issue(command, at if delay else None)
        self.model.log.append((at, kind, bank))
        return True, result

    @rule(
        bits=st.sampled_from([4, 1, 2, 3, 5, 8]), shift=st.sampled_from([0, 4, 1, 8]), delay=delays
    )
    def mode(self, bits: int, shift: int, delay: int) -> None:
        window = Window(UInt(bits), shift=min(shift, self.model.spec.word_bits - bits))
        at = self.model.after_all() + delay
        if delay < 0:
            refused(self.vault, Mode(window=window), TimingError, at=at)
            return
        self.vault.issue(Mode(window=window), at if delay else None)
        self.model.window, self.model.window_at = window, at

    @rule(bits=st.integers(1, 8))
    def mode_beyond_the_word(self, bits: int) -> None:
        window = Window(UInt(bits), shift=self.model.spec.word_bits - bits + 1)
        refused(self.vault, Mode(window=window), IllegalCommandError)

    @rule(bank=banks, row=rows, delay=delays)
    def act(self, bank: int, row: int, delay: int) -> None:
        happened, _ = self.issue(Act(bank=bank, row=row), "ACT", bank, delay, row=row)
        if happened:
            self.model.activate(bank, row)

    @rule(bank=banks, delay=delays)
    def pre(self, bank: int, delay: int) -> None:
        happened, _ = self.issue(Pre(bank=bank), "PRE", bank, delay)
        if happened:
            self.model.precharge(bank)

    @rule(delay=delays)
    def ref(self, delay: int) -> None:
        self.issue(Ref(), "REF", 0, delay)

    @precondition(lambda self: self.model.rows)
    @rule(delay=delays)
    def close_all_and_refresh(self, delay: int) -> None:
        for bank in list(self.model.rows):
            self.pre(bank, 0)
        self.ref(delay)

    @rule(bank=banks, column=columns, delay=delays, blocks=st.sampled_from([1, 2, 4, 3]))
    def rd(self, bank: int, column: int, delay: int, blocks: int) -> None:
        command = Rd(bank=bank, column=column, blocks=blocks)
        happened, bus = self.issue(command, "RD", bank, delay, column=column, blocks=blocks)
        if happened:
            assert bus is not None
            assert bus.words == self.model.bus(bank, column, blocks)

    @precondition(lambda self: self.model.rows)
    @rule(data=st.data(), delay=delays, blocks=st.sampled_from([2, 4, 1]))
    def rd_open(self, data: st.DataObject, delay: int, blocks: int) -> None:
        bank = data.draw(st.sampled_from(sorted(self.model.rows)))
        for column in range(COLUMNS):  # some of them aligned, some not
            self.rd(bank, column, delay, blocks)

    @rule(bank=banks, column=columns, delay=delays, block=words)
    def wr(self, bank: int, column: int, delay: int, block: list[int]) -> None:
        self.write(bank, column, delay, block)

    @precondition(lambda self: self.model.rows)
    @rule(data=st.data(), delay=delays, block=words)
    def wr_open(self, data: st.DataObject, delay: int, block: list[int]) -> None:
        bank = data.draw(st.sampled_from(sorted(self.model.rows)))
        for column in range(COLUMNS):  # so that reads find something
            self.write(bank, column, delay, [word ^ column for word in block])

    def write(self, bank: int, column: int, delay: int, block: list[int]) -> None:
        """Write a block, cut into as many words as the machine has."""
        stored: Words = tuple(block)
        if self.model.spec.word_bits == 8:
            stored = tuple(half for word in block for half in (word & 255, word >> 8))
        command = Wr(bank=bank, column=column, words=stored)
        happened, _ = self.issue(command, "WR", bank, delay, column=column)
        if happened:
            self.model.rows[bank][1][column] = stored

    @invariant()
    def cells_hold_what_was_precharged(self) -> None:
        if not hasattr(self, "model"):
            return
        spec, image = self.model.spec, self.vault.image
        held = {
            spec.place(block): tuple(image.words[block].tolist())
            for block in range(image.allocated_blocks)
            if image.written[block]
        }
        assert held == self.model.cells

    @invariant()
    def the_same_rows_are_open(self) -> None:
        if hasattr(self, "model"):
            open_rows = {bank.index: bank.row for bank in self.vault.banks if bank.row is not None}
            assert open_rows == {bank: row for bank, (row, _) in self.model.rows.items()}

    def teardown(self) -> None:
        """What happened is a legal trace, in order of time."""
        if hasattr(self, "model"):
            assert find_violations(self.trace.entries, self.model.spec) == []


TestVaultMachine = VaultMachine.TestCase
