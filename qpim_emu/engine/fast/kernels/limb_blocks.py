"""Blocks of saturating accumulators in two vectors of 32-bit lanes: the inner loop, emitted.

`qpim_emu.engine.fast.kernels.limbs` says what the two hold, and why clipping them is exact.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from llvmlite import ir
from numba import types

from qpim_emu.engine.fast.kernels.blocks import ProductEmission
from qpim_emu.engine.fast.kernels.emission import (
    INDEX,
    LANE,
    Emission,
    bases_of,
    cgutils,
    emitted,
)
from qpim_emu.engine.fast.kernels.instructions import GROUP_BYTES, INSTRUCTIONS, VNNI8, VNNI16

__all__ = ["HALF_BITS", "LANES", "SLICES", "VECTORS", "saturate_block"]

HALF_BITS: Final = 16
"""Bits of a total that `high` leaves out."""

LANES: Final = 16
VECTORS: Final = 2
"""Vectors of resident operands in a panel."""

SLICES: Final = 3
"""Vectors that a group of operands takes: two of pairs of words, and one of upper bytes."""

BYTES: Final = LANES * GROUP_BYTES


class Places(NamedTuple):
    """Addresses of a block: streamed words and bytes, resident panel, and corrections.

    `row` and `byte_row` are the bytes between streamed vectors; `block` and `half` those between
    the corrections of blocks, and between their halves.
    """

    words: Any
    bytes: Any
    resident: Any
    corrections: Any
    row: Any
    byte_row: Any
    block: Any
    half: Any


class Total(NamedTuple):
    """Variables of a vector of registers."""

    high: Any
    low: Any
    clips: Any


class LimbEmission(Emission):
    """Writes the loop over blocks of K.

    Parameters
    ----------
    builder
        Where instructions go.
    limits
        Least and largest content of a register, 64 bits.
    """

    def __init__(self, builder: Any, limits: tuple[Any, Any]) -> None:  # noqa: ANN401
        super().__init__(builder, LANES)
        self.kind = self.vector(LANE)
        self.pairs = ProductEmission(builder, INSTRUCTIONS[VNNI16.panels])
        self.quads = ProductEmission(builder, INSTRUCTIONS[VNNI8.panels])
        self.limits = [self.split(self.broadcast(limit)) for limit in limits]

    def split(self, totals: Any) -> tuple[Any, Any]:  # noqa: ANN401
        """Both parts of totals of 64 bits."""
        builder = self.builder
        upper = builder.ashr(totals, self.full(INDEX, HALF_BITS))
        return builder.trunc(upper, self.kind), builder.trunc(totals, self.kind)

    def full(self, element: Any, value: int) -> Any:  # noqa: ANN401
        """Repeat a number in all lanes."""
        return ir.Constant(self.vector(element), [value] * LANES)

    def emit(
        self, places: Places, held: list[list[tuple[Any, Any]]], counts: tuple[Any, Any]
    ) -> None:
        """Write it.

        Parameters
        ----------
        places
            Where operands are.
        held
            Addresses of the contents and the clips of each streamed and resident vector.
        counts
            Blocks, and groups of each.
        """
        builder, (blocks, groups) = self.builder, counts
        state = [[self.begin(place) for place in row] for row in held]
        with cgutils.for_range(builder, blocks) as block:
            begun = builder.mul(block.index, groups)
            with cgutils.for_range(builder, groups) as group:
                self.add_group(state, places, builder.add(begun, group.index))
            lacking = self.at(places.corrections, block.index, places.block)
            self.clip_all(state, lacking, places.half)
        for row, line in zip(state, held, strict=True):
            for total, place in zip(row, line, strict=True):
                self.finish(total, place)

    def begin(self, place: tuple[Any, Any]) -> Total:
        """Variables with the contents of a vector of registers, and no clips."""
        total = Total(*[self.variable(self.kind) for _ in range(3)])
        high, low = self.split(self.load(place[0], self.vector(INDEX)))
        self.builder.store(high, total.high)
        self.builder.store(low, total.low)
        return total

    def add_group(self, state: list[list[Total]], places: Places, step: Any) -> None:  # noqa: ANN401
        """Add the products of a group of operands."""
        panel = self.at(places.resident, step, INDEX(SLICES * VECTORS * BYTES))
        words = self.at(places.words, step, INDEX(2 * GROUP_BYTES))
        upper = self.at(places.bytes, step, INDEX(GROUP_BYTES))
        for part in range(SLICES):
            resident = [
                self.load(self.at(panel, INDEX(BYTES), INDEX(part * VECTORS + v)), self.kind)
                for v in range(VECTORS)
            ]
            is_pair = part < SLICES - 1
            for number, row in enumerate(state):
                place = (
                    self.at(words, INDEX(number), places.row, part * GROUP_BYTES)
                    if is_pair
                    else self.at(upper, INDEX(number), places.byte_row)
                )
                streamed = self.broadcast(self.load(place, LANE))
                for total, operand in zip(row, resident, strict=True):
                    if is_pair:
                        self.pairs.multiply_add(total.low, streamed, operand)
                    else:
                        self.quads.multiply_add(total.high, streamed, operand)

    def clip_all(self, state: list[list[Total]], lacking: Any, half: Any) -> None:  # noqa: ANN401
        """Bring all totals into the range of the register; `lacking` is added before."""
        first = lacking, self.builder.gep(lacking, [half])
        corrections = [
            [self.load(self.at(place, INDEX(v), INDEX(BYTES)), self.kind) for place in first]
            for v in range(VECTORS)
        ]
        for row in state:
            for total, (high, low) in zip(row, corrections, strict=True):
                self.clip(total, high, low)

    def clip(self, total: Total, high: Any, low: Any) -> None:  # noqa: ANN401
        """Do it for one vector, and count what is clipped."""
        builder, half = self.builder, self.full(LANE, HALF_BITS)
        high = builder.add(builder.load(total.high), high)
        low = builder.add(builder.load(total.low), low)
        rest = builder.sub(low, builder.shl(high, half))
        exact = high = builder.add(high, builder.ashr(rest, half))
        clips = builder.load(total.clips)
        for relation, (upper, lower) in zip("<>", self.limits, strict=True):
            outside = builder.icmp_signed(relation, exact, upper)
            high = builder.select(outside, upper, high)
            low = builder.select(outside, lower, low)
            clips = builder.sub(clips, builder.sext(outside, self.kind))
        for value, variable in zip((high, low, clips), total, strict=True):
            builder.store(value, variable)

    def finish(self, total: Total, place: tuple[Any, Any]) -> None:
        """Store the contents, and add the clips to those stored."""
        builder, kind = self.builder, self.vector(INDEX)
        high, low, clips = (builder.load(variable) for variable in total)
        upper = builder.shl(builder.sext(high, kind), self.full(INDEX, HALF_BITS))
        lower = builder.and_(low, self.full(LANE, (1 << HALF_BITS) - 1))
        self.store(builder.or_(upper, builder.zext(lower, kind)), place[0])
        self.store(builder.add(self.load(place[1], kind), builder.zext(clips, kind)), place[1])


@emitted
def saturate_block(_: Any, panels: Any, streamed: Any, state: Any, rows: Any, place: Any) -> Any:  # noqa: ANN401
    """Step through K for `rows` streamed vectors (a literal) and one panel.

    `streamed` are words and their upper bytes, `state` the registers and the steps as for
    `saturate_limbs`; `place` is the first row and the panel.
    """
    registers, steps = state

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        words, upper = cgutils.unpack_tuple(builder, values[1])
        held, (corrections, groups, _parts) = (
            cgutils.unpack_tuple(builder, part) for part in cgutils.unpack_tuple(builder, values[2])
        )
        kinds = signature.args[0][0], *signature.args[1], steps[0], *registers[:2]
        arrays = [builder.extract_value(values[0], 0), words, upper, corrections, *held[:2]]
        bases, strides = bases_of(context, builder, kinds, arrays)
        row, panel = cgutils.unpack_tuple(builder, values[4])
        emission = LimbEmission(builder, tuple(held[2:]))
        column = builder.mul(panel, INDEX(VECTORS * LANES))
        places = Places(
            words=emission.at(bases[1], row, strides[1][0]),
            bytes=emission.at(bases[2], row, strides[2][0]),
            resident=emission.at(bases[0], panel, strides[0][0]),
            corrections=emission.at(bases[3], column, INDEX(GROUP_BYTES)),
            row=strides[1][0],
            byte_row=strides[2][0],
            block=strides[3][0],
            half=strides[3][1],
        )
        held_at = list(zip(bases[4:], strides[4:], strict=True))
        contents = [
            [
                tuple(
                    emission.at(
                        emission.at(base, builder.add(row, INDEX(n)), stride[0]),
                        builder.add(column, INDEX(LANES * v)),
                        INDEX(8),
                    )
                    for base, stride in held_at
                )
                for v in range(VECTORS)
            ]
            for n in range(rows.literal_value)
        ]
        shape = context.make_array(steps[0])(context, builder, corrections).shape
        blocks = cgutils.unpack_tuple(builder, shape)[0]
        emission.emit(places, contents, (blocks, groups))
        return context.get_dummy_value()

    return types.void(panels, streamed, state, rows, place), generate
