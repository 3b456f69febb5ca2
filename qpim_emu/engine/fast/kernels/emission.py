"""Writing vector code for compiled functions: what all inner loops of it have in common.

numba turns plain loops into vector code where it finds out how; the inner loops of products are
written out instead, as functions of LLVM, so that what stays in registers is certain. They are
compiled for the processor at hand, at any vector length: LLVM splits longer vectors than it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from llvmlite import ir
from numba.core import cgutils as untyped
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BYTE", "INDEX", "LANE", "WORD", "Emission", "bases_of", "cgutils", "emitted"]

cgutils: Any = untyped
emitted: Final = cast(
    "Callable[[Callable[..., Any]], Callable[..., Any]]", intrinsic(prefer_literal=True)
)
"""Decorates a function that writes code of its own; calls leave out its first argument."""

BYTE = ir.IntType(8)
WORD = ir.IntType(16)
LANE = ir.IntType(32)
INDEX = ir.IntType(64)


class Emission:
    """Writes code where a builder of LLVM stands.

    Parameters
    ----------
    builder
        Where instructions go.
    lanes
        Elements of the vectors.
    """

    def __init__(self, builder: Any, lanes: int) -> None:  # noqa: ANN401
        self.builder = builder
        self.lanes = lanes

    def vector(self, element: Any) -> Any:  # noqa: ANN401
        """Type of a vector."""
        return ir.VectorType(element, self.lanes)

    def at(self, base: Any, index: Any, stride: Any, offset: int = 0) -> Any:  # noqa: ANN401
        """Address ``base + index * stride + offset``, in bytes."""
        distance = self.builder.add(self.builder.mul(index, stride), INDEX(offset))
        return self.builder.gep(base, [distance])

    def load(self, place: Any, kind: Any) -> Any:  # noqa: ANN401
        """Load a value, assuming nothing of its alignment."""
        return self.builder.load(self.builder.bitcast(place, kind.as_pointer()), align=1)

    def store(self, value: Any, place: Any) -> None:  # noqa: ANN401
        """Store a value, assuming nothing of the alignment."""
        self.builder.store(value, self.builder.bitcast(place, value.type.as_pointer()), align=1)

    def variable(self, kind: Any) -> Any:  # noqa: ANN401
        """A variable that starts at 0; LLVM keeps it in a register."""
        found = cgutils.alloca_once(self.builder, kind)
        self.builder.store(ir.Constant(kind, None), found)
        return found

    def broadcast(self, value: Any) -> Any:  # noqa: ANN401
        """Repeat a value in all lanes."""
        empty = ir.Constant(self.vector(value.type), ir.Undefined)
        one = self.builder.insert_element(empty, value, LANE(0))
        return self.builder.shuffle_vector(one, empty, ir.Constant(self.vector(LANE), None))


def bases_of(context: Any, builder: Any, kinds: Any, parts: Any) -> tuple[list[Any], list[Any]]:  # noqa: ANN401
    """Addresses of arrays and, for each, its strides in bytes.

    Parameters
    ----------
    context, builder
        Of numba and LLVM.
    kinds, parts
        Types and values of the arrays.
    """
    arrays = [
        context.make_array(kind)(context, builder, part)
        for kind, part in zip(kinds, parts, strict=True)
    ]
    bases = [builder.bitcast(array.data, BYTE.as_pointer()) for array in arrays]
    return bases, [cgutils.unpack_tuple(builder, array.strides) for array in arrays]
