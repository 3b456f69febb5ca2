"""Arrays and named tuples of compiled functions, looked into by emitted code."""

from __future__ import annotations

from typing import Any, NamedTuple

from llvmlite import ir

from qpim_emu.engine.fast.kernels.emission import INDEX, LANE, Emission, bases_of, cgutils
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

    def load_first(self, place: Any, kind: Any, count: Any) -> Any:  # noqa: ANN401
        """Load the first elements of a vector, and nothing behind them; others are 0."""
        vector = self.vector(kind)
        pointer = vector.as_pointer()
        mask = self.first(count)
        kinds = ir.FunctionType(vector, [pointer, LANE, mask.type, vector])
        function = self.masked("load", kinds, kind)
        address = self.builder.bitcast(place, pointer)
        return self.builder.call(function, [address, LANE(1), mask, ir.Constant(vector, None)])

    def store_first(self, vector: Any, place: Any, count: Any) -> None:  # noqa: ANN401
        """Store the first elements of a vector, and nothing behind them."""
        pointer = vector.type.as_pointer()
        mask = self.first(count)
        kinds = ir.FunctionType(ir.VoidType(), [vector.type, pointer, LANE, mask.type])
        function = self.masked("store", kinds, vector.type.element)
        address = self.builder.bitcast(place, pointer)
        self.builder.call(function, [vector, address, LANE(1), mask])

    def masked(self, verb: str, kinds: Any, element: Any) -> Any:  # noqa: ANN401
        """Function of LLVM that loads or stores some lanes of a vector."""
        name = f"llvm.masked.{verb}.v{self.lanes}{element}.p0"
        return cgutils.get_or_insert_function(self.builder.module, kinds, name)

    def first(self, count: Any) -> Any:  # noqa: ANN401
        """Which lanes come before number `count`."""
        numbers = ir.Constant(self.vector(INDEX), list(range(self.lanes)))
        return self.builder.icmp_signed("<", numbers, self.broadcast(count))
