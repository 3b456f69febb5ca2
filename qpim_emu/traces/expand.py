"""From the phases of one vault to its commands in order, a refresh interval at a time.

The controller issues out of order: it opens rows ahead of the column commands before them, and
closes a bank as early as legal, which may be long ago. Sorting nevertheless needs only a bounded
window, because two kinds of event separate all commands before them from all behind them:

* The end of a phase. Every bank has been precharged and has waited tRP, and the last data have
  arrived; the next phase starts there, and no command is issued before the start of its phase.
* A REF inside a phase. It needs every bank precharged tRP ago, and every ACT and every column
  command is older than the PRE of its bank; so all that was issued is older than the REF. The
  next ACT waits tRFC, and every command behind needs an ACT behind it (the next REF is younger).

A phase refreshes before the first column command at or after each deadline, so between two such
events lie at most tREFI / tCCD column commands, each with at most one PRE and one ACT, and one
MODE. Only the REFs of the barrier come without an end: one per tREFI of the layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.literal.controller import Controller
from qpim_emu.engine.literal.program import read_run
from qpim_emu.engine.observers import TraceObserver
from qpim_emu.hardware.commands import Mode, Wr
from qpim_emu.hardware.gating import gating_mask, max_blocks
from qpim_emu.traces.blank import blank_vault
from qpim_emu.traces.record import PhaseKind, TraceRecord

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from qpim_emu.engine.observers import TraceEntry
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.traces.program import TracePhase

__all__ = ["expand_vault"]

BLOCKS = {"RD": 1, "RD2": 2, "RD4": 4, "WR": 1}


class WindowObserver(TraceObserver):
    """Collects commands, and notes how many of them can be put in order already."""

    def __init__(self) -> None:
        super().__init__()
        self.final = 0

    def refreshed(self, *, cycle: int) -> None:
        """REF: everything up to here is older than everything behind."""
        super().refreshed(cycle=cycle)
        self.final = len(self.collected)

    def take(self, count: int) -> list[TraceEntry]:
        """Remove the first `count` commands and put them in order."""
        taken = self.collected[:count]
        del self.collected[:count]
        self.final = 0
        return sorted(taken, key=lambda entry: entry.key)

    def take_final(self) -> list[TraceEntry]:
        """Take what can be put in order already."""
        return self.take(self.final) if self.final else []

    def take_all(self) -> list[TraceEntry]:
        """Take everything, at the end of a phase."""
        return self.take(len(self.collected))


class Recorder:
    """Turns commands in order into records; MODE decides what the reads behind it enable.

    Parameters
    ----------
    spec, vault
        The machine, and the number of the vault.
    """

    def __init__(self, spec: Spec, vault: int) -> None:
        self.spec = spec
        self.vault = vault
        self.mask = 0

    def records(self, entries: Iterable[TraceEntry], phase: PhaseKind) -> Iterator[TraceRecord]:
        """Records of the next commands of the vault."""
        for entry in entries:
            mask, blocks = 0, BLOCKS.get(entry.name, 0)
            if entry.window is not None:
                self.mask = mask = gating_mask(entry.window, self.spec)
                blocks = max_blocks(entry.window, self.spec)
            elif blocks:
                mask = self.spec.word_mask if entry.name == "WR" else self.mask
            yield TraceRecord(
                cycle=entry.cycle,
                command=entry.name,
                vault=self.vault,
                bank=entry.bank,
                row=entry.row,
                column=entry.column,
                mask=mask,
                blocks=blocks,
                phase=phase,
            )


def expand_vault(
    phases: Iterable[TracePhase], spec: Spec, *, vault: int
) -> Generator[TraceRecord, None, int]:
    """Yield the commands of one vault by (cycle, REF < PRE < column < ACT, bank).

    Returns
    -------
    int
        Cycles the vault is busy, the refreshes of the barrier included.
    """
    observer = WindowObserver()
    controller = Controller(blank_vault(spec, observer))
    recorder = Recorder(spec, vault)
    for phase in phases:
        for _ in issue(phase, controller):
            if observer.final:
                yield from recorder.records(observer.take_final(), phase.kind)
        controller.end_phase()
        yield from recorder.records(observer.take_all(), phase.kind)
    busy = controller.barrier()
    yield from recorder.records(observer.take_all(), PhaseKind.BARRIER)
    return busy


def issue(phase: TracePhase, controller: Controller) -> Iterator[None]:
    """Issue the commands of a phase but for the PREs at its end, pausing after each column."""
    if phase.window is not None:
        controller.vault.issue(Mode(window=phase.window))
    for walk in phase.walks:
        for runs in walk.vector_runs():
            for first in runs:
                if phase.window is None:
                    yield from write_run(controller, first, walk.run)
                else:
                    yield from (None for _ in read_run(controller, first, walk.run, phase.window))


def write_run(controller: Controller, first: int, blocks: int) -> Iterator[None]:
    """Write a run of blocks of zeros."""
    spec = controller.vault.spec
    words = (0,) * spec.words_per_block
    for block in range(first, first + blocks):
        place = spec.place(block)
        controller.column(Wr(bank=place.bank, column=place.column, words=words), place.row)
        yield
