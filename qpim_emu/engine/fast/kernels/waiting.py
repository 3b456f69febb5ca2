"""Compiled waiting: a thread that looks again and again, without the interpreter's lock.

Waking a thread that sleeps takes some 50 microseconds or more, as long as a small layer takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba import types

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.emission import INDEX, Emission, bases_of, emitted

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["await_value"]

INT64_BYTES = 8


@emitted
def look_at(_: Any, state: Any, place: Any) -> Any:  # noqa: ANN401
    """Read an element that other threads write, every time anew."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        (base,), _ = bases_of(context, builder, [signature.args[0]], [values[0]])
        address = Emission(builder, 1).at(base, values[1], INDEX(INT64_BYTES))
        pointer = builder.bitcast(address, INDEX.as_pointer())
        return builder.load_atomic(pointer, "acquire", INT64_BYTES)

    return types.int64(state, place), generate


@compiled_across
def await_value(state: IntArray, place: int, value: int, looks: int) -> bool:
    """Look until an element is at least `value`; gives up after so many looks.

    Parameters
    ----------
    state
        ``int64[n]``, C-contiguous.
    place
        Which element.
    value
        What it counts up to.
    looks
        Most looks; one takes a nanosecond or two.
    """
    for _ in range(looks):  # noqa: SIM110 - compiled code has no generators like that
        if look_at(state, place) >= value:
            return True
    return False
