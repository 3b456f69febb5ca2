"""Packed weights, kept as long as the layer's own array of them lives.

Weights are read-only, and their words depend on nothing else than the key: formats, zero points,
layout, sizes. A machine keeps them in its banks from one image to the next; so does this.
"""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from qpim_emu.mapping.placement import place_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.engine.fast.tables import Table
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Weights", "kept_weights"]


class Weights(NamedTuple):
    """Words of a layer's weights, not to be written, and the tables made of them.

    `tables` are by first column and the one past the last.
    """

    words: WordArray
    tables: dict[tuple[int, int], Table]


known: dict[int, tuple[weakref.ref[IntArray], dict[object, Weights]]] = {}


def kept_weights(plan: Plan) -> Weights:
    """Pack the weights of a layer, unless they are known."""
    array = plan.layer.weights
    if array.flags.writeable:
        return make(plan)
    number = id(array)
    if number not in known or known[number][0]() is not array:
        known[number] = weakref.ref(array, partial(forget, known.pop, number)), {}
    found = known[number][1]
    key = key_of(plan)
    if key not in found:
        found[key] = make(plan)
    return found[key]


def forget(pop: Callable[[int, None], object], number: int, _: object) -> None:
    """Drop what is kept of an array that is gone; names of this module may be gone as well."""
    pop(number, None)


def make(plan: Plan) -> Weights:
    """Pack them."""
    words = place_weights(plan)
    words.setflags(write=False)
    return Weights(words, {})


def key_of(plan: Plan) -> object:
    """Everything that the words of weights, and what is read from them, depend on."""
    layer, spec = plan.layer, plan.spec
    return (
        layer.weight_type,
        layer.weight_window,
        layer.weight_zero_point.tobytes(),
        plan.layout,
        plan.geometry.products,
        spec.words_per_block,
        spec.word_bits,
        spec.gate_granularity,
        next(plan.planes).reduce,
    )
