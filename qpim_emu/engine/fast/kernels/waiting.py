"""Compiled waiting: a thread that looks again and again, without the interpreter's lock.

Waking a thread that sleeps takes some 50 microseconds or more, as long as a small layer takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.compiled import compiled_across
from qpim_emu.engine.fast.kernels.atomic import look_at

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray

__all__ = ["await_value"]


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
