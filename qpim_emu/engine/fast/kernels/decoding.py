"""Fields of words whose lowest bit is the word's: many at once, in types as narrow as they are.

Plain loops take two or three times as long for narrow types: numba computes in 64 bits, and LLVM
leaves it at that.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types

from qpim_emu.engine.fast.kernels.arrays import ArrayEmission
from qpim_emu.engine.fast.kernels.emission import INDEX, LANE, WORD, cgutils, emitted

__all__ = ["decode_low"]

VECTOR_BITS: Final = 512


class DecodingEmission(ArrayEmission):
    """Writes loops over words; `parts` are types and values of the words and of the operands."""

    def __init__(self, frame: tuple[Any, Any], lanes: int, parts: Any) -> None:  # noqa: ANN401
        super().__init__(*frame, lanes)
        self.words, self.out = (self.array(*part) for part in parts)
        self.is_real = isinstance(parts[1][0].dtype, types.Float)

    def decode(self, first: Any, constants: tuple[Any, Any, Any]) -> None:  # noqa: ANN401
        """Decode words from number `first` on; constants are mask, flip and what to add."""
        builder, kind = self.builder, self.out.kind
        mask, flip, add = (self.broadcast(builder.trunc(value, LANE)) for value in constants)
        words = self.load(self.address(self.words, first), self.vector(WORD))
        flipped = builder.xor(
            builder.and_(words, builder.trunc(mask, words.type)), builder.trunc(flip, words.type)
        )
        if kind.width <= WORD.width and not self.is_real:  # wraps to what the type can hold
            found = builder.add(flipped, builder.trunc(add, words.type))
            self.store(builder.trunc(found, self.vector(kind)), self.address(self.out, first))
            return
        found = builder.add(builder.zext(flipped, add.type), add)
        if self.is_real:
            real = ir.FloatType() if kind.width == LANE.width else ir.DoubleType()
            found = builder.sitofp(found, self.vector(real))
        elif kind.width > LANE.width:
            found = builder.sext(found, self.vector(kind))
        self.store(found, self.address(self.out, first))


@emitted
def decode_low(_: Any, words: Any, constants: Any, out: Any) -> Any:  # noqa: ANN401
    """Compute ``out[i] = ((words[i] & mask) ^ flip) + add``.

    Parameters
    ----------
    words
        ``uint16[n]``.
    constants
        Mask, flip and what to add, 64 bits each.
    out
        ``[n]``, of any type that holds the values.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        parts = [(signature.args[i], values[i]) for i in (0, 2)]
        lanes = VECTOR_BITS // max(signature.args[2].dtype.bitwidth, WORD.width)
        many, single = (DecodingEmission((context, builder), n, parts) for n in (lanes, 1))
        numbers, count = cgutils.unpack_tuple(builder, values[1]), many.out.shape[0]
        whole = builder.sdiv(count, INDEX(lanes))
        with cgutils.for_range(builder, whole) as loop:
            many.decode(builder.mul(loop.index, INDEX(lanes)), numbers)
        rest = builder.mul(whole, INDEX(lanes))
        with cgutils.for_range(builder, builder.sub(count, rest)) as loop:
            single.decode(builder.add(rest, loop.index), numbers)
        return context.get_dummy_value()

    return types.void(words, constants, out), generate
