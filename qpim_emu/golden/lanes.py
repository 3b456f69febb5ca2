"""What the lanes of one vault do, written as the literal tier does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qpim_emu.engine.literal.lanes import Lanes
from qpim_emu.engine.literal.program import VaultProgram
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.golden.columns import accumulator_digits, numbered
from qpim_emu.hardware.commands import Mac
from qpim_emu.mapping.outputs import output_word
from qpim_emu.mapping.phases import Load, Stream, Write
from qpim_emu.traces import PhaseKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qpim_emu.arith.window import Window
    from qpim_emu.engine.literal.lanes import Drained
    from qpim_emu.golden.columns import Column, Table
    from qpim_emu.golden.commands import CommandRecorder
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.outputs import OutputIndex
    from qpim_emu.mapping.phases import Phase
    from qpim_emu.mapping.plane import Plane

__all__ = ["LaneTables", "RecordedProgram", "RecordedVault", "lane_columns"]

KINDS = {Load: PhaseKind.LOAD, Stream: PhaseKind.STREAM, Write: PhaseKind.WRITE}
OUTPUT: tuple[Column, ...] = (("image", 4), ("filter", 6), ("pixel", 8))


def lane_columns(spec: Spec, accumulator_bits: int) -> dict[str, tuple[Column, ...]]:
    """Columns of the tables of the lanes, by the names of `LaneTables`."""
    digits = accumulator_digits(accumulator_bits)
    words = zip(
        numbered("zero", 5, spec.words_per_block),
        numbered("operand", 5, spec.words_per_block),
        strict=True,
    )
    return {
        "buffer": (
            ("command", 8),
            ("part", 1),
            ("address", 4),
            *(c for pair in words for c in pair),
        ),
        "starts": (("accumulator", 8), ("lane", 2), ("filter", 6), ("bias", digits)),
        "macs": (
            *(("command", 8), ("part", 1), ("resident", 4), ("accumulator", 8), ("slot", 2)),
            *(("first", 1), ("last", 1), ("live", 2), ("zero", 5)),
            *OUTPUT,
        ),
        "adds": (("mac", 8), ("lane", 2), ("amount", 12), ("value", digits), ("clipped", 1)),
        "drains": (
            *(("accumulator", 8), ("lane", 2)),
            *OUTPUT,
            *(("value", digits), ("output", 16), ("clamped", 1), ("overflowed", 1)),
            *(("bank", 2), ("row", 6), ("column", 3), ("word", 2)),
        ),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneTables:
    """The tables that tell what the lanes do, named like their files."""

    buffer: Table
    starts: Table
    macs: Table
    adds: Table
    drains: Table


class RecordedVault(Vault):
    """A vault whose MACs are written down.

    Attributes
    ----------
    tables
        Where they go.
    recorder
        Its observer, which knows the record of the last read.
    stream
        The phase that issues MACs, and the program it belongs to.
    """

    tables: LaneTables
    recorder: CommandRecorder
    stream: tuple[RecordedProgram, Stream]

    def issue(self, command: Any, at: int | None = None) -> Any:  # noqa: ANN401 - see Vault.issue
        """Issue a command; of a MAC, write what it did to its accumulators."""
        if not isinstance(command, Mac):
            return super().issue(command, at)
        before = [register.total for register in self.registers(command)]
        result = super().issue(command, at)
        self.write_mac(command, before)
        return result

    def registers(self, command: Mac) -> list[Any]:
        """Accumulators of a MAC, none where it will be refused."""
        return self.require_lanes("MAC").registers.get(command.accumulator, [])

    def write_mac(self, command: Mac, before: Sequence[int]) -> None:
        """Write ``macs.txt``, ``adds.txt`` and, where accumulators start, ``starts.txt``."""
        program, phase = self.stream
        lanes, tables = self.require_lanes("MAC"), self.tables
        vector, slot = divmod(command.accumulator, phase.count)
        position = command.resident - slot * phase.chunk.blocks
        is_first = phase.is_first and position == 0
        is_last = phase.is_last and position == phase.chunk.blocks - 1
        index = program.outputs_of(phase.plane, phase.first + slot, vector)[0]
        if is_first:
            filters = lanes.filters[command.accumulator]
            for lane, (m, bias) in enumerate(zip(filters, before, strict=True)):
                tables.starts.write(command.accumulator, lane, m, bias)
        for lane, (register, total) in enumerate(zip(self.registers(command), before, strict=True)):
            amount = register.total - total
            clipped = lanes.clipped.pop(0) if isinstance(lanes, RecordedLanes) else False
            tables.adds.write(tables.macs.records, lane, amount, register.value, clipped)
        tables.macs.write(
            *(self.recorder.command, command.part, command.resident, command.accumulator, slot),
            *(is_first, is_last, command.live, lanes.streamed_zero_point),
            *(index.image, index.filter, index.pixel),
        )


class RecordedLanes(Lanes):
    """Lanes that write down what fills their PE buffer.

    Attributes
    ----------
    vault
        The vault they belong to.
    clipped
        Whether each addition of the last MAC was clipped.
    """

    vault: RecordedVault
    clipped: list[bool]
    source: tuple[int, int]

    def fill(self, operands: list[int], zero_points: Sequence[int]) -> None:
        """Append a block and write ``buffer.txt``."""
        super().fill(operands, zero_points)
        command = self.vault.recorder.command
        known, part = self.source
        part = part + 1 if known == command else 0
        self.source = command, part
        pairs = zip(zero_points, self.buffer[-1], strict=True)
        address = len(self.buffer) - 1
        self.vault.tables.buffer.write(command, part, address, *(n for pair in pairs for n in pair))

    def multiply(
        self, streamed: Sequence[int], *, resident: int, address: int, live: int
    ) -> list[tuple[int, int, bool]]:
        """Multiply and remember what was clipped."""
        results = super().multiply(streamed, resident=resident, address=address, live=live)
        self.clipped = [clipped for _, _, clipped in results]
        return results


class RecordedProgram(VaultProgram):
    """A program whose vault is a `RecordedVault`."""

    def execute(self, phase: Phase) -> Iterator[tuple[OutputIndex, Drained]]:
        """Execute a phase, and let the vault know which."""
        vault = self.recorded
        vault.recorder.enter(KINDS[type(phase)])
        if isinstance(phase, Stream):
            vault.stream = (self, phase)
        return super().execute(phase)

    @property
    def recorded(self) -> RecordedVault:
        """The vault."""
        assert isinstance(self.vault, RecordedVault)  # noqa: S101 - whoever made it did so
        return self.vault

    def fresh_lanes(self, plane: Plane, window: Window) -> Lanes:
        """Lanes that write down what they do."""
        plain = super().fresh_lanes(plane, window)
        lanes = RecordedLanes(
            reduce=plain.reduce,
            accumulator=plain.accumulator,
            requantize=plain.requantize,
            resident_bits=plain.resident_bits,
        )
        lanes.vault, lanes.clipped, lanes.source = self.recorded, [], (-1, 0)
        return lanes

    def drain(self, phase: Stream, vector: int) -> Iterator[tuple[OutputIndex, Drained]]:
        """Drain the accumulators of a vector and write ``drains.txt``."""
        lanes = len(self.outputs_of(phase.plane, phase.first, vector))
        for number, (index, drained) in enumerate(super().drain(phase, vector)):
            slot, lane = divmod(number, lanes)
            word = output_word(
                phase.plane,
                resident=phase.first + slot,
                vector=vector,
                lane=lane,
                words=self.words,
            )
            place = self.plan.spec.place(phase.plane.output_bases[word.region] + word.block)
            self.recorded.tables.drains.write(
                *(vector * phase.count + slot, lane, index.image, index.filter, index.pixel),
                *(drained.accumulator, drained.code, drained.clamped, drained.overflowed),
                *(place.bank, place.row, place.column, word.word),
            )
            yield index, drained
