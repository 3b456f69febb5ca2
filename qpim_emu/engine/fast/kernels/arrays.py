"""Arrays and named tuples of compiled functions, looked into by emitted code."""

from __future__ import annotations

from typing import Any, NamedTuple

from llvmlite import ir

from qpim_emu.engine.fast.kernels.emission import INDEX, Emission, bases_of, cgutils
from qpim_emu.engine.fast.kernels.values import Values

__all__ = ["Array", "ArrayEmission", "members"]


class Array(NamedTuple):
    """Address, strides in bytes and shape of an array, and LLVM's type of its elements."""

    base: Any
    strides: Any
    shape: Any
    kind: Any


def members(builder: Any, kind: Any, value: Any) -> dict[str, tuple[Any, Any]]:  # noqa: ANN401
    """Type and value of each member of a named tuple."""
    parts = zip(kind.types, cgutils.unpack_tuple(builder, value), strict=True)
    return dict(zip(kind.fields, parts, strict=True))


class ArrayEmission(Emission):
    """Writes code that reads and writes arrays.

    Parameters
    ----------
    context, builder
        Of numba and LLVM.
    lanes
        Elements of the vectors.
    """

    def __init__(self, context: Any, builder: Any, lanes: int) -> None:  # noqa: ANN401
        super().__init__(builder, lanes)
        self.context = context

    def splat(self, value: Any) -> Values:  # noqa: ANN401
        """Repeat a value in all lanes."""
        return Values(self.builder, self.broadcast(value))

    def array(self, kind: Any, value: Any) -> Array:  # noqa: ANN401
        """Look into an array."""
        (base,), (strides,) = bases_of(self.context, self.builder, [kind], [value])
        shape = self.context.make_array(kind)(self.context, self.builder, value).shape
        element = ir.IntType(kind.dtype.bitwidth)
        return Array(base, strides, cgutils.unpack_tuple(self.builder, shape), element)

    def address(self, array: Array, *indices: Any) -> Any:  # noqa: ANN401
        """Address of an element, or of the first one where indices are left out."""
        base = array.base
        for index, stride in zip(indices, array.strides, strict=False):
            base = self.at(base, index, stride)
        return base

    def copy(self, taken: Any, given: Any, kind: Any, count: Any) -> None:  # noqa: ANN401
        """Copy some elements."""
        with cgutils.for_range(self.builder, count) as loop:
            distance = self.builder.mul(loop.index, INDEX(kind.width // 8))
            element = self.load(self.builder.gep(taken, [distance]), kind)
            self.store(element, self.builder.gep(given, [distance]))
