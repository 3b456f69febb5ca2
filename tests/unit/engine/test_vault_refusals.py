"""Is a command that the state does not allow refused by name, with nothing changed?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from qpim_emu.arith.formats import Int
from qpim_emu.arith.window import Window
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.errors import IllegalCommandError, TimingError, UnwrittenReadError
from qpim_emu.hardware import TOY
from qpim_emu.hardware.commands import Act, Drain, Mac, Mode, Pre, Rd, Ref, Wr
from tests.vault_state import refused

if TYPE_CHECKING:
    from qpim_emu.hardware.commands import Command

WORDS = (0x1111, 0x2222, 0x3333, 0x4444)


@pytest.fixture
def vault() -> Vault:
    """TOY, 8-bit window; columns 0, 1, 3 of row 5 of bank 0 written and open; bank 1 closed."""
    vault = Vault(TOY)
    vault.issue(Mode(window=Window(Int(8))))
    vault.issue(Act(bank=0, row=5))
    for column in (0, 1, 3):
        vault.issue(Wr(bank=0, column=column, words=WORDS))
    return vault


REFUSED: dict[str, tuple[Command, str]] = {
    "ACT of an open bank": (Act(bank=0, row=6), "ACT needs a closed bank, got bank 0 with row 5"),
    "ACT of the open row": (Act(bank=0, row=5), "ACT needs a closed bank"),
    "ACT below the rows": (Act(bank=1, row=-1), r"row must be in 0\.\.127, got -1"),
    "ACT above the rows": (Act(bank=1, row=128), r"row must be in 0\.\.127, got 128"),
    "ACT of no bank": (Act(bank=2, row=0), r"bank must be in 0\.\.1, got 2"),
    "PRE of a closed bank": (Pre(bank=1), "PRE needs an open bank, got bank 1 closed"),
    "PRE of no bank": (Pre(bank=-1), r"bank must be in 0\.\.1, got -1"),
    "REF with an open bank": (Ref(), "REF needs every bank closed, got bank 0 with row 5"),
    "RD of a closed bank": (Rd(bank=1, column=0), "RD needs an open row, got bank 1 closed"),
    "RD below the row": (Rd(bank=0, column=-1), r"RD column must be in 0\.\.3, got -1"),
    "RD above the row": (Rd(bank=0, column=4), r"RD column must be in 0\.\.3, got 4"),
    "RD2 at an odd column": (Rd(bank=0, column=1, blocks=2), "readable together .* got 2"),
    "RD2 across the end of a row": (Rd(bank=0, column=3, blocks=2), "readable together"),
    "RD3": (Rd(bank=0, column=0, blocks=3), "readable together .* got 3"),
    "RD4 on a machine of pairs": (Rd(bank=0, column=0, blocks=4), "readable together .* got 4"),
    "RD of no block": (Rd(bank=0, column=0, blocks=0), "readable together .* got 0"),
    "WR of a closed bank": (
        Wr(bank=1, column=0, words=WORDS), "WR needs an open row, got bank 1 closed",
    ),
    "WR above the row": (Wr(bank=0, column=4, words=WORDS), r"WR column must be in 0\.\.3, got 4"),
    "WR of half a block": (Wr(bank=0, column=0, words=(1, 2)), "WR must carry 4 words, got 2"),
    "WR of a wide word": (
        Wr(bank=0, column=0, words=(1, 2, 3, 65536)), r"words must be in 0\.\.65535, got 65536",
    ),
    "WR of a negative word": (
        Wr(bank=0, column=0, words=(1, 2, 3, -1)), r"words must be in 0\.\.65535, got -1",
    ),
    "MODE outside the word": (
        Mode(window=Window(Int(9), shift=8)), r"shift \+ precision must be at most 16, got 8 \+ 9",
    ),
    "MAC without lanes": (
        Mac(part=0, resident=0, accumulator=0, live=1), "MAC needs lanes, got none",
    ),
    "DRAIN without lanes": (Drain(accumulator=0), "DRAIN needs lanes, got none"),
}  # fmt: skip


@pytest.mark.parametrize(("command", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_an_illegal_command_changes_nothing(vault: Vault, command: Command, message: str) -> None:
    found = refused(vault, command, IllegalCommandError, at=500)
    assert re.search(message, found)


def test_a_read_before_any_window_is_refused() -> None:
    vault = Vault(TOY)
    vault.issue(Act(bank=0, row=0))
    assert "needs a window" in refused(vault, Rd(bank=0, column=0), IllegalCommandError)


@pytest.mark.parametrize(("column", "blocks"), [(2, 1), (2, 2)])
def test_an_unwritten_block_is_not_read(vault: Vault, column: int, blocks: int) -> None:
    # column 2 was never written, column 3 was
    message = refused(vault, Rd(bank=0, column=column, blocks=blocks), UnwrittenReadError)
    assert "bank 0, row 5, column 2" in message


# rows of 8 columns, 4-bit window: which reads are refused, by partner rule and blocks
PARTNERS = {
    ("aligned", 1): set(),
    ("aligned", 2): {1, 3, 5, 7},
    ("aligned", 4): {1, 2, 3, 5, 6, 7},
    ("next", 1): set(),
    ("next", 2): {7},
    ("next", 4): {5, 6, 7},
}


@pytest.mark.parametrize("column", range(8))
@pytest.mark.parametrize(("rule", "blocks"), PARTNERS)
def test_partners_lie_in_the_row_and_where_the_rule_says(
    rule: str, blocks: int, column: int
) -> None:
    vault = Vault(TOY.replace(row_bytes=64, max_blocks_per_read=4, partner_rule=rule))
    vault.issue(Mode(window=Window(Int(4))))
    vault.issue(Act(bank=0, row=0))
    for at in range(8):
        vault.issue(Wr(bank=0, column=at, words=WORDS))
    command = Rd(bank=0, column=column, blocks=blocks)
    if column in PARTNERS[rule, blocks]:
        assert "readable together" in refused(vault, command, IllegalCommandError)
    else:
        assert vault.issue(command).blocks == blocks


def test_the_partner_must_be_written_too() -> None:
    vault = Vault(TOY)
    vault.issue(Mode(window=Window(Int(8))))
    vault.issue(Act(bank=1, row=0))
    vault.issue(Wr(bank=1, column=0, words=WORDS))
    message = refused(vault, Rd(bank=1, column=0, blocks=2), UnwrittenReadError)
    assert "bank 1, row 0, column 1" in message


def test_lines_enabled_by_granularity_count_against_a_pair() -> None:
    # 7 bits from line 2 take lines 0..11 in groups of four, and 2 x 12 > 16
    vault = Vault(TOY.replace(gate_granularity=4))
    vault.issue(Mode(window=Window(Int(7), shift=2)))
    vault.issue(Act(bank=0, row=0))
    for column in (0, 1):
        vault.issue(Wr(bank=0, column=column, words=WORDS))
    refused(vault, Rd(bank=0, column=0, blocks=2), IllegalCommandError)


def test_any_open_bank_keeps_a_refresh_out() -> None:
    vault = Vault(TOY)
    vault.issue(Act(bank=1, row=3))
    assert "got bank 1 with row 3 open" in refused(vault, Ref(), IllegalCommandError)


def test_a_write_makes_a_block_readable_at_once_and_after_its_row_was_closed(vault: Vault) -> None:
    vault.issue(Wr(bank=0, column=2, words=(7, 8, 9, 10)))
    assert vault.issue(Rd(bank=0, column=2)).words == (7, 8, 9, 10)
    vault.issue(Pre(bank=0))
    vault.issue(Act(bank=0, row=5))
    assert vault.issue(Rd(bank=0, column=2)).words == (7, 8, 9, 10)


def test_a_write_reaches_the_cells_with_the_precharge_only(vault: Vault) -> None:
    block = TOY.address(bank=0, row=5, column=0)
    with pytest.raises(UnwrittenReadError):
        vault.image.read(block)
    vault.issue(Pre(bank=0))
    assert vault.image.read(block).tolist() == [list(WORDS)]


def test_the_state_is_checked_before_the_cycle(vault: Vault) -> None:
    # too early and illegal: the state is what the message is about
    assert "closed" in refused(vault, Pre(bank=1), IllegalCommandError, at=0)
    assert "later" in refused(vault, Pre(bank=0), TimingError, at=0)


def test_something_else_is_no_command(vault: Vault) -> None:
    anything: Any = "ACT"
    assert "command must be one of" in refused(vault, anything, IllegalCommandError)


NO_NUMBERS: dict[str, tuple[Any, str]] = {
    "ACT of half a row": (Act(bank=1, row=0.5), "ACT row must be an integer, got 0.5"),  # type: ignore[arg-type]
    "PRE of a named bank": (Pre(bank="0"), "PRE bank must be an integer, got '0'"),  # type: ignore[arg-type]
    "RD of true blocks": (Rd(bank=0, column=0, blocks=True), "RD blocks must be an integer"),
    "WR of no words": (Wr(bank=0, column=0, words=None), "WR words must be a tuple"),  # type: ignore[arg-type]
    "WR of half words": (
        Wr(bank=0, column=0, words=(0.5, 0, 0, 0)),  # type: ignore[arg-type]
        r"WR words must be in 0\.\.65535, got 0.5",
    ),
    "MODE of a name": (Mode(window="int4"), "MODE window must be a Window, got 'int4'"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("command", "message"), NO_NUMBERS.values(), ids=NO_NUMBERS.keys())
def test_what_is_no_number_is_refused(vault: Vault, command: Any, message: str) -> None:  # noqa: ANN401 - not quite a command
    assert re.search(message, refused(vault, command, IllegalCommandError))


@pytest.mark.parametrize("at", [float("nan"), 100.5, "100", True])
def test_a_cycle_is_an_integer(vault: Vault, at: Any) -> None:  # noqa: ANN401 - what it is not
    message = refused(vault, Act(bank=1, row=0), IllegalCommandError, at=at)
    assert message == f"at must be a cycle or None, got {at!r}"
