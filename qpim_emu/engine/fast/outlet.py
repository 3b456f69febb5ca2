"""What becomes of a layer's sums, whatever its activations are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.fast.decode import decoder_of
from qpim_emu.engine.fast.kernels.requantize import Later
from qpim_emu.engine.fast.units import unit_of
from qpim_emu.engine.result import output_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.engine.fast.kernels.unfold import Decoder
    from qpim_emu.engine.fast.script import Columns
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray

__all__ = ["Outlet"]

INT32_BITS = 32


class Outlet:
    """Results of a layer: their order, types, shapes and requantization. It knows no plan.

    Parameters
    ----------
    plan
        The mapped layer.
    columns
        Order of its outputs.

    Attributes
    ----------
    columns
        That order.
    no_accumulators
        No rows of them, in the smallest type that holds every accumulator.
    shape
        Images, blocks of filters, pixels, words of an output, words of a block.
    stored
        Format of the codes.
    unit, biases
        Requantization and biases of all columns; 0 for idle lanes.
    """

    def __init__(self, plan: Plan, columns: Columns) -> None:
        layer, spec, filters = plan.layer, plan.spec, columns.filters
        images, _, pixels = output_shape(plan)
        words = next(plan.planes).output_words
        self.columns = columns
        kind = np.dtype(accumulator_type(plan))
        self.no_accumulators: NDArray[Any] = np.empty((0, len(filters)), kind)
        self.shape = images, columns.blocks, pixels, words, spec.words_per_block
        self.stored: Format = layer.output_format
        self.unit = unit_of(
            layer,
            np.maximum(filters, 0),
            output_words=words,
            lane_bits=8 * kind.itemsize,
        )
        self.biases: IntArray = np.where(filters < 0, 0, layer.bias[filters])
        self.accumulator_bits = layer.accumulator.bits
        self.word_bits, self.words_per_block = spec.word_bits, spec.words_per_block
        self.window, self.zero_point = layer.activation_window, layer.activation_zero_point
        self.spec = spec

    @property
    def is_drained(self) -> bool:
        """Whether compiled code makes the codes."""
        return not isinstance(self.unit, Later)

    def decoder(self, offset: int) -> Decoder:
        """How activations are read: less by their zero point, and by `offset`."""
        return decoder_of(self.window, self.spec, minus=self.zero_point + offset)


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
