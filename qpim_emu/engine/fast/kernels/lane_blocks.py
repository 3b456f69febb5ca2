"""Blocks of per-lane sums in registers: the inner loop of depthwise layers, emitted.

Vectors of neighbouring lanes are multiplied and added at once, for several streamed vectors in
turn with each tap's resident one. Words are multiplied by the instruction for pairs of words:
where LLVM is left to choose, it takes one that is half as fast. Lanes that lie side by side are
such a pair as they are. Two sums are made of it, one with resident pairs whose second word is 0,
and one with pairs whose first is; at the end they are put side by side again::

    streamed  a0 a1 | a2 a3 | ...         even  a0*w0 | a2*w2 | ...
    resident  w0  0 | w2  0 | ...         odd   a1*w1 | a3*w3 | ...
               0 w1 |  0 w3 | ...         sums  even, odd, even, odd, ...

So a vector of the processor takes the words of two streamed vectors, and none is widened.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types

from qpim_emu.engine.fast.kernels.arrays import ArrayEmission, members
from qpim_emu.engine.fast.kernels.availability import missing_features
from qpim_emu.engine.fast.kernels.blocks import ProductEmission
from qpim_emu.engine.fast.kernels.emission import INDEX, LANE, WORD, cgutils, emitted
from qpim_emu.engine.fast.kernels.instructions import INSTRUCTIONS, MADD16, VNNI16

__all__ = ["multiply_block"]


class LaneEmission(ArrayEmission):
    """Writes loops over taps.

    Parameters
    ----------
    frame
        Context of numba, and builder of LLVM.
    lanes
        Lanes multiplied at once.
    operands
        Types and values of table, windows and sums.
    """

    def __init__(self, frame: tuple[Any, Any], lanes: int, operands: Any) -> None:  # noqa: ANN401
        super().__init__(*frame, lanes)
        table, windows, sums = operands
        self.table, self.sums = self.array(*table), self.array(*sums)
        parts = members(self.builder, *windows)
        names = "operands", "starts", "taps"
        self.streamed, self.starts, self.taps = (self.array(*parts[name]) for name in names)
        self.origin = parts["origin"][1]
        kernel = MADD16 if missing_features(VNNI16) else VNNI16
        self.pairs = ProductEmission(self.builder, INSTRUCTIONS[kernel.panels])
        are_words = self.streamed.kind == WORD and self.sums.kind == LANE
        fits = lanes == self.pairs.lanes and not missing_features(kernel)
        self.has_pairs = are_words and fits

    def operand(self, place: Any, kind: Any) -> Any:  # noqa: ANN401
        """Load a vector of operands, as wide as their sums: pairs of a word and 0, or numbers."""
        found = self.load(place, self.vector(kind))
        extend = self.builder.zext if self.has_pairs else self.builder.sext
        return extend(found, self.vector(self.sums.kind))

    def multiply_add(self, total: Any, streamed: Any, resident: Any) -> None:  # noqa: ANN401
        """Add products of operands to a variable with sums."""
        builder = self.builder
        if self.has_pairs:
            self.pairs.multiply_add(total, streamed, resident)
        else:
            product = builder.mul(streamed, resident)
            builder.store(builder.add(builder.load(total), product), total)

    def begins(self, row: Any, lane: Any) -> Any:  # noqa: ANN401
        """Address of a lane where a streamed vector begins."""
        start = self.load(self.address(self.starts, row), INDEX)
        distance = self.builder.add(self.builder.sub(start, self.origin), lane)
        return self.address(self.streamed, distance)

    def emit(self, rows: int, place: tuple[Any, Any, Any]) -> None:
        """Write a loop over taps, and store the sums; `place` as of `multiply_block`."""
        builder, (resident, lane, row) = self.builder, place
        streamed = [self.begins(builder.add(row, INDEX(n)), lane) for n in range(rows)]
        column = builder.add(builder.mul(resident, self.table.shape[2]), lane)
        given = [self.address(self.sums, builder.add(row, INDEX(n)), column) for n in range(rows)]
        if self.has_pairs and rows % 2 == 0:
            self.emit_pairs(streamed, given, (resident, lane))
        else:
            self.emit_vectors(streamed, given, (resident, lane))

    def emit_vectors(self, streamed: list[Any], given: list[Any], weights: tuple[Any, Any]) -> None:
        """Write it for vectors by themselves."""
        builder = self.builder
        totals = [self.variable(self.vector(self.sums.kind)) for _ in streamed]
        with cgutils.for_range(builder, self.taps.shape[0]) as loop:
            place = self.address(self.table, weights[0], loop.index, weights[1])
            weight = self.operand(place, self.table.kind)
            for begun, total in zip(streamed, totals, strict=True):
                taken = self.tap(begun, loop.index)
                self.multiply_add(total, self.operand(taken, self.streamed.kind), weight)
        for place, total in zip(given, totals, strict=True):
            self.store(builder.load(total), place)

    def emit_pairs(self, streamed: list[Any], given: list[Any], weights: tuple[Any, Any]) -> None:
        """Write it for two vectors of words at a time, lanes side by side being a pair."""
        builder = self.builder
        couples = list(zip(streamed[::2], streamed[1::2], strict=True))
        totals = [[self.variable(self.vector(LANE)) for _ in range(2)] for _ in couples]
        with cgutils.for_range(builder, self.taps.shape[0]) as loop:
            place = self.address(self.table, weights[0], loop.index, weights[1])
            both = self.join(place, place)
            evens = builder.and_(both, self.broadcast(LANE((1 << WORD.width) - 1)))
            for couple, sums in zip(couples, totals, strict=True):
                taken = self.join(*[self.tap(begun, loop.index) for begun in couple])
                for weight, total in zip((evens, builder.xor(both, evens)), sums, strict=True):
                    self.pairs.multiply_add(total, taken, weight)
        places = zip(given[::2], given[1::2], strict=True)
        for couple, sums in zip(places, totals, strict=True):
            even, odd = (builder.load(total) for total in sums)
            for number, place in enumerate(couple):
                first = number * self.lanes // 2
                order = [first + lane // 2 + lane % 2 * self.lanes for lane in range(self.lanes)]
                self.store(
                    builder.shuffle_vector(even, odd, ir.Constant(self.vector(LANE), order)), place
                )

    def tap(self, begun: Any, number: Any) -> Any:  # noqa: ANN401
        """Address of a tap's first lane."""
        distance = self.load(self.address(self.taps, number), INDEX)
        return self.at(begun, distance, self.streamed.strides[0])

    def join(self, *places: Any) -> Any:  # noqa: ANN401
        """Load the words of two vectors, as one vector of pairs."""
        builder, kind = self.builder, self.vector(WORD)
        first, second = (self.load(place, kind) for place in places)
        whole = ir.Constant(ir.VectorType(LANE, 2 * self.lanes), list(range(2 * self.lanes)))
        words = builder.shuffle_vector(first, second, whole)
        return builder.bitcast(words, self.vector(LANE))


@emitted
def multiply_block(_: Any, operands: Any, rows: Any, lanes: Any, place: Any) -> Any:  # noqa: ANN401
    """Multiply `rows` streamed vectors with one resident one, in `lanes` lanes; literals both.

    Parameters
    ----------
    operands
        Table, windows and sums, as for `multiply_windows`.
    place
        Resident vector, first lane, first streamed vector.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        parts = cgutils.unpack_tuple(builder, values[0])
        typed = list(zip(signature.args[0], parts, strict=True))
        emission = LaneEmission((context, builder), lanes.literal_value, typed)
        emission.emit(rows.literal_value, cgutils.unpack_tuple(builder, values[3]))
        return context.get_dummy_value()

    return types.void(operands, rows, lanes, place), generate
