"""Blocks of sums in registers, of vectors that are multiplied where they lie.

The inner loop is that of `qpim_emu.engine.fast.kernels.blocks`; here it goes from run to run of
consecutive operands. Vectors of a group lie at equal distances from each other, so few registers
hold all their addresses.
"""

from __future__ import annotations

from typing import Any, Final

from numba import types

from qpim_emu.engine.fast.kernels.blocks import Block, ProductEmission, instruction_of
from qpim_emu.engine.fast.kernels.emission import INDEX, bases_of, cgutils, emitted
from qpim_emu.engine.fast.kernels.fetching import Ahead
from qpim_emu.engine.fast.kernels.kernel import LINE

__all__ = ["GROUP", "PIECE", "multiply_groups"]

GROUP: Final = 7
"""Vectors of a group."""

PIECE: Final = ("distance", "step", "steps", "chunks")
"""What an array of pieces of K has in a row: operands from the beginning of a vector, first step
and number of steps, chunks of steps in the pieces before that are multiplied together with it."""


class WindowEmission(ProductEmission):
    """Writes inner loops over pieces of K."""

    def emit_pieces(
        self,
        rows: int,
        block: Block,
        pieces: tuple[Any, Any, Any, Any],
        ahead: Ahead,
        size: int,
    ) -> None:
        """Write them.

        Parameters
        ----------
        rows, block, ahead
            As for `emit`; addresses are those of distance 0, step 0 and chunk 0.
        pieces
            Address of the first piece and bytes between them; first to be taken, and past the last.
        size
            Bytes of an operand.
        """
        builder, (base, stride, first, past) = self.builder, pieces
        totals = self.totals(rows)
        step_bytes = INDEX(self.instruction.vectors * self.bytes)
        with cgutils.for_range(builder, past, start=first) as loop:
            row = self.at(base, loop.index, stride)
            distance, step, steps, chunks = (self.member(row, name) for name in PIECE)
            here = block._replace(
                streamed=tuple(self.at(at, distance, INDEX(size)) for at in block.streamed),
                resident=self.at(block.resident, step, step_bytes),
            )
            then = ahead._replace(
                streamed=tuple(self.at(at, distance, INDEX(size)) for at in ahead.streamed),
                resident=self.at(ahead.resident, chunks, builder.mul(ahead.lines, INDEX(LINE))),
            )
            self.walk(totals, here, steps, then)
        step = self.member(self.at(base, first, stride), "step")
        begins = builder.icmp_signed("==", step, INDEX(0))
        for number, vectors in enumerate(totals):
            for vector, slices in enumerate(vectors):
                self.finish(slices, block, (number, vector), begins)

    def member(self, piece: Any, name: str) -> Any:  # noqa: ANN401
        """Load a member of a piece."""
        size = INDEX.width // 8
        return self.load(self.at(piece, INDEX(PIECE.index(name)), INDEX(size)), INDEX)


@emitted
def multiply_groups(_: Any, panels: Any, arrays: Any, size: Any, places: Any, after: Any) -> Any:  # noqa: ANN401
    """Multiply groups of vectors with one panel over pieces of K.

    Parameters
    ----------
    panels
        Packed weights.
    arrays
        Streamed operands ``[n]``, sums ``[vectors, columns]`` and pieces ``int64[pieces, 4]``
        (`PIECE`).
    size
        Groups, a literal: 1 or 2.
    places
        Where the first vector of each of two groups begins; operands between vectors; row of the
        sums, and panel; first piece, and the one past the last.
    after
        What to fetch for each chunk of steps: where the first vector of each of two groups begins,
        and how many vectors of each; panel, step and line of the table, and how many lines.
    """
    count = size.literal_value

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        kinds = signature.args[0][0], *signature.args[1]
        parts = builder.extract_value(values[0], 0), *cgutils.unpack_tuple(builder, values[1])
        bases, strides = bases_of(context, builder, kinds, parts)
        emission = WindowEmission(builder, instruction_of(signature.args[0]))
        *begun, pitch, row, panel, first, past = cgutils.unpack_tuple(builder, values[3])
        *next_begun, rows, next_panel, step, line, lines = cgutils.unpack_tuple(builder, values[4])
        operand = strides[1][0]
        width = emission.instruction.vectors * emission.instruction.lanes * emission.sum_bytes
        block = Block(
            streamed=tuple(emission.at(bases[1], at, operand) for at in begun[:count]),
            resident=emission.at(bases[0], panel, strides[0][0]),
            sums=emission.at(emission.at(bases[2], row, strides[2][0]), panel, INDEX(width)),
            starts=None,
            planes=INDEX(0),
            row=builder.mul(pitch, operand),
            sums_row=strides[2][0],
        )
        table = emission.at(emission.at(bases[0], next_panel, strides[0][0]), step, strides[0][1])
        ahead = Ahead(
            streamed=tuple(emission.at(bases[1], at, operand) for at in next_begun[:count]),
            rows=rows,
            resident=emission.at(table, line, INDEX(LINE)),
            lines=lines,
        )
        pieces = bases[3], strides[3][0], first, past
        emission.emit_pieces(GROUP * count, block, pieces, ahead, kinds[1].dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(panels, arrays, size, places, after), generate
