"""Sums of a chunk of columns to accumulators and words: the inner loop of draining, emitted.

A chunk is up to `LANES` columns that go to one block of filters. Its constants stay in registers
while rows follow each other: rows of sums, of accumulators and of words lie at equal distances.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llvmlite import ir
from numba import types

from qpim_emu.engine.fast.kernels.arrays import ArrayEmission, members
from qpim_emu.engine.fast.kernels.codes import CodeEmission
from qpim_emu.engine.fast.kernels.emission import (
    INDEX,
    LANE,
    WORD,
    cgutils,
    emitted,
)
from qpim_emu.engine.fast.kernels.registers import Checked, Starts, checked_totals, totals
from qpim_emu.engine.fast.kernels.requantize import LANES, Coded, Nothing
from qpim_emu.engine.fast.kernels.values import Values

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CLAMPED", "OVERFLOWS", "Place", "drain_rows"]

FLOATS = {32: ir.FloatType(), 64: ir.DoubleType()}
"""Types of LLVM by their bits."""

OVERFLOWS, CLAMPED = 0, 1
"""Rows of events."""


class Place(NamedTuple):
    """Where rows begin that follow each other in one image.

    Attributes
    ----------
    piece
        Of the job.
    sums, row
        Row of the sums, and of the accumulators.
    stream
        That all of them belong to.
    image, pixel
        Where its words go.
    """

    piece: Any
    sums: Any
    stream: Any
    row: Any
    image: Any
    pixel: Any


class Chunk(NamedTuple):
    """A chunk of a piece's columns.

    Attributes
    ----------
    number
        Of its constants.
    column, width
        First column, and how many there are.
    live
        Columns that outputs come from; the others are neither counted nor written.
    block, lane, words
        Block of filters, first word in it, and how many to write: 0 beyond the live ones.
    span
        Where it is counted.
    """

    number: Any
    column: Any
    width: Any
    live: Any
    block: Any
    lane: Any
    words: Any
    span: Any


class ChunkEmission(ArrayEmission):
    """Writes the loop over the rows of a chunk.

    Parameters
    ----------
    frame
        Context of numba, and builder of LLVM.
    operands
        Type and value of the `Drain`, those of the events, and those of the sums.
    rows
        Where rows begin, and how many there are.
    chunk
        Which columns.
    is_full
        Whether it has `LANES` columns, all of them live, and as many words.
    """

    def __init__(
        self,
        frame: tuple[Any, Any],
        operands: tuple[tuple[Any, Any], tuple[Any, Any], tuple[Any, Any]],
        rows: tuple[Place, Any],
        chunk: Chunk,
        *,
        is_full: bool,
    ) -> None:
        super().__init__(*frame, LANES)
        drain, events, sums = operands
        self.place, self.count = rows
        self.chunk = chunk
        self.is_full = is_full
        self.parts = members(self.builder, *drain)
        self.events, self.sums = self.array(*events), self.array(*sums)
        self.are_floats = isinstance(sums[0].dtype, types.Float)
        self.counts: dict[int, Any] = {}
        self.register = self.parts["register"][0].instance_class
        self.mode = self.parts["unit"][0].instance_class
        numbers = ir.Constant(self.vector(INDEX), list(range(LANES)))
        self.live = Values(self.builder, numbers).compare("<", self.splat(chunk.live))

    def emit(self) -> None:
        """Write the loop."""
        place, totals_of = self.place, self.prepare_totals()
        write = self.prepare_words()
        accumulators = self.array(*self.parts["accumulators"])
        kept = self.builder.icmp_signed(">", accumulators.shape[0], INDEX(0))
        taken = self.address(self.sums, place.sums, self.chunk.column)
        offset = self.address(self.array(*self.parts["columns"]), place.piece)
        column = self.builder.add(self.chunk.column, self.load(offset, INDEX))
        given = self.address(accumulators, place.row, column)
        with cgutils.for_range(self.builder, self.count) as loop:
            row = self.at(taken, loop.index, self.sums.strides[0])
            total = totals_of(self.read(row, self.sums.kind))
            held = total.to(accumulators.kind)
            with self.builder.if_then(kept):
                target = self.at(given, loop.index, accumulators.strides[0])
                self.write(held, target, self.chunk.width)
            write(held, loop.index)
        self.add_counts()

    def prepare_totals(self) -> Callable[[Values], Values]:
        """Load what sums start at; returns what makes totals of the sums of a row."""
        builder, parts = self.builder, members(self.builder, *self.parts["register"])
        starts = self.array(*parts["starts"])
        corrections, biases = (
            Values(
                builder,
                self.load(self.address(starts, self.chunk.number, INDEX(i)), self.vector(INDEX)),
            )
            for i in range(2)
        )
        found = Starts(corrections, biases)
        kind = ir.IntType(self.parts["accumulators"][0].dtype.bitwidth)
        if self.register is not Checked:
            return lambda sums: totals(sums, found, kind)
        unused = self.splat(builder.sub(INDEX(INDEX.width), parts["bits"][1]))
        overflows = self.counter(OVERFLOWS)

        def checked(sums: Values) -> Values:
            total, outside = checked_totals(sums, found, unused)
            overflows(outside)
            return total

        return checked

    def counter(self, number: int) -> Callable[[Values], None]:
        """What counts flags of a row as events of a kind."""
        held, builder = self.variable(LANE), self.builder
        self.counts[number] = held

        def count(flags: Values) -> None:
            found = (flags if self.is_full else flags & self.live).count()
            builder.store(builder.add(builder.load(held), found), held)

        return count

    def add_counts(self) -> None:
        """Add what was counted to the events of the vault that computed the rows."""
        builder, place = self.builder, self.place
        vaults = self.address(self.array(*self.parts["vaults"]), place.stream, self.chunk.span)
        vault = self.load(vaults, INDEX)
        for number, held in self.counts.items():
            target = self.address(self.events, INDEX(number), vault)
            found = builder.zext(builder.load(held), INDEX)
            self.store(builder.add(self.load(target, INDEX), found), target)

    def prepare_words(self) -> Callable[[Values, Any], None]:
        """Load the constants of the mode; returns what makes words of the totals of a row."""
        place, words = self.place, self.array(*self.parts["words"])
        first = self.address(
            words, place.image, self.chunk.block, place.pixel, INDEX(0), self.chunk.lane
        )
        bits = self.parts["word_bits"][1]
        ones = self.builder.sub(self.builder.shl(INDEX(1), bits), INDEX(1))
        mask = self.live.chosen(self.splat(ones), 0).to(WORD)

        def store(code: Values, place: Any) -> None:  # noqa: ANN401
            self.write(code & mask, place, self.chunk.words)

        if self.mode is Nothing:

            def write(held: Values, row: Any) -> None:  # noqa: ANN401
                given = self.at(first, row, words.strides[2])
                with cgutils.for_range(self.builder, words.shape[3]) as part:
                    shift = self.splat(self.builder.mul(part.index, bits)).to(held.kind)
                    store((held >> shift).to(WORD), self.at(given, part.index, words.strides[3]))

        elif issubclass(self.mode, Coded):
            emission, clamped = self.prepare_codes(), self.counter(CLAMPED)

            def write(held: Values, row: Any) -> None:  # noqa: ANN401
                code, changed = emission.codes(held)
                clamped(changed)
                store(code, self.at(first, row, words.strides[2]))

        else:

            def write(held: Values, row: Any) -> None:  # noqa: ANN401
                pass

        return write

    def prepare_codes(self) -> CodeEmission:
        """Find the constants of the mode."""
        parts = members(self.builder, *self.parts["unit"])
        constants, table = (self.array(*parts[name]) for name in ("constants", "thresholds"))
        many = self.builder.icmp_signed(">", table.shape[0], INDEX(1))
        chunk = self.builder.select(many, self.chunk.number, INDEX(0))
        return CodeEmission(
            self.builder,
            self.mode,
            self.address(constants, self.chunk.number),
            self.address(table, chunk),
            table.shape[1],
        )

    def read(self, place: Any, kind: Any) -> Values:  # noqa: ANN401
        """Load the sums of the columns that there are; others are 0."""
        if self.is_full:
            vector = self.load(place, self.vector(kind))
        else:
            vector = self.load_first(place, kind, self.chunk.width)
        if self.are_floats:  # which hold integers
            element = FLOATS[kind.width]
            vector = self.builder.bitcast(vector, self.vector(element))
            vector = self.builder.fptosi(vector, self.vector(kind))
        return Values(self.builder, vector)

    def write(self, values: Values, place: Any, width: Any) -> None:  # noqa: ANN401
        """Store the first elements: all of a full chunk."""
        if self.is_full:
            self.store(values.vector, place)
        else:
            self.store_first(values.vector, place, width)


def emit_piece(frame: tuple[Any, Any], operands: Any, rows: tuple[Place, Any]) -> None:  # noqa: ANN401
    """Write the loop over all chunks of a piece; parameters as of `ChunkEmission`."""
    builder, arrays = frame[1], ArrayEmission(*frame, LANES)
    chunks, piece = arrays.array(*members(builder, *operands[0])["chunks"]), rows[0].piece
    with cgutils.for_range(builder, chunks.shape[1]) as loop:
        number = builder.add(builder.mul(piece, chunks.shape[1]), loop.index)
        first = arrays.address(chunks, piece, loop.index)
        fields = [
            arrays.load(arrays.at(first, INDEX(i), chunks.strides[2]), INDEX)
            for i in range(len(Chunk._fields) - 1)
        ]
        chunk, most = Chunk(number, *fields), INDEX(LANES)
        both = builder.and_(builder.and_(chunk.width, chunk.live), chunk.words)  # none exceeds it
        with builder.if_else(builder.icmp_signed("==", both, most)) as (then, otherwise):
            with then:
                ChunkEmission(frame, operands, rows, chunk, is_full=True).emit()
            with otherwise:
                ChunkEmission(frame, operands, rows, chunk, is_full=False).emit()


@emitted
def drain_rows(_: Any, drain: Any, events: Any, sums: Any, place: Any, rows: Any) -> Any:  # noqa: ANN401
    """Drain all chunks of some rows.

    Parameters
    ----------
    drain
        A `qpim_emu.engine.fast.kernels.draining.Drain`.
    events
        ``int64[2, vaults]``, added to.
    sums
        ``[rows, columns or more]``, integers, of floating point as well.
    place
        A `Place`: where the rows begin.
    rows
        How many there are, all of one image and one stream.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        operands = tuple(zip(signature.args[:3], values[:3], strict=True))
        first = Place(*cgutils.unpack_tuple(builder, values[3]))
        emit_piece((context, builder), operands, (first, values[4]))
        return context.get_dummy_value()

    return types.void(drain, events, sums, place, rows), generate
