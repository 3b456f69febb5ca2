"""Counts the lines that change, command by command.

::

    lines held     0 1 1 0 1 0 0 1
    driven         1 1 1 1 . . . .      a read of 4 lines; the others carry no event
    image          1 1 0 0 . . . .
    lines then     1 1 0 0 1 0 0 1      2 toggles
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bitarray.util import ones, zeros

from qpim_emu.hardware.events import Observer
from qpim_emu.hardware.switching import Switching

if TYPE_CHECKING:
    from bitarray import bitarray

    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec

__all__ = ["SwitchingObserver", "switching_observers"]


class SwitchingObserver(Observer):
    """Adds the toggles of one vault to the layer's counters; every line is 0 at first.

    Parameters
    ----------
    counters
        Counters of the layer, made for `Switching.MEASURED`.
    vault
        Number of the vault.
    spec
        The machine.
    """

    def __init__(self, counters: Counters, *, vault: int, spec: Spec) -> None:
        self.line_toggles = counters.bank["line_toggles"][vault]
        self.bus_toggles = counters.vault["bus_toggles"][vault : vault + 1]
        self.tsv_toggles = counters.vault["tsv_toggles"][vault : vault + 1]
        self.lines = [zeros(spec.block_lines, endian="little") for _ in range(spec.banks)]
        self.bus = zeros(spec.block_lines, endian="little")

    def read(
        self,
        *,
        cycle: int,  # noqa: ARG002
        bank: int,
        row: int,  # noqa: ARG002
        column: int,  # noqa: ARG002
        blocks: int,  # noqa: ARG002
        enabled: int,  # noqa: ARG002
        bus: bitarray,
        driven: bitarray,
    ) -> None:
        """Drive the lines that the gating enables."""
        self.carry(bank, bus, driven)

    def wrote(
        self,
        *,
        cycle: int,  # noqa: ARG002
        bank: int,
        row: int,  # noqa: ARG002
        column: int,  # noqa: ARG002
        bus: bitarray,
    ) -> None:
        """Drive every line."""
        self.carry(bank, bus, ones(len(bus), endian="little"))

    def carry(self, bank: int, image: bitarray, driven: bitarray) -> None:
        """Put an image on the lines of a bank, on the bus and, the same image, on the TSVs."""
        self.line_toggles[bank] += drive(self.lines[bank], image, driven)
        changed = drive(self.bus, image, driven)
        self.bus_toggles += changed
        self.tsv_toggles += changed


def drive(lines: bitarray, image: bitarray, driven: bitarray) -> int:
    """Change the driven lines to the image, in place; returns how many changed."""
    changed = (lines ^ image) & driven
    lines ^= changed
    return changed.count()


def switching_observers(
    switching: Switching, counters: Counters, *, vault: int, spec: Spec
) -> list[Observer]:
    """Observers of a vault that measuring takes: one, or none."""
    if switching is Switching.ASSUMED:
        return []
    return [SwitchingObserver(counters, vault=vault, spec=spec)]
