"""Elements of arrays that several threads read and write at once."""

from __future__ import annotations

from typing import Any, Final

from numba import types

from qpim_emu.engine.fast.kernels.emission import INDEX, Emission, bases_of, emitted

__all__ = ["add_atomically", "claim", "look_at", "put_atomically"]

INT64_BYTES: Final = 8


def pointer_to(context: Any, builder: Any, kind: Any, array: Any, place: Any) -> Any:  # noqa: ANN401
    """Address of an element of a C-contiguous ``int64[n]``."""
    (base,), _ = bases_of(context, builder, [kind], [array])
    address = Emission(builder, 1).at(base, place, INDEX(INT64_BYTES))
    return builder.bitcast(address, INDEX.as_pointer())


@emitted
def look_at(_: Any, state: Any, place: Any) -> Any:  # noqa: ANN401
    """Read an element that other threads write, every time anew."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        pointer = pointer_to(context, builder, signature.args[0], *values)
        return builder.load_atomic(pointer, "acquire", INT64_BYTES)

    return types.int64(state, place), generate


@emitted
def add_atomically(_: Any, state: Any, place: Any, value: Any) -> Any:  # noqa: ANN401, ARG001
    """Add to an element, and return what it was before."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        pointer = pointer_to(context, builder, signature.args[0], *values[:2])
        return builder.atomic_rmw("add", pointer, values[2], "acq_rel")

    return types.int64(state, place, types.int64), generate


@emitted
def claim(_: Any, state: Any, place: Any, held: Any, put: Any) -> Any:  # noqa: ANN401, ARG001
    """Put a number where another one is held; whether it was."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        pointer = pointer_to(context, builder, signature.args[0], *values[:2])
        found = builder.cmpxchg(pointer, *values[2:], "acq_rel", "acquire")
        return builder.extract_value(found, 1)

    return types.boolean(state, place, types.int64, types.int64), generate


@emitted
def put_atomically(_: Any, state: Any, place: Any, value: Any) -> Any:  # noqa: ANN401, ARG001
    """Write an element; who reads it sees what was written before."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        pointer = pointer_to(context, builder, signature.args[0], *values[:2])
        builder.store_atomic(values[2], pointer, "release", INT64_BYTES)
        return context.get_dummy_value()

    return types.void(state, place, types.int64), generate
