"""Codes of neighbouring pixels, channel by channel, into blocks of words, pixel by pixel.

Codes come with the pixels of a channel beside each other, blocks hold the channels of a pixel.
Squares of both are turned in registers: as many vectors as a vector has elements, interleaved with
the one half of them further on, turn after as many rounds as that number has bits. ::

    [a0 a1 a2 a3]     [a0 c0 a1 c1]     [a0 b0 c0 d0]
    [b0 b1 b2 b3]     [a2 c2 a3 c3]     [a1 b1 c1 d1]
    [c0 c1 c2 c3]  >  [b0 d0 b1 d1]  >  [a2 b2 c2 d2]
    [d0 d1 d2 d3]     [b2 d2 b3 d3]     [a3 b3 c3 d3]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llvmlite import ir
from numba import types

from qpim_emu.engine.fast.kernels.emission import (
    BYTE,
    INDEX,
    LANE,
    WORD,
    Emission,
    cgutils,
    emitted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["turn_square", "width_of_square"]

VECTOR_BYTES: Final = 16
"""Bytes of a vector: interleaving two of these is one instruction everywhere."""


class SquareEmission(Emission):
    """Writes the turning of one square of codes of a type."""

    def __init__(self, builder: Any, kind: Any) -> None:  # noqa: ANN401
        super().__init__(builder, square_of(kind))
        self.kind = kind
        self.code = ir.IntType(kind.bitwidth)
        self.turned = element_of(kind)

    def outside(self, vector: Any, limits: Any) -> Any:  # noqa: ANN401
        """Which codes of a vector lie outside limits."""
        compare = self.builder.icmp_signed if self.kind.signed else self.builder.icmp_unsigned
        low, high = (
            self.broadcast(self.builder.trunc(x, self.code))
            if self.code != INDEX
            else self.broadcast(x)
            for x in limits
        )
        return self.builder.or_(compare("<", vector, low), compare(">", vector, high))

    def narrowed(self, vector: Any) -> Any:  # noqa: ANN401
        """Codes, or their low bits, in the type that is turned."""
        if self.code.width == self.turned.width:
            return vector
        return self.builder.trunc(vector, self.vector(self.turned))

    def turn(self, vectors: list[Any]) -> list[Any]:
        """Turn a square."""
        half = self.lanes // 2
        for _ in range(half.bit_length()):
            pairs = zip(vectors[:half], vectors[half:], strict=True)
            vectors = [part for pair in pairs for part in self.interleave(*pair)]
        return vectors

    def interleave(self, one: Any, other: Any) -> Iterator[Any]:  # noqa: ANN401
        """Interleave the lower halves of two vectors, then the upper ones."""
        half = self.lanes // 2
        for first in (0, half):
            places = [first + i // 2 + i % 2 * self.lanes for i in range(self.lanes)]
            order = ir.Constant(self.vector(LANE), places)
            yield self.builder.shuffle_vector(one, other, order)

    def words(self, vector: Any, mask: Any) -> Any:  # noqa: ANN401
        """Words of turned codes."""
        if self.turned == BYTE:
            extend = self.builder.sext if self.kind.signed else self.builder.zext
            vector = extend(vector, self.vector(WORD))
        return self.builder.and_(vector, self.broadcast(self.builder.trunc(mask, WORD)))


def element_of(kind: Any) -> Any:  # noqa: ANN401 - types of numba and LLVM
    """Type in which codes of a type are turned."""
    return BYTE if kind.bitwidth == BYTE.width else WORD


def square_of(kind: Any) -> int:  # noqa: ANN401 - a type of numba
    """Codes of a side of a square."""
    return int(VECTOR_BYTES * BYTE.width // element_of(kind).width)


@emitted
def width_of_square(_: Any, codes: Any) -> Any:  # noqa: ANN401
    """Codes of a side of a square, of codes in an array."""

    def generate(_context: Any, _builder: Any, signature: Any, _values: Any) -> Any:  # noqa: ANN401
        return INDEX(square_of(signature.args[0].dtype))

    return types.int64(codes), generate


@emitted
def turn_square(_: Any, codes: Any, at: Any, places: Any, out: Any, limits: Any) -> Any:  # noqa: ANN401
    """Turn one square.

    Parameters
    ----------
    codes
        C-contiguous ``[channels, pixels]``.
    at
        Channel and pixel at which the square begins, number of that pixel's place, and how many
        words after the place of a pixel the first channel goes.
    places
        ``int64[pixels]``: word at which each pixel begins, from some pixel on.
    out
        ``uint16[words]``, written.
    limits
        Least and largest code, of their type, and the bits that words have.

    Returns
    -------
    int
        Other than 0 if a code lies outside the limits.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        kinds = [signature.args[i] for i in (0, 2, 3)]
        arrays = [
            context.make_array(kind)(context, builder, values[i])
            for kind, i in zip(kinds, (0, 2, 3), strict=True)
        ]
        taken, placed, given = (builder.bitcast(a.data, BYTE.as_pointer()) for a in arrays)
        emission = SquareEmission(builder, kinds[0].dtype)
        channel, pixel, place, lane = cgutils.unpack_tuple(builder, values[1])
        low, high, mask = cgutils.unpack_tuple(builder, values[4])
        size = INDEX(kinds[0].dtype.bitwidth // 8)
        row = cgutils.unpack_tuple(builder, arrays[0].strides)[0]
        first = emission.at(emission.at(taken, channel, row), pixel, size)
        lines = [
            emission.load(emission.at(first, INDEX(i), row), emission.vector(emission.code))
            for i in range(emission.lanes)
        ]
        wrong = emission.outside(lines[0], (low, high))
        for line in lines[1:]:
            wrong = builder.or_(wrong, emission.outside(line, (low, high)))
        turned = emission.turn([emission.narrowed(line) for line in lines])
        starts = emission.at(placed, place, INDEX(8))
        for i, vector in enumerate(turned):
            start = emission.load(emission.at(starts, INDEX(i), INDEX(8)), INDEX)
            target = emission.at(given, builder.add(start, lane), INDEX(2))
            emission.store(emission.words(vector, mask), target)
        return builder.zext(builder.bitcast(wrong, ir.IntType(emission.lanes)), INDEX)

    return types.int64(codes, at, places, out, limits), generate
