"""Trace Event Format (JSON), which Perfetto and chrome://tracing show on a time line.

A vault is a process. Its threads: the program (which phase), the bus (data on the data lines),
the lanes (data of a STREAM), refresh, and one for each bank, where a slice is an open row and the
slices inside it are its column commands. Times are microseconds, exact.
"""

from __future__ import annotations

import json
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.traces.record import TraceRecord
    from qpim_emu.traces.source import Trace

__all__ = ["write"]

PROGRAM, BUS, LANES, REFRESH, FIRST_BANK = range(5)
THREADS = ("program", "bus", "lanes", "refresh")
EXACT = Context(prec=60)
NANOSECONDS = 1000
"""In a microsecond."""


def write(trace: Trace, file: TextIO) -> None:
    """Write a trace as one JSON object, an event per line."""
    file.write('{"displayTimeUnit":"ns","traceEvents":[\n')
    separator = ""
    for event in events(trace):
        file.write(separator + event)
        separator = ",\n"
    file.write("\n]}\n")


def events(trace: Trace) -> Iterator[str]:
    """All events, each as JSON; those of a row or a phase come when it ends."""
    for vault in trace.vaults:
        yield from names(vault, trace.spec)
    timelines = {vault: Timeline(vault, trace.spec) for vault in trace.vaults}
    for one in trace:
        yield from timelines[one.vault].show(one)
    for timeline in timelines.values():
        yield from timeline.end_phase(trace.end)


def names(vault: int, spec: Spec) -> Iterator[str]:
    """Names of a vault's process and threads."""
    banks = (f"bank {bank}" for bank in range(spec.banks))
    yield metadata(vault, PROGRAM, "process_name", name=f"vault {vault}")
    for thread, name in enumerate((*THREADS, *banks)):
        yield metadata(vault, thread, "thread_name", name=name)
        yield metadata(vault, thread, "thread_sort_index", sort_index=thread)


def metadata(vault: int, thread: int, kind: str, **arguments: object) -> str:
    """One metadata event."""
    return json.dumps({"ph": "M", "name": kind, "pid": vault, "tid": thread, "args": arguments})


class Timeline:
    """The slices of one vault.

    Parameters
    ----------
    vault, spec
        Number of the vault, and the machine.
    """

    def __init__(self, vault: int, spec: Spec) -> None:
        self.vault = vault
        self.cycles = spec.timing.cycles
        self.microseconds = EXACT.divide(spec.timing.tck_ns, Decimal(NANOSECONDS))
        self.digits = -(-spec.word_bits // 4)
        self.open: dict[int, TraceRecord] = {}
        self.phase: TraceRecord | None = None

    def show(self, one: TraceRecord) -> Iterator[str]:
        """Slices that a command starts or ends."""
        if self.phase is None or self.phase.phase != one.phase:
            yield from self.end_phase(one.cycle)
            self.phase = one
        if one.is_column:
            yield from self.column(one)
        elif one.command == "ACT":
            self.open[one.bank] = one
        elif one.command == "PRE":
            since = self.open.pop(one.bank).cycle
            thread = FIRST_BANK + one.bank
            yield self.slice(thread, f"row {one.row}", since, one.cycle, row=one.row)
        elif one.command == "REF":
            yield self.slice(REFRESH, "REF", one.cycle, one.cycle + self.cycles.rfc)

    def column(self, one: TraceRecord) -> Iterator[str]:
        """A column command in its bank, and its data on the bus and at the lanes."""
        facts: dict[str, Any] = {
            "bank": one.bank,
            "row": one.row,
            "column": one.column,
            "blocks": one.blocks,
            "mask": f"0x{one.mask:0{self.digits}x}",
        }
        start, end = one.cycle + self.cycles.cl, one.cycle + self.cycles.read_latency
        yield self.slice(
            FIRST_BANK + one.bank, one.command, one.cycle, one.cycle + 1, column=one.column
        )
        yield self.slice(BUS, one.command, start, end, **facts)
        if one.phase == "STREAM":
            yield self.slice(LANES, f"{one.blocks} x STREAM", start, end, blocks=one.blocks)

    def end_phase(self, cycle: int) -> Iterator[str]:
        """Slice of the phase that ends, if one has begun; equal phases in a row are one slice."""
        if self.phase is not None and cycle > self.phase.cycle:
            yield self.slice(PROGRAM, self.phase.phase, self.phase.cycle, cycle)
        self.phase = None

    def slice(self, thread: int, name: str, start: int, end: int, **facts: object) -> str:
        """One complete event; times are written as exact decimals."""
        named = json.dumps({"ph": "X", "name": name, "pid": self.vault, "tid": thread})
        times = f'"ts":{self.time(start)},"dur":{self.time(end - start)}'
        return f'{named[:-1]},{times},"args":{json.dumps(facts)}}}'

    def time(self, cycle: int) -> str:
        """Cycles in microseconds."""
        return format(EXACT.multiply(cycle, self.microseconds), "f")
