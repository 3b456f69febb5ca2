"""How much of the machine did others take meanwhile? A figure taken beside them is too slow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tests.benchmarks.peaks import THREADS

__all__ = ["Neighbours"]

COUNTED: Final = Path("/proc/stat")
IDLE = {3, 4}
"""Fields of its first line that count processors at rest: idle, and waiting for input."""

FIELDS = 8
"""Fields that do not overlap: to ``steal``, what other guests of the host took."""


class Neighbours:
    """Counts from when it was made."""

    def __init__(self) -> None:
        self.clock = os.times().elapsed
        self.begun = self.busy()

    @staticmethod
    def busy() -> float:
        """Seconds that processors worked for others than this process and its children."""
        if not COUNTED.exists():
            return 0.0
        fields = COUNTED.read_text(encoding="ascii").split("\n", 1)[0].split()[1 : FIELDS + 1]
        ticks = sum(int(field) for i, field in enumerate(fields) if i not in IDLE)
        return ticks / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])

    def share(self) -> float:
        """Percent of the time of `THREADS` processors; 0 where the system does not tell."""
        elapsed = os.times().elapsed - self.clock
        return max(0.0, 100 * (self.busy() - self.begun) / elapsed / THREADS)
