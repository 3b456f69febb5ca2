"""Where results go: accumulators, output words and events of every output of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.fast.kernels.packing import Blocks
from qpim_emu.engine.fast.kernels.unpacking import read_fields
from qpim_emu.engine.fast.lending import lend
from qpim_emu.engine.result import output_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.outlet import Outlet
    from qpim_emu.engine.fast.script import Columns
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Sink", "accumulators_of", "make_sink", "outputs_of"]

INT64_BITS = 64


@dataclass(slots=True, kw_only=True)
class Sink:
    """Collects what the jobs of a layer compute.

    Attributes
    ----------
    plan, outlet
        The mapped layer, and what becomes of its sums.
    accumulators
        ``int32`` or ``int64[images x pixels, columns]``, or no rows of it.
    words
        Packed codes, as `qpim_emu.mapping.shared.Outputs` holds them.
    events
        ``int64[2, vaults]``: overflows, and clamped outputs.
    """

    plan: Plan
    outlet: Outlet
    accumulators: NDArray[Any]
    words: WordArray
    events: IntArray

    def blocks(self, table: IntArray) -> Blocks:
        """Where codes of some blocks of filters go."""
        return Blocks(words=self.words, table=table, word_bits=self.plan.spec.word_bits)


def make_sink(plan: Plan, outlet: Outlet, *, keeps_accumulators: bool) -> Sink:
    """Make room for the results of a layer; everything in it is to be written.

    Parameters
    ----------
    keeps_accumulators
        Whether there is room for accumulators.
    """
    images, blocks, pixels, words, per_block = outlet.shape
    accumulators = outlet.no_accumulators
    if keeps_accumulators:
        accumulators = lend((images * pixels, accumulators.shape[1]), accumulators.dtype)
    return Sink(
        plan=plan,
        outlet=outlet,
        accumulators=accumulators,
        words=lend((images, blocks, pixels, words, per_block), np.uint16),
        events=np.zeros((2, plan.spec.vaults), np.int64),
    )


def accumulators_of(sink: Sink) -> IntArray:
    """Accumulators as ``int64[images, filters, pixels]``."""
    images, filters, pixels = output_shape(sink.plan)
    by_column = sink.accumulators.reshape(images, pixels, -1)
    found = np.empty((images, filters, pixels), np.int64)
    for image in range(images):
        found[image] = by_column[image].T[places_of(sink.outlet.columns)]
    return found


def places_of(columns: Columns) -> IntArray:
    """Column of each filter."""
    live = np.flatnonzero(columns.filters >= 0)
    places = np.empty_like(live)
    places[columns.filters[live]] = live
    return places


def outputs_of(sink: Sink) -> IntArray:
    """Codes as ``int64[images, filters, pixels]``, from the words that hold them."""
    stored = sink.outlet.stored
    found = np.empty(output_shape(sink.plan), np.int64)
    places, bits = sink.outlet.columns.places, sink.plan.spec.word_bits
    unused = max(INT64_BITS - sink.words.shape[3] * bits, 0) if stored.is_signed else 0
    read_fields(sink.words, places, bits, unused, found)
    return stored.from_field(found) if stored.encoding is Encoding.BIPOLAR else found
