"""What one phase costs: commands by bank, cycles, refreshes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.structure.phase import Access, Rules, run_phase
from qpim_emu.engine.structure.tables import walk_row
from qpim_emu.hardware.counters import BANK_COUNTERS
from qpim_emu.hardware.gating import max_blocks
from qpim_emu.hardware.spec import PartnerRule, RowPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.arith.window import Window
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.walks import Walk
    from qpim_emu.typing import IntArray

__all__ = ["PhaseCost", "measure"]

KEPT_PHASES = 1 << 14
KEPT_SPECS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseCost:
    """Commands and time of a phase, or of several.

    Attributes
    ----------
    commands
        ``int64[banks, 6]``, the columns in the order of `BANK_COUNTERS`.
    cycles
        From idle to idle.
    refreshes
        Refreshes inside it.
    blocks_read, blocks_written
        Blocks that its reads delivered, and its writes carried.
    """

    commands: IntArray
    cycles: int
    refreshes: int
    blocks_read: int
    blocks_written: int

    def __add__(self, other: PhaseCost) -> PhaseCost:
        return PhaseCost(
            commands=self.commands + other.commands,
            cycles=self.cycles + other.cycles,
            refreshes=self.refreshes + other.refreshes,
            blocks_read=self.blocks_read + other.blocks_read,
            blocks_written=self.blocks_written + other.blocks_written,
        )

    def __mul__(self, times: int) -> PhaseCost:
        return PhaseCost(
            commands=self.commands * times,
            cycles=self.cycles * times,
            refreshes=self.refreshes * times,
            blocks_read=self.blocks_read * times,
            blocks_written=self.blocks_written * times,
        )


def measure(walks: Sequence[Walk], *, spec: Spec, window: Window | None = None) -> PhaseCost:
    """Measure one phase, from all banks idle to all banks idle.

    Parameters
    ----------
    walks
        Walks over block addresses of a vault. Only their place within a stripe matters; phases
        that differ by whole stripes are measured once.
    spec
        The machine.
    window
        Window that the blocks are read through; ``None`` if they are written.

    Examples
    --------
    >>> from qpim_emu.arith.formats import Int
    >>> from qpim_emu.arith.window import Window
    >>> from qpim_emu.hardware import TOY
    >>> from qpim_emu.mapping.walks import Walk
    >>> cost = measure([Walk(base=1, run=5)], spec=TOY, window=Window(Int(8)))
    >>> cost.commands.tolist(), cost.cycles
    ([[1, 1, 1, 1, 0, 0], [1, 1, 0, 1, 0, 0]], 9)
    """
    rows = [walk_row(walk) for walk in walks]
    origin = min((row[0] for row in rows), default=0) // spec.stripe * spec.stripe
    key = tuple((row[0] - origin, *row[1:]) for row in rows)
    return measure_rows(spec, 0 if window is None else max_blocks(window, spec), key)


@lru_cache(maxsize=KEPT_PHASES)
def measure_rows(spec: Spec, most: int, rows: tuple[tuple[int, ...], ...]) -> PhaseCost:
    """Measure walks given as rows of a table (`qpim_emu.engine.structure.tables`)."""
    aligned = spec.partner_rule is PartnerRule.ALIGNED
    access = Access(spec.columns, spec.banks, most, aligned, rules_of(spec, writes=most == 0))
    table = np.array(rows, np.int64).reshape(len(rows), -1)
    commands, cycles, refreshes = run_phase(table, access)
    per_command = dict(zip(BANK_COUNTERS, commands.sum(axis=0).tolist(), strict=True))
    return PhaseCost(
        commands=commands,
        cycles=int(cycles),
        refreshes=int(refreshes),
        blocks_read=per_command["rd"] + 2 * per_command["rd2"] + 4 * per_command["rd4"],
        blocks_written=per_command["wr"],
    )


@lru_cache(maxsize=KEPT_SPECS)
def rules_of(spec: Spec, *, writes: bool) -> Rules:
    """Times of a machine for a phase of reads or of writes."""
    cycles = spec.timing.cycles
    return Rules(
        rcd=cycles.rcd,
        rp=cycles.rp,
        ras=cycles.ras,
        recovery=cycles.write_recovery if writes else cycles.rtp,
        rrd=cycles.rrd,
        faw=cycles.faw,
        ccd=cycles.ccd,
        rfc=cycles.rfc,
        refi=cycles.refi,
        latency=cycles.read_latency,
        look_ahead=spec.look_ahead,
        closed=spec.row_policy is RowPolicy.CLOSED,
    )
