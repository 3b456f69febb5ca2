"""Value change dump (IEEE 1364): the vaults as signals, for a waveform viewer.

::

    vaultN              phase, column (ASCII), mask, bus, blocks, lanes, refresh
    vaultN.bankN        open, row (x while closed)

`bus` is high while data of a read or a write are on the data lines, `blocks` says how many, and
`lanes` is high while they are those of a STREAM.
"""

from __future__ import annotations

from fractions import Fraction
from heapq import heappop, heappush
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.traces.record import TraceRecord
    from qpim_emu.traces.source import Trace

__all__ = ["write"]

FEMTOSECONDS = 10**6
"""In a nanosecond."""

PRINTABLE = [chr(code) for code in range(33, 127)]
COMMAND_BITS, PHASE_BITS, COUNT_BITS = 24, 56, 3


def write(trace: Trace, file: TextIO) -> None:
    """Write a trace; the unit of time is a femtosecond, so that every clock is exact."""
    widths = signals(trace)
    codes = {name: code_of(index) for index, name in enumerate(widths)}
    file.write("$version qpim-emu $end\n$timescale 1 fs $end\n")
    declare(trace, widths, codes, file)
    changes = Changes(trace.spec, widths, codes, file)
    for name in widths:
        changes.at(0, name, None if name.endswith("row") else 0)
    for one in trace:
        changes.write_before(one.cycle)
        show(one, changes, trace.spec)
    changes.write_before(None)
    file.write(f"#{changes.time(trace.end)}\n")


def signals(trace: Trace) -> dict[str, int]:
    """Width of every signal by its full name, scope by scope."""
    spec = trace.spec
    widths = {
        "phase": PHASE_BITS,
        "column": COMMAND_BITS,
        "mask": spec.word_bits,
        "bus": 1,
        "blocks": COUNT_BITS,
        "lanes": 1,
        "refresh": 1,
    }
    row_bits = max(1, (spec.rows - 1).bit_length())
    named: dict[str, int] = {}
    for vault in trace.vaults:
        named |= {f"vault{vault}.{name}": width for name, width in widths.items()}
        for bank in range(spec.banks):
            named |= {f"vault{vault}.bank{bank}.open": 1, f"vault{vault}.bank{bank}.row": row_bits}
    return named


def code_of(index: int) -> str:
    """Short identifier of a signal."""
    code = PRINTABLE[index % len(PRINTABLE)]
    while index := index // len(PRINTABLE):
        code += PRINTABLE[index % len(PRINTABLE)]
    return code


def declare(trace: Trace, widths: dict[str, int], codes: dict[str, str], file: TextIO) -> None:
    """Write the scopes and their signals."""
    for vault in trace.vaults:
        file.write(f"$scope module vault{vault} $end\n")
        banks = [f"vault{vault}.bank{bank}" for bank in range(trace.spec.banks)]
        for scope in (f"vault{vault}", *banks):
            own = [name for name in widths if name.rpartition(".")[0] == scope]
            lines = [
                f"$var wire {widths[name]} {codes[name]} {name.rpartition('.')[2]} $end\n"
                for name in own
            ]
            if scope in banks:
                lines = [f"$scope module {scope.rpartition('.')[2]} $end\n", *lines]
                lines.append("$upscope $end\n")
            file.writelines(lines)
        file.write("$upscope $end\n")
    file.write("$enddefinitions $end\n")


def show(one: TraceRecord, changes: Changes, spec: Spec) -> None:
    """Enter what a command changes, now and later."""
    vault, cycles, at = f"vault{one.vault}", spec.timing.cycles, one.cycle
    bank = f"{vault}.bank{one.bank}"
    changes.at(at, f"{vault}.phase", ascii_value(one.phase))
    if one.is_column:
        changes.pulse(at, at + 1, f"{vault}.column", ascii_value(one.command))
        start, end = at + cycles.cl, at + cycles.read_latency
        changes.pulse(start, end, f"{vault}.bus", 1)
        changes.pulse(start, end, f"{vault}.blocks", one.blocks)
        changes.pulse(start, end, f"{vault}.lanes", int(one.phase == "STREAM"))
    elif one.command == "MODE":
        changes.at(at, f"{vault}.mask", one.mask)
    elif one.command == "REF":
        changes.pulse(at, at + cycles.rfc, f"{vault}.refresh", 1)
    else:
        is_open = one.command == "ACT"
        changes.at(at, f"{bank}.open", int(is_open))
        changes.at(at, f"{bank}.row", one.row if is_open else None)


def ascii_value(text: str) -> int:
    """Text as a number, first character highest, as viewers show ASCII signals."""
    return int.from_bytes(text.encode("ascii"), "big")


class Changes:
    """Value changes waiting to be written in order of time.

    A command changes signals at its cycle and, with its data, some cycles later; nothing it
    changes lies before it, so all that is older than the next command can be written.

    Parameters
    ----------
    spec, widths, codes, file
        The machine; width and identifier of every signal; where to write.
    """

    def __init__(
        self, spec: Spec, widths: dict[str, int], codes: dict[str, str], file: TextIO
    ) -> None:
        self.period = Fraction(spec.timing.tck_ns) * FEMTOSECONDS
        self.widths = widths
        self.codes = codes
        self.file = file
        self.shown: dict[str, int | None] = {}
        self.waiting: list[tuple[int, int, str, int | None]] = []
        self.entered = 0

    def at(self, cycle: int, name: str, value: int | None) -> None:
        """Change a signal; None is an unknown value. Of several in a cycle, the last counts."""
        heappush(self.waiting, (cycle, self.entered, name, value))
        self.entered += 1

    def pulse(self, start: int, end: int, name: str, value: int) -> None:
        """Show a value from `start` up to `end`, then 0."""
        self.at(start, name, value)
        self.at(end, name, 0)

    def time(self, cycle: int) -> int:
        """Cycle in femtoseconds."""
        return int(cycle * self.period)

    def write_before(self, cycle: int | None) -> None:
        """Write the changes before a cycle, all of them if None."""
        while self.waiting and (cycle is None or self.waiting[0][0] < cycle):
            now = self.waiting[0][0]
            values: dict[str, int | None] = {}
            while self.waiting and self.waiting[0][0] == now:
                _, _, name, value = heappop(self.waiting)
                values[name] = value
            new = [name for name in values if self.shown.get(name, ...) != values[name]]
            if new:
                self.file.write(f"#{self.time(now)}\n")
                self.file.writelines(self.line(name, values[name]) for name in new)
            self.shown |= values

    def line(self, name: str, value: int | None) -> str:
        """One value change."""
        bits = "x" if value is None else f"{value:b}"
        if self.widths[name] == 1:
            return f"{bits}{self.codes[name]}\n"
        return f"b{bits} {self.codes[name]}\n"
