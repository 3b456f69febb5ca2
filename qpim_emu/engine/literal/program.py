"""Phases into commands: how a vault executes LOAD, STREAM and WRITE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.literal.lanes import Drained, Lanes
from qpim_emu.hardware.commands import Drain, Mac, Mode, Rd, Wr
from qpim_emu.hardware.gating import blocks_of_read
from qpim_emu.mapping.outputs import OutputIndex, output_index, output_word
from qpim_emu.mapping.phases import Load, Phase, Stream, Write
from qpim_emu.mapping.plane import Reduce, Streamed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qpim_emu.arith.window import Window
    from qpim_emu.engine.literal.bus import BusImage
    from qpim_emu.engine.literal.controller import Controller
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane

__all__ = ["VaultProgram", "read_run"]


def read_run(controller: Controller, first: int, blocks: int, window: Window) -> Iterator[BusImage]:
    """Read a run, as many blocks at a time as the window and the partner rule allow."""
    spec = controller.vault.spec
    past = first + blocks
    while first < past:
        count = blocks_of_read(first, past, window, spec)
        place = spec.place(first)
        command = Rd(bank=place.bank, column=place.column, blocks=count)
        yield controller.column(command, place.row)
        first += count


class VaultProgram:
    """Executes the phases of one vault.

    Parameters
    ----------
    plan
        The mapped layer.
    controller
        Controller of the vault, its operands placed in the vault's image.
    """

    def __init__(self, plan: Plan, controller: Controller) -> None:
        self.plan = plan
        self.controller = controller
        self.vault = controller.vault
        self.words = plan.spec.words_per_block
        self.staged: dict[tuple[int, int], list[int]] = {}

    def execute(self, phase: Phase) -> Iterator[tuple[OutputIndex, Drained]]:
        """Execute a phase, yielding the outputs it completes."""
        match phase:
            case Load():
                self.load(phase)
            case Stream():
                yield from self.stream(phase)
            case Write():
                self.write(phase)
        self.controller.end_phase()

    def load(self, phase: Load) -> None:
        """Fill the PE buffer; the lanes start afresh with the first chunk."""
        plane, window = phase.plane, self.plan.resident_window(phase.plane)
        if phase.chunk.first == 0:
            self.vault.lanes = self.fresh_lanes(plane, window)
        lanes = self.vault.require_lanes("LOAD")
        lanes.buffer.clear()
        self.vault.issue(Mode(window=window))
        for walk in phase.walks:
            for resident, runs in enumerate(walk.vector_runs(), phase.first):
                zero_points = self.resident_zero_points(plane, resident)
                for run in runs:
                    for bus in read_run(self.controller, run, walk.run, window):
                        for part in range(bus.blocks):
                            lanes.fill(bus.operands(part), zero_points)
                        words = bus.blocks * self.words
                        self.vault.observer.buffered(words=words, bits=window.precision)

    def fresh_lanes(self, plane: Plane, window: Window) -> Lanes:
        """Lanes with nothing accumulated yet."""
        layer = self.plan.layer
        return Lanes(
            reduce=plane.reduce,
            accumulator=layer.accumulator,
            requantize=layer.requantize,
            resident_bits=window.precision,
        )

    def stream(self, phase: Stream) -> Iterator[tuple[OutputIndex, Drained]]:
        """Stream every vector past the resident ones."""
        window = self.plan.streamed_window(phase.plane)
        self.vault.issue(Mode(window=window))
        vector = 0
        for walk in phase.walks:
            for runs in walk.vector_runs():
                self.begin_vector(phase, vector)
                position = phase.chunk.first
                for run in runs:
                    for bus in read_run(self.controller, run, walk.run, window):
                        self.multiply(phase, vector, position, bus)
                        position += bus.blocks
                if phase.is_last:
                    yield from self.drain(phase, vector)
                vector += 1

    def begin_vector(self, phase: Stream, vector: int) -> None:
        """Set the streamed zero point, and start the accumulators where they begin."""
        plane, layer = phase.plane, self.plan.layer
        lanes = self.vault.require_lanes("STREAM")
        if plane.streamed is Streamed.WEIGHTS:
            lanes.streamed_zero_point = int(layer.weight_zero_point[plane.first + vector])
        else:
            lanes.streamed_zero_point = layer.activation_zero_point
        if not phase.is_first:
            return
        for slot in range(phase.count):
            filters = [index.filter for index in self.outputs_of(plane, phase.first + slot, vector)]
            biases = [int(layer.bias[index]) for index in filters]
            lanes.start(vector * phase.count + slot, filters=filters, biases=biases)

    def multiply(self, phase: Stream, vector: int, position: int, bus: BusImage) -> None:
        """Let the blocks of one read meet every resident vector, block by block."""
        for part in range(bus.blocks):
            block = position + part
            live = phase.plane.live_words(block, self.words)
            self.vault.observer.streamed(blocks=1)
            for slot in range(phase.count):
                self.vault.issue(
                    Mac(
                        part=part,
                        resident=slot * phase.chunk.blocks + block - phase.chunk.first,
                        accumulator=vector * phase.count + slot,
                        live=live,
                    )
                )

    def drain(self, phase: Stream, vector: int) -> Iterator[tuple[OutputIndex, Drained]]:
        """Drain the accumulators of a vector and stage their codes."""
        for slot in range(phase.count):
            resident = phase.first + slot
            drained = self.vault.issue(Drain(accumulator=vector * phase.count + slot))
            indices = self.outputs_of(phase.plane, resident, vector)
            for lane, (index, output) in enumerate(zip(indices, drained, strict=True)):
                self.stage(phase.plane, resident, vector, lane, output.code)
                yield index, output

    def outputs_of(self, plane: Plane, resident: int, vector: int) -> list[OutputIndex]:
        """Outputs that one accumulator address stands for: one, or one per live lane."""
        lanes = plane.tail if plane.reduce is Reduce.PER_LANE else 1
        return [
            output_index(plane, resident=resident, vector=vector, lane=lane, words=self.words)
            for lane in range(lanes)
        ]

    def resident_zero_points(self, plane: Plane, resident: int) -> Sequence[int]:
        """Zero point of each word of a resident block; 0 in lanes without a channel."""
        layer = self.plan.layer
        if plane.streamed is Streamed.WEIGHTS:
            return [layer.activation_zero_point] * self.words
        points = [
            int(layer.weight_zero_point[index.filter])
            for index in self.outputs_of(plane, resident, 0)
        ]
        if plane.reduce is Reduce.PER_LANE:
            return points + [0] * (self.words - len(points))
        return points * self.words

    def stage(self, plane: Plane, resident: int, vector: int, lane: int, code: int) -> None:
        """Put an output code into the words of its region, low word first."""
        spec, stored = self.plan.spec, self.plan.layer.output_format
        bits = stored.to_field(code) if stored.encoding is Encoding.BIPOLAR else code
        place = output_word(plane, resident=resident, vector=vector, lane=lane, words=self.words)
        for part in range(plane.output_words):
            block = self.staged.setdefault((place.region, place.block + part), [0] * self.words)
            block[place.word] = (bits >> (part * spec.word_bits)) & spec.word_mask

    def write(self, phase: Write) -> None:
        """Write one region of staged outputs and forget it."""
        (walk,) = phase.walks
        for block in range(walk.run):
            place = self.plan.spec.place(walk.base + block)
            words = tuple(self.staged.pop((phase.index, block)))
            self.controller.column(Wr(bank=place.bank, column=place.column, words=words), place.row)
