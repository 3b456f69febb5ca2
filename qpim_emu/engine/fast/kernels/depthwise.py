"""Per-lane sums of depthwise layers: each lane multiplies its own channel, tap by tap.

Nothing is shared between lanes, so a vector of neighbouring lanes is multiplied and added at
once, for several streamed vectors in turn with each resident one it loads. Products of words
(at most 2**30 in magnitude) are exact in 32 bits, products of 32-bit operands in 64; sums are
exact modulo 2 to the width of their type, at any number of taps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import types

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.emission import INDEX, Emission, bases_of, cgutils, emitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["multiply_lanes"]


class LaneEmission(Emission):
    """Writes inner loops over taps.

    Parameters
    ----------
    builder
        Where instructions go.
    lanes
        Lanes multiplied at once.
    kinds
        numba's types of the table, the tile and the sums.
    """

    def __init__(self, builder: Any, lanes: int, kinds: Any) -> None:  # noqa: ANN401
        super().__init__(builder, lanes)
        self.operands = [self.vector(ir.IntType(kind.dtype.bitwidth)) for kind in kinds[:2]]
        self.products = self.vector(ir.IntType(2 * kinds[0].dtype.bitwidth))
        self.sums = self.vector(ir.IntType(kinds[2].dtype.bitwidth))

    def operand(self, place: Any, kind: Any) -> Any:  # noqa: ANN401
        """Load a vector of operands, as wide as their products."""
        return self.builder.sext(self.load(place, kind), self.products)

    def emit(self, bases: list[Any], rows: list[Any], strides: tuple[Any, Any], taps: Any) -> None:  # noqa: ANN401
        """Write a loop over taps, and store the sums.

        Parameters
        ----------
        bases
            Addresses of the first resident, streamed operand and sum.
        rows
            For each streamed vector, the bytes to its operands and to its sums.
        strides
            Bytes between taps of the table and of the tile.
        taps
            Their number.
        """
        builder = self.builder
        totals = [self.variable(self.sums) for _ in rows]
        with cgutils.for_range(builder, taps) as loop:
            resident = self.operand(self.at(bases[0], loop.index, strides[0]), self.operands[0])
            streamed = self.at(bases[1], loop.index, strides[1])
            for total, (distance, _) in zip(totals, rows, strict=True):
                operand = self.operand(builder.gep(streamed, [distance]), self.operands[1])
                product = builder.mul(operand, resident)
                if self.products.element.width < self.sums.element.width:
                    product = builder.sext(product, self.sums)
                builder.store(builder.add(builder.load(total), product), total)
        for total, (_, distance) in zip(totals, rows, strict=True):
            self.store(builder.load(total), builder.gep(bases[2], [distance]))


@emitted
def multiply_lane_block(_: Any, arrays: Any, rows: Any, lanes: Any, place: Any) -> Any:  # noqa: ANN401
    """Multiply `rows` streamed vectors with one resident one, in `lanes` lanes; literals both.

    Parameters
    ----------
    arrays
        Table, tile and sums, as for `multiply_lanes`.
    place
        First row, resident vector, first lane.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        kinds = signature.args[0]
        parts = cgutils.unpack_tuple(builder, values[0])
        (table, tile, sums), strides = bases_of(context, builder, kinds, parts)
        row, resident, lane = cgutils.unpack_tuple(builder, values[3])
        emission = LaneEmission(builder, lanes.literal_value, kinds)
        words = context.make_array(kinds[0])(context, builder, parts[0]).shape
        width = cgutils.unpack_tuple(builder, words)[2]
        sizes = [INDEX(kind.dtype.bitwidth // 8) for kind in kinds]
        column = builder.add(builder.mul(resident, width), lane)
        bases = [
            emission.at(emission.at(table, resident, strides[0][0]), lane, sizes[0]),
            emission.at(emission.at(tile, row, strides[1][0]), lane, sizes[1]),
            emission.at(emission.at(sums, row, strides[2][0]), column, sizes[2]),
        ]
        distances = [
            (builder.mul(strides[1][0], INDEX(n)), builder.mul(strides[2][0], INDEX(n)))
            for n in range(rows.literal_value)
        ]
        steps = strides[0][1], builder.mul(width, sizes[1])
        taps = cgutils.unpack_tuple(builder, words)[1]
        emission.emit(bases, distances, steps, taps)
        return context.get_dummy_value()

    return types.void(arrays, rows, lanes, place), generate


@compiled_across
def multiply_lanes(table: NDArray[Any], tile: NDArray[Any], sums: NDArray[Any]) -> None:
    """Compute ``sums[v, r, lane] = sum_tap tile[v, tap, lane] * table[r, tap, lane]``.

    Parameters
    ----------
    table
        ``[residents, taps, words]``, ``int16`` or ``int32``.
    tile
        ``[vectors, taps * words]`` of the same type.
    sums
        ``[vectors, residents * words]``, ``int32`` or ``int64``, at least as wide as a product;
        overwritten.
    """
    arrays = table, tile, sums
    vectors, words = tile.shape[0], table.shape[2]
    many, wide = vectors - vectors % 4, words - words % 16
    for resident in range(table.shape[0]):
        for lane in range(0, wide, 16):
            for row in range(0, many, 4):
                multiply_lane_block(arrays, 4, 16, (row, resident, lane))
            for row in range(many, vectors):
                multiply_lane_block(arrays, 1, 16, (row, resident, lane))
        for row in range(vectors):
            for lane in range(wide, words - words % 4, 4):
                multiply_lane_block(arrays, 1, 4, (row, resident, lane))
            for lane in range(words - words % 4, words):
                multiply_lane_block(arrays, 1, 1, (row, resident, lane))
