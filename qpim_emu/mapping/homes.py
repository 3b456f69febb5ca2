"""Homes of codes, the vaults that produced them, shared by runs of the same shapes.

Homes depend on sizes and on the machine, never on data. Those that are shared are read-only and
known by identity, so that what their placement costs can be kept as well
(`qpim_emu.mapping.placement`).
"""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.mapping.keeping import PLANE_BYTES, Itself, Keeper

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from qpim_emu.typing import IntArray

__all__ = [
    "NOWHERE",
    "PLANE_HOMES",
    "are_shared",
    "homes_of_input",
    "reshaped_homes",
    "share_homes",
    "shared_planes",
]

NOWHERE = -1
"""Home of a code that no vault produced: padding, network inputs, constants and weights."""

PLANE_HOMES = PLANE_BYTES // np.dtype(np.int64).itemsize
"""Homes that take the memory of a plane, about."""

kept: Keeper[IntArray] = Keeper()
shared: dict[int, weakref.ref[IntArray]] = {}


def share_homes(
    key: Hashable, make: Callable[[], IntArray], *, codes: Callable[[], int]
) -> IntArray:
    """Find homes by everything they depend on, or make them.

    Parameters
    ----------
    key
        What they depend on.
    make
        Makes them.
    codes
        Says how many of them take memory; fewer than there are where images share them, more where
        the key keeps other things alive.
    """
    return kept.find(key, partial(register, make), planes=lambda: codes() // PLANE_HOMES)


def register(make: Callable[[], IntArray]) -> IntArray:
    """Make homes, and know them as long as they live."""
    homes = make()
    homes.setflags(write=False)
    number = id(homes)
    shared[number] = weakref.ref(homes, lambda _: shared.pop(number, None))
    return homes


def are_shared(homes: IntArray) -> bool:
    """Whether homes are shared: equal identity means equal homes as long as they are held."""
    reference = shared.get(id(homes))
    return reference is not None and reference() is homes


def shared_planes(homes: IntArray) -> int:
    """What holding shared homes counts as, in planes."""
    held = homes if homes.base is None else homes.base
    return int(held.nbytes) // PLANE_BYTES


def homes_of_input(shape: tuple[int, ...]) -> IntArray:
    """Homes of codes that come from outside, `NOWHERE` all."""
    key = "input", shape
    return share_homes(key, lambda: np.broadcast_to(np.int64(NOWHERE), shape), codes=lambda: 1)


def reshaped_homes(homes: IntArray, shape: tuple[int, ...]) -> IntArray:
    """See homes in another shape; shared where they are."""
    if homes.shape == shape:
        return homes
    reshape = partial(homes.reshape, shape)
    if not are_shared(homes):
        return reshape()
    return share_homes(("reshaped", Itself(homes), shape), reshape, codes=lambda: homes.size)
