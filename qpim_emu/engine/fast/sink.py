"""Where results go: accumulators, output words and events of every output of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.fast.kernels.packing import Blocks
from qpim_emu.engine.fast.kernels.requantize import LATER
from qpim_emu.engine.fast.units import unit_of
from qpim_emu.engine.result import output_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.kernels.requantize import Unit
    from qpim_emu.engine.fast.script import Columns
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Sink", "accumulators_of", "make_sink", "outputs_of"]

INT32_BITS = 32
INT64_BITS = 64


@dataclass(slots=True, kw_only=True)
class Sink:
    """Collects what the jobs of a layer compute.

    Attributes
    ----------
    plan, columns
        The mapped layer, and the order of its columns.
    accumulators
        ``int32`` or ``int64[images x pixels, columns]``.
    words
        Packed codes, as `qpim_emu.mapping.shared.Outputs` holds them.
    unit, biases
        Requantization and biases of all columns, 0 for idle lanes.
    overflows, clamped
        ``int64[vaults]``.
    """

    plan: Plan
    columns: Columns
    accumulators: NDArray[Any]
    words: WordArray
    unit: Unit
    biases: IntArray
    overflows: IntArray
    clamped: IntArray

    def blocks(self, table: IntArray) -> Blocks:
        """Where codes of some blocks of filters go."""
        return Blocks(words=self.words, table=table, word_bits=self.plan.spec.word_bits)

    @property
    def is_drained(self) -> bool:
        """Whether compiled code makes the codes."""
        return self.unit.mode != LATER


def make_sink(plan: Plan, columns: Columns) -> Sink:
    """Make room for the results of a layer."""
    images, _, pixels = output_shape(plan)
    spec = plan.spec
    plane = next(plan.planes)
    shape = images, columns.blocks, pixels, plane.output_words, spec.words_per_block
    unit = unit_of(plan.layer, np.maximum(columns.filters, 0), output_words=plane.output_words)
    idle = columns.filters < 0  # lanes without a channel: nothing of theirs is counted
    limits = np.iinfo(np.int64)
    if idle.any():
        low, high = np.where(idle, limits.min, unit.low), np.where(idle, limits.max, unit.high)
        unit = unit._replace(low=low, high=high)
    return Sink(
        plan=plan,
        columns=columns,
        accumulators=np.empty((images * pixels, len(idle)), accumulator_type(plan)),
        words=np.zeros(shape, np.uint16),
        unit=unit,
        biases=np.where(idle, 0, plan.layer.bias[columns.filters]),
        overflows=np.zeros(spec.vaults, np.int64),
        clamped=np.zeros(spec.vaults, np.int64),
    )


def accumulator_type(plan: Plan) -> type[np.signedinteger[Any]]:
    """Smallest type that holds every value that the accumulators can have."""
    layer = plan.layer
    if layer.accumulator.bits <= INT32_BITS:
        return np.int32
    operands = layer.weight_window.format, layer.activation_window.format
    points = layer.weight_zero_point, np.array([layer.activation_zero_point])
    largest = [
        max(kind.max - int(point.min()), int(point.max()) - kind.min)
        for kind, point in zip(operands, points, strict=True)
    ]
    bias = max(abs(int(layer.bias.min())), abs(int(layer.bias.max())))
    bound = largest[0] * largest[1] * plan.geometry.products + bias
    return np.int32 if bound < 1 << (INT32_BITS - 1) else np.int64


def accumulators_of(sink: Sink) -> IntArray:
    """Accumulators as ``int64[images, filters, pixels]``."""
    images, filters, pixels = output_shape(sink.plan)
    by_column = sink.accumulators.reshape(images, pixels, -1)
    found = np.empty((images, filters, pixels), np.int64)
    for image in range(images):
        found[image] = by_column[image].T[places_of(sink.columns)]
    return found


def places_of(columns: Columns) -> IntArray:
    """Column of each filter."""
    live = np.flatnonzero(columns.filters >= 0)
    places = np.empty_like(live)
    places[columns.filters[live]] = live
    return places


def outputs_of(sink: Sink) -> IntArray:
    """Codes as ``int64[images, filters, pixels]``, from the words that hold them."""
    bits, parts = sink.plan.spec.word_bits, sink.words.shape[3]
    found = np.zeros(output_shape(sink.plan), np.int64)
    for part in range(parts):
        words = sink.words[:, sink.columns.places[0], :, part, sink.columns.places[1]]
        found |= words.transpose(1, 0, 2).astype(np.int64) << (part * bits)
    unused, stored = INT64_BITS - parts * bits, sink.plan.layer.output_format
    if stored.encoding is Encoding.BIPOLAR:
        return stored.from_field(found)
    if stored.is_signed and unused > 0:
        found <<= unused
        found >>= unused
    return found
