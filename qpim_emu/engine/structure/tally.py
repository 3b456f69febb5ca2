"""Adding up the phases of a vault, and what its barrier adds."""

from __future__ import annotations

from collections import defaultdict
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.structure.measure import measure
from qpim_emu.hardware.counters import BANK_COUNTERS
from qpim_emu.hardware.gating import enabled_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.arith.window import Window
    from qpim_emu.engine.structure.measure import PhaseCost
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.walks import Walk

__all__ = ["VaultTally"]


class VaultTally:
    """Counts the phases that one vault runs in one layer.

    Feed it phases with `read` and `write`, then `close` it once: that adds the commands and the
    cycles, refreshes at the barrier included, to the counters.

    Parameters
    ----------
    counters
        Where to count.
    vault
        The vault.
    spec
        The machine.

    Examples
    --------
    >>> from qpim_emu.arith.formats import Int
    >>> from qpim_emu.arith.window import Window
    >>> from qpim_emu.hardware import TOY
    >>> from qpim_emu.hardware.counters import Counters
    >>> from qpim_emu.mapping.walks import Walk
    >>> counters = Counters.empty(TOY)
    >>> tally = VaultTally(counters, 1, TOY)
    >>> tally.read([Walk(base=0, run=5)], Window(Int(8)))
    >>> tally.write([Walk(base=8, run=3)])
    >>> tally.close()
    >>> counters.total("rd2"), counters.total("wr"), counters.vault["cycles"].tolist()
    (2, 3, [0, 22])
    """

    def __init__(self, counters: Counters, vault: int, spec: Spec) -> None:
        self.counters = counters
        self.vault = vault
        self.spec = spec
        self.amounts: dict[str, int] = defaultdict(int)
        self.costs: list[PhaseCost] = []

    def count(self, name: str, amount: int) -> None:
        """Add to a counter of the vault."""
        self.amounts[name] += amount

    def read(self, walks: Sequence[Walk], window: Window, *, times: int = 1) -> None:
        """Count a phase that reads, `times` times."""
        self.add_reads(measure(walks, spec=self.spec, window=window) * times, window)

    def write(self, walks: Sequence[Walk], *, times: int = 1) -> None:
        """Count a phase that writes, `times` times."""
        self.add_writes(measure(walks, spec=self.spec) * times)

    def add_reads(self, cost: PhaseCost, window: Window) -> None:
        """Count phases that read, measured before."""
        self.costs.append(cost)
        offered = cost.blocks_read * self.spec.block_lines
        enabled = cost.blocks_read * self.spec.words_per_block * enabled_lines(window, self.spec)
        self.count("offered", offered)
        self.count("enabled", enabled)
        self.count("gated", offered - enabled)
        self.count("tsv_bits", enabled)

    def add_writes(self, cost: PhaseCost) -> None:
        """Count phases that write, measured before."""
        self.costs.append(cost)
        bits = cost.blocks_written * self.spec.block_lines
        self.count("written_bits", bits)
        self.count("tsv_bits", bits)

    def close(self) -> None:
        """Add everything to the counters, refreshes and cycles of the barrier included."""
        cycles = sum(cost.cycles for cost in self.costs)
        refreshes = sum(cost.refreshes for cost in self.costs)
        times = self.spec.timing.cycles
        late = max(0, cycles - refreshes * times.refi) // (times.refi - times.rfc)
        self.count("ref", refreshes + late)
        self.count("cycles", cycles + late * times.rfc)
        for name, amount in self.amounts.items():
            self.counters.vault[name][self.vault] += amount
        if not self.costs:
            return
        commands = reduce(np.add, (cost.commands for cost in self.costs)).T
        for name, counts in zip(BANK_COUNTERS, commands, strict=True):
            self.counters.bank[name][self.vault] += counts
