"""Compiled calls of what fills memory part by part, whatever it fills it from.

What multiplies is compiled for kernels and modes, what places codes for types of codes. One calls
the other by its address, so that it need not be compiled for all pairs of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.atomic import look_at
from qpim_emu.engine.fast.kernels.emission import INDEX, emitted

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["NOTHING", "NO_FILLER", "Filler", "fill"]


class Filler(NamedTuple):
    """What fills memory.

    Attributes
    ----------
    function
        Address of compiled code that gets `context` and the number of a part, fills it, and then
        says that it is not left any more.
    context
        Address of what it needs to know.
    left
        ``int64[parts]``: 1 for each part that is still to be filled, else 0.
    """

    function: int
    context: int
    left: IntArray


NO_FILLER = Filler(0, 0, np.zeros(0, np.int64))
"""Nothing is to be filled."""

NOTHING = 0, 0, 0, 0
"""The same, written down (`records`)."""


@emitted
def call_at(_: Any, function: Any, context: Any, part: Any) -> Any:  # noqa: ANN401
    """Call compiled code at an address."""

    def generate(context: Any, builder: Any, _: Any, values: Any) -> Any:  # noqa: ANN401
        kind = ir.FunctionType(ir.VoidType(), [INDEX, INDEX])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), values[1:])
        return context.get_dummy_value()

    return types.void(function, context, part), generate


@compiled_across
def fill(filler: Filler, part: int) -> bool:
    """Fill a part, if it is left; whether it is filled then, which memory may be too short for.

    Two shares may read the same part: threads then write the same into it.
    """
    if look_at(filler.left, part) != 0:
        call_at(filler.function, filler.context, part)
    return bool(look_at(filler.left, part) == 0)
