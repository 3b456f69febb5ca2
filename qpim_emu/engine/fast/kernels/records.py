"""Arguments of compiled code written down as numbers, so that any thread begins with one address.

A call from the interpreter looks into every tuple and array that it passes, which takes longer
than a small layer does, and a thread needs the interpreter's lock for it. Tuples of one shape are
therefore written down once, as their numbers and the addresses and shapes of their arrays; what
changes from run to run is written over.
"""

from __future__ import annotations

from ctypes import addressof, c_char
from functools import cache
from struct import Struct
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.np.arrayobj import populate_array

from qpim_emu.engine.callbacks import compiled_callback
from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.emission import BYTE, INDEX, cgutils, emitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray


__all__ = [
    "address_of",
    "enter",
    "entry_of",
    "places_of",
    "pointer_at",
    "pointers_to",
    "read_record",
    "write_record",
    "writer_of",
]

any_char: Any = c_char  # a type checker knows no arrays that are buffers
any_types: Any = types
pointers_to: Any = types.CPointer
any_typeof: Any = numba.typeof
any_populate: Any = populate_array


def address_of(array: NDArray[Any]) -> int:
    """Where an array begins."""
    try:
        return addressof(any_char.from_buffer(array))  # a third of what NumPy's own answers take
    except (TypeError, ValueError):  # read-only, empty or with gaps
        return int(array.__array_interface__["data"][0])


def writer_of(count: int) -> Callable[..., None]:
    """Find what writes so many numbers into an ``int64`` array, from a place in bytes on.

    It takes the array, the place and the numbers, and less time than NumPy does for one of them.
    """
    numbers: Any = Struct(f"@{count}q")
    return numbers.pack_into  # type: ignore[no-any-return]


def write_record(value: object) -> list[int]:
    """Write integers, arrays and tuples of them down, one behind the other.

    Arrays must live as long as what is written is used.

    Raises
    ------
    ValueError
        If an array is not C-contiguous: its strides are not written.
    TypeError
        If there is something else.
    """
    if isinstance(value, np.ndarray):
        if not value.flags.c_contiguous:
            msg = f"array must be C-contiguous, got strides {value.strides}"
            raise ValueError(msg)
        return [address_of(value), *value.shape]
    if isinstance(value, tuple):
        return [number for part in value for number in write_record(part)]
    if type(value) is not int:
        msg = f"argument must be an int, an array or a tuple, got {value!r}"
        raise TypeError(msg)
    return [value]


def places_of(value: object) -> dict[str, int]:
    """Where each member of named tuples is written, by its name and those of what it is in."""
    return dict(named_places(value, "", 0))


def named_places(value: object, name: str, first: int) -> Iterator[tuple[str, int]]:
    """Do what `places_of` says of a part."""
    yield name, first
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", range(len(value)))
        for field, part in zip(fields, value, strict=True):
            yield from named_places(part, f"{name}.{field}".lstrip("."), first)
            first += len(write_record(part))


def entry_of(function: Callable[..., None], arguments: object) -> int:
    """Address of compiled code that reads a record of such arguments, and calls a function.

    Parameters
    ----------
    function
        Gets the address of a record and what `read_record` needs besides.
    arguments
        Some of the arguments' types and shapes.
    """
    return int(made_entry(function, any_typeof(arguments)).address)


@cache
def made_entry(function: Callable[..., None], kind: Any) -> Any:  # noqa: ANN401
    """Compile it, once for a process, which then keeps it."""
    arguments = any_types.CPointer(types.int64), any_types.TypeRef(kind)
    return compiled_callback(function, types.void(*arguments))


@emitted
def read_record(_: Any, record: Any, kind: Any) -> Any:  # noqa: ANN401
    """Read what was written: a value of the type that `kind` is for."""
    found = kind.instance_type

    def generate(context: Any, builder: Any, _: Any, values: Any) -> Any:  # noqa: ANN401
        return Reader(context, builder, values[0]).value(found)

    return found(record, kind), generate


class Reader:
    """Writes code that reads a record, number after number."""

    def __init__(self, context: Any, builder: Any, record: Any) -> None:  # noqa: ANN401
        self.context, self.builder, self.record = context, builder, record
        self.place = 0

    def number(self) -> Any:  # noqa: ANN401
        """Read the next number."""
        pointer = self.builder.gep(self.record, [INDEX(self.place)])
        self.place += 1
        return self.builder.load(pointer)

    def value(self, kind: Any) -> Any:  # noqa: ANN401
        """Read a value of a type."""
        if isinstance(kind, types.Array):
            return self.array(kind)
        if isinstance(kind, types.BaseTuple):
            parts = [self.value(part) for part in kind.types]  # type: ignore[attr-defined]
            return self.context.make_tuple(self.builder, kind, parts)
        return self.number()

    def array(self, kind: Any) -> Any:  # noqa: ANN401
        """Read an array."""
        address, shape = self.number(), [self.number() for _ in range(kind.ndim)]
        element = self.context.get_abi_sizeof(self.context.get_data_type(kind.dtype))
        strides = [INDEX(element)]
        for size in reversed(shape[1:]):
            strides.insert(0, self.builder.mul(strides[0], size))
        found = self.context.make_array(kind)(self.context, self.builder)
        pointer = self.context.get_data_type(kind.dtype).as_pointer()
        any_populate(
            found,
            data=self.builder.inttoptr(address, pointer),
            shape=cgutils.pack_array(self.builder, shape),
            strides=cgutils.pack_array(self.builder, strides),
            itemsize=INDEX(element),
            meminfo=None,
        )
        return found._getvalue()  # noqa: SLF001 - numba's way to use it


@emitted
def pointer_at(_: Any, address: Any, kind: Any) -> Any:  # noqa: ANN401
    """Pointer to elements of a type at an address."""
    found = pointers_to(kind.instance_type)

    def generate(context: Any, builder: Any, _: Any, values: Any) -> Any:  # noqa: ANN401
        return builder.inttoptr(values[0], context.get_value_type(found))

    return found(address, kind), generate


@emitted
def enter_at(_: Any, function: Any, record: Any) -> Any:  # noqa: ANN401
    """Call what `entry_of` found, with the address of a record."""

    def generate(context: Any, builder: Any, _: Any, values: Any) -> Any:  # noqa: ANN401
        pointer = BYTE.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, pointer])
        entry = builder.inttoptr(values[0], kind.as_pointer())
        builder.call(entry, [builder.inttoptr(values[1], pointer), ir.Constant(pointer, None)])
        return context.get_dummy_value()

    return types.void(function, record), generate


@compiled_across
def enter(function: int, record: int) -> None:
    """Call what `entry_of` found, with the address of a record."""
    enter_at(function, record)
