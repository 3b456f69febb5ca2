"""Is every command illegal one cycle before its constraint allows it, and legal then?

Each scenario sets one constraint up alone: one delay is long, every other is a single cycle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qpim_emu.arith.formats import Int
from qpim_emu.arith.window import Window
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.errors import TimingError
from qpim_emu.hardware import CONSTRAINTS, TOY, Spec
from qpim_emu.hardware.commands import Act, Mac, Mode, Pre, Rd, Ref, Wr
from tests.timing_cases import NAMES, timing_of
from tests.vault_state import refused

if TYPE_CHECKING:
    from qpim_emu.hardware.commands import Command

LONG = 20
WORDS = (1, 2, 3, 4)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Commands at given cycles, then one that has to wait for `earliest`."""

    rule: str
    delays: dict[str, int] = field(default_factory=dict)
    before: tuple[tuple[Command, int], ...]
    command: Command
    earliest: int
    pair: tuple[str, str, str, int] = ("", "", "", 0)

    @property
    def spec(self) -> Spec:
        """Eight banks; every delay but `delays` is one cycle."""
        cycles = {**dict.fromkeys(NAMES, 1), **self.delays}
        return TOY.replace(banks_per_layer=8, timing=timing_of(refi=1000, **cycles))


def act(bank: int, row: int = 0) -> Act:
    return Act(bank=bank, row=row)


def rd(bank: int) -> Rd:
    return Rd(bank=bank, column=0)


def wr(bank: int) -> Wr:
    return Wr(bank=bank, column=0, words=WORDS)


OPEN_TWO = ((act(0), 0), (act(1), 1))

SCENARIOS = (
    Scenario(
        rule="tRCD before a read", pair=("ACT", "RD", "bank", 1),
        delays={"rcd": LONG}, before=((act(0), 5),), command=rd(0), earliest=5 + LONG,
    ),
    Scenario(
        rule="tRCD before a write", pair=("ACT", "WR", "bank", 1),
        delays={"rcd": LONG}, before=((act(0), 5),), command=wr(0), earliest=5 + LONG,
    ),
    Scenario(
        rule="tRAS", pair=("ACT", "PRE", "bank", 1),
        delays={"ras": LONG}, before=((act(0), 5), (rd(0), 6)), command=Pre(bank=0),
        earliest=5 + LONG,
    ),
    Scenario(
        rule="tRP before ACT", pair=("PRE", "ACT", "bank", 1),
        delays={"rp": LONG}, before=((act(0), 0), (Pre(bank=0), 7)), command=act(0, 1),
        earliest=7 + LONG,
    ),
    Scenario(
        rule="tRTP", pair=("RD", "PRE", "bank", 1),
        delays={"rtp": LONG}, before=((act(0), 0), (rd(0), 3), (rd(0), 9)), command=Pre(bank=0),
        earliest=9 + LONG,
    ),
    *(
        Scenario(
            # tCL + tCCD + tWR, one of them long: 20 + 1 + 1
            rule=f"write recovery, t{name.upper()}", pair=("WR", "PRE", "bank", 1),
            delays={name: LONG}, before=((act(0), 0), (wr(0), 9)), command=Pre(bank=0),
            earliest=9 + LONG + 1 + 1,
        )
        for name in ("cl", "ccd", "wr")
    ),
    Scenario(
        rule="tRRD", pair=("ACT", "ACT", "vault", 1),
        # tRRD may be tRAS + tRP at most; bank 0 is not touched again
        delays={"rrd": LONG, "ras": LONG}, before=((act(0), 5),), command=act(1), earliest=5 + LONG,
    ),
    Scenario(
        rule="tFAW", pair=("ACT", "ACT", "vault", 4),
        # a fifth ACT waits for the first of four, not for the ones between
        delays={"faw": LONG, "ras": LONG},
        before=((act(0), 2), (act(1), 4), (act(2), 7), (act(3), 11)),
        command=act(4), earliest=2 + LONG,
    ),
    Scenario(
        rule="tCCD between reads", pair=("RD", "RD", "vault", 1),
        delays={"ccd": LONG}, before=(*OPEN_TWO, (rd(0), 4)), command=rd(1), earliest=4 + LONG,
    ),
    Scenario(
        rule="tCCD from read to write", pair=("RD", "WR", "vault", 1),
        delays={"ccd": LONG}, before=(*OPEN_TWO, (rd(0), 4)), command=wr(1), earliest=4 + LONG,
    ),
    Scenario(
        rule="tCCD from write to read", pair=("WR", "RD", "vault", 1),
        delays={"ccd": LONG}, before=(*OPEN_TWO, (wr(0), 4)), command=rd(1), earliest=4 + LONG,
    ),
    Scenario(
        rule="tCCD between writes", pair=("WR", "WR", "vault", 1),
        delays={"ccd": LONG}, before=(*OPEN_TWO, (wr(0), 4)), command=wr(1), earliest=4 + LONG,
    ),
    Scenario(
        rule="tRP before REF", pair=("PRE", "REF", "vault", 1),
        # the last PRE of any bank counts, also if it was issued before another one in time
        delays={"rp": LONG},
        before=(*OPEN_TWO, (Pre(bank=1), 9), (Pre(bank=0), 6)), command=Ref(), earliest=9 + LONG,
    ),
    Scenario(
        rule="tRFC before ACT", pair=("REF", "ACT", "vault", 1),
        delays={"rfc": LONG}, before=((Ref(), 3),), command=act(7), earliest=3 + LONG,
    ),
    Scenario(
        rule="tRFC between refreshes", pair=("REF", "REF", "vault", 1),
        delays={"rfc": LONG}, before=((Ref(), 3),), command=Ref(), earliest=3 + LONG,
    ),
)  # fmt: skip


def prepared(scenario: Scenario) -> Vault:
    """A vault whose first rows are written, behind the commands of a scenario."""
    vault = Vault(scenario.spec)
    stripe = np.ones((scenario.spec.stripe, scenario.spec.words_per_block), np.uint16)
    vault.image.write(0, stripe)
    vault.issue(Mode(window=Window(Int(16))))
    for command, at in scenario.before:
        vault.issue(command, at)
    return vault


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.rule)
def test_a_command_is_illegal_before_and_legal_at_its_cycle(scenario: Scenario) -> None:
    vault = prepared(scenario)
    message = refused(vault, scenario.command, TimingError, at=scenario.earliest - 1)
    assert f"in cycle {scenario.earliest} or later, got {scenario.earliest - 1}" in message
    vault.issue(scenario.command, scenario.earliest)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.rule)
def test_without_a_cycle_a_command_comes_at_the_earliest_one(scenario: Scenario) -> None:
    vault = prepared(scenario)
    assert vault.earliest(scenario.command) == scenario.earliest
    vault.issue(scenario.command)
    name = {Act: "ACT", Pre: "PRE", Rd: "RD", Wr: "WR", Ref: "REF"}[type(scenario.command)]
    assert vault.recent[name][-1] == scenario.earliest


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.rule)
def test_a_later_cycle_is_legal_too(scenario: Scenario) -> None:
    prepared(scenario).issue(scenario.command, scenario.earliest + 13)


def test_every_row_of_the_table_has_a_scenario() -> None:
    table = {(row.before, row.after, str(row.scope), row.window) for row in CONSTRAINTS}
    assert {scenario.pair for scenario in SCENARIOS} == table


def test_only_the_fourth_last_activation_counts_for_tfaw() -> None:
    # tFAW = 20: ACTs at 0, 10, 11, 12 and 20; the sixth waits for the second, 10 + 20
    spec = SCENARIOS[9].spec
    vault = Vault(spec)
    for bank, at in enumerate((0, 10, 11, 12, 20)):
        vault.issue(act(bank), at)
    refused(vault, act(5), TimingError, at=29)
    vault.issue(act(5), 30)


def test_banks_do_not_wait_for_each_other_where_they_need_not() -> None:
    # tRP, tRAS and tRTP hold within a bank: row commands of two banks share cycle 9
    vault = Vault(TOY)
    vault.issue(act(0), 0)
    vault.issue(act(1), 1)
    vault.issue(Pre(bank=0), 9)
    vault.issue(Pre(bank=1), 9)
    vault.issue(act(0), 11)


def test_a_vault_starts_no_command_before_its_start() -> None:
    vault = Vault(TOY)
    vault.start = 40
    refused(vault, act(0), TimingError, at=39)
    vault.issue(act(0))
    assert vault.recent["ACT"] == [40]


def test_logic_commands_take_no_cycles() -> None:
    vault = Vault(TOY)
    vault.issue(act(0), 0)
    vault.issue(Mode(window=Window(Int(4))), 1000)
    assert vault.earliest(wr(0)) == 3  # tRCD alone
    assert vault.earliest(Mac(part=0, resident=0, accumulator=0, live=1)) == 0


def test_a_read_comes_no_earlier_than_its_window() -> None:
    vault = Vault(TOY)
    vault.issue(Mode(window=Window(Int(4))), 50)
    vault.issue(act(0), 0)
    vault.issue(wr(0))
    assert vault.earliest(rd(0)) == 50
    assert vault.earliest(Mode(window=Window(Int(8)))) == 50  # nor a window before the last one
    with pytest.raises(TimingError, match="must be issued in cycle 50 or later, got 49"):
        vault.issue(rd(0), 49)
