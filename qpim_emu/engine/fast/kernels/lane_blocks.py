"""Blocks of per-lane sums in registers: the inner loop of depthwise layers, emitted.

Vectors of neighbouring lanes are multiplied and added at once, for several streamed vectors in
turn with each tap's resident one. Words are multiplied by the instruction for pairs of words, the
second of which is 0 here: where LLVM is left to choose, it takes one that is half as fast.
"""

from __future__ import annotations

from typing import Any

from numba import types

from qpim_emu.engine.fast.kernels.arrays import ArrayEmission, members
from qpim_emu.engine.fast.kernels.availability import missing_features
from qpim_emu.engine.fast.kernels.blocks import ProductEmission
from qpim_emu.engine.fast.kernels.emission import INDEX, LANE, WORD, cgutils, emitted
from qpim_emu.engine.fast.kernels.instructions import INSTRUCTIONS, MADD16

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
        self.pairs = ProductEmission(self.builder, INSTRUCTIONS[MADD16.panels])
        are_words = self.streamed.kind == WORD and self.sums.kind == LANE
        fits = lanes == self.pairs.lanes and not missing_features(MADD16)
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
        totals = [self.variable(self.vector(self.sums.kind)) for _ in streamed]
        with cgutils.for_range(builder, self.taps.shape[0]) as loop:
            weights = self.address(self.table, resident, loop.index, lane)
            weight = self.operand(weights, self.table.kind)
            tap = self.load(self.address(self.taps, loop.index), INDEX)
            for begun, total in zip(streamed, totals, strict=True):
                taken = self.at(begun, tap, self.streamed.strides[0])
                self.multiply_add(total, self.operand(taken, self.streamed.kind), weight)
        column = builder.add(builder.mul(resident, self.table.shape[2]), lane)
        for n, total in enumerate(totals):
            given = self.address(self.sums, builder.add(row, INDEX(n)), column)
            self.store(builder.load(total), given)


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
