"""Observers that go with any execution: several at once, and a trace of the commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.hardware.events import Observer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bitarray import bitarray

    from qpim_emu.arith.window import Window

__all__ = ["TraceEntry", "TraceObserver", "fan_out"]

ORDER = {"MODE": 0, "REF": 0, "PRE": 1, "RD": 2, "RD2": 2, "RD4": 2, "WR": 2, "ACT": 3}
READ_NAMES = {1: "RD", 2: "RD2", 4: "RD4"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceEntry:
    """One command of a trace.

    Attributes
    ----------
    cycle
        Cycle it was issued in, from the start of the layer.
    name
        ``MODE``, ``ACT``, ``RD``, ``RD2``, ``RD4``, ``WR``, ``PRE`` or ``REF``.
    bank, row, column
        Its place, -1 where it has none.
    enabled
        Lines enabled (all of a block for ``WR``), 0 without data.
    window
        Window set by ``MODE``.
    """

    cycle: int
    name: str
    bank: int = -1
    row: int = -1
    column: int = -1
    enabled: int = 0
    window: Window | None = None

    @property
    def key(self) -> tuple[int, int, int]:
        """Order of a trace: cycle, then REF < PRE < column < ACT, then bank."""
        return self.cycle, ORDER[self.name], self.bank


class TraceObserver(Observer):
    """Collects the MODE and DRAM commands of one vault."""

    def __init__(self) -> None:
        self.collected: list[TraceEntry] = []

    @property
    def entries(self) -> list[TraceEntry]:
        """The trace in order."""
        return sorted(self.collected, key=lambda entry: entry.key)

    def mode(self, *, cycle: int, window: Window) -> None:
        """MODE."""
        self.collected.append(TraceEntry(cycle=cycle, name="MODE", window=window))

    def activated(self, *, cycle: int, bank: int, row: int) -> None:
        """ACT."""
        self.collected.append(TraceEntry(cycle=cycle, name="ACT", bank=bank, row=row))

    def precharged(self, *, cycle: int, bank: int, row: int) -> None:
        """PRE."""
        self.collected.append(TraceEntry(cycle=cycle, name="PRE", bank=bank, row=row))

    def refreshed(self, *, cycle: int) -> None:
        """REF."""
        self.collected.append(TraceEntry(cycle=cycle, name="REF"))

    def read(
        self,
        *,
        cycle: int,
        bank: int,
        row: int,
        column: int,
        blocks: int,
        enabled: int,
        bus: bitarray,  # noqa: ARG002 - traces hold no data
        driven: bitarray,  # noqa: ARG002
    ) -> None:
        """RD, RD2, RD4."""
        self.collected.append(
            TraceEntry(
                cycle=cycle,
                name=READ_NAMES[blocks],
                bank=bank,
                row=row,
                column=column,
                enabled=enabled,
            )
        )

    def wrote(self, *, cycle: int, bank: int, row: int, column: int, bus: bitarray) -> None:
        """WR."""
        self.collected.append(
            TraceEntry(cycle=cycle, name="WR", bank=bank, row=row, column=column, enabled=len(bus))
        )


def fan_out(*observers: Observer) -> Observer:
    """Make one observer that tells several."""
    if len(observers) == 1:
        return observers[0]
    combined = Observer()
    for name in vars(Observer):
        if not name.startswith("_"):
            setattr(combined, name, relay([getattr(observer, name) for observer in observers]))
    return combined


def relay(methods: list[Callable[..., None]]) -> Callable[..., None]:
    """Call every method with the same arguments."""

    def call(**event: object) -> None:
        for method in methods:
            method(**event)

    return call
