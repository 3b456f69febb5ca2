"""Operands that lie in memory once, and the regions of the vaults that show them.

Where output pixels are divided, every vault holds the weights, and rows of the images that
overlap its neighbours'; where filters are divided, every vault holds the images. An image of a
placed layer is therefore described (`qpim_emu.memory.image`): all padded images and all weight
tables once, and each region of each vault as a view of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.mapping.layouts import blocked
from qpim_emu.mapping.layouts.image import ceil_div
from qpim_emu.mapping.plane import Reduce, Streamed
from qpim_emu.mapping.request import Layout
from qpim_emu.memory.image import Region
from qpim_emu.workload.geometry import ConvGeometry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import WordArray

__all__ = [
    "Operands",
    "Outputs",
    "SlabShape",
    "activation_base",
    "filters_of_table",
    "first_row",
    "output_blocks",
    "output_regions",
    "slab_of",
    "slab_shape",
    "table_row",
    "weight_base",
]


class SlabShape(NamedTuple):
    """Sizes of all placed activations of a layer.

    Attributes
    ----------
    slabs
        Padded (or unfolded) images, one of each group or depthwise channel block.
    rows, row_blocks, pitch
        Rows of each, blocks of a row, and distance of two rows in blocks.
    """

    slabs: int
    rows: int
    row_blocks: int
    pitch: int


class Outputs(NamedTuple):
    """Words of all outputs of a layer.

    Attributes
    ----------
    words
        ``uint16[images, blocks of filters, pixels, words of an output, words per block]``.
    first_blocks
        First block of filters of a plane, by its group and first filter.
    """

    words: WordArray
    first_blocks: dict[tuple[int, int], int]


def slab_shape(plan: Plan) -> SlabShape:
    """Size the placed activations of a layer."""
    plane = next(plan.planes)
    geometry = plan.geometry
    if not isinstance(geometry, ConvGeometry):
        return SlabShape(1, geometry.batch, plane.row_blocks, plane.pitch)
    unfolded = plan.layout is Layout.UNFOLDED
    rows = geometry.pixels if unfolded else geometry.height + sum(geometry.padding[0])
    return SlabShape(geometry.images * slabs_of_image(plan), rows, plane.row_blocks, plane.pitch)


def slabs_of_image(plan: Plan) -> int:
    """Groups, or depthwise channel blocks."""
    geometry = plan.geometry
    if not isinstance(geometry, ConvGeometry):
        return 1
    if geometry.is_depthwise:
        return ceil_div(geometry.channels, plan.spec.words_per_block)
    return geometry.groups


def slab_of(plan: Plan, plane: Plane) -> int:
    """Slab that holds a plane's activations."""
    return plane.image * slabs_of_image(plan) + plane.group


def first_row(plan: Plan, plane: Plane) -> int:
    """First row of the slab that a plane's region holds."""
    if plane.streamed is Streamed.WEIGHTS:
        return plane.resident_first
    if plan.layout is Layout.UNFOLDED:
        return plane.first
    assert isinstance(plan.geometry, ConvGeometry)  # noqa: S101 - no other layer is blocked
    return blocked.image_rows(plan.geometry, plane.first, plane.first + plane.vectors)[0]


def activation_base(plane: Plane) -> int:
    """First block of a plane's activations in its vault."""
    return plane.resident_base if plane.streamed is Streamed.WEIGHTS else plane.streamed_base


def weight_base(plane: Plane) -> int:
    """First block of a plane's weights in its vault."""
    return plane.streamed_base if plane.streamed is Streamed.WEIGHTS else plane.resident_base


def filters_of_table(plane: Plane) -> tuple[int, int]:
    """First of the vectors of weights that a plane holds, and how many."""
    if plane.streamed is Streamed.WEIGHTS:
        return plane.first, plane.vectors
    return plane.resident_first, plane.residents


def table_row(plane: Plane) -> int:
    """Place of a plane's first vector of weights among those of all."""
    if plane.reduce is Reduce.PER_LANE:
        return plane.group * plane.residents
    return filters_of_table(plane)[0]


def output_blocks(plane: Plane, words: int) -> int:
    """Blocks of filters that a plane writes for each of its pixels (or batch rows)."""
    _, count = filters_of_table(plane)
    return count if plane.reduce is Reduce.PER_LANE else ceil_div(count, words)


@dataclass(slots=True, kw_only=True)
class Operands:
    """Description of the image of a placed layer (`qpim_emu.memory.image.Contents`).

    Attributes
    ----------
    plan
        The mapped layer.
    placed
        Activations ``uint16[slabs, rows, pitch, words per block]``, blocks beyond a row mean
        nothing; or what makes them when somebody looks: an unfolded image is several times as
        large as what it is unfolded from.
    weights
        ``uint16[vectors of weights, blocks of a vector, words per block]``, filter by filter;
        depthwise channel block by channel block, in each one vector per multiple.
    outputs
        The outputs, once they are computed.
    """

    plan: Plan
    placed: WordArray | Callable[[], WordArray]
    weights: WordArray
    outputs: Outputs | None = None

    @property
    def activations(self) -> WordArray:
        """Activations, the same array every time."""
        if not isinstance(self.placed, np.ndarray):
            self.placed = self.placed()
        return self.placed

    def reserved(self) -> Iterator[tuple[int, int]]:
        """Every vault in use, and the blocks up to the end of its last region."""
        for vault, program in enumerate(self.plan.programs):
            if program:
                yield vault, max(past_block(plane) for plane in program)

    def regions(self) -> Iterator[Region]:
        """Everything that was written."""
        for plane in self.plan.planes:
            rows = self.activation_rows(plane)
            yield Region(plane.vault, activation_base(plane), rows, plane.pitch)
            if plane.image == 0:
                first, (_, count) = table_row(plane), filters_of_table(plane)
                table = self.weights[first : first + count]
                base = weight_base(plane)
                yield Region(plane.vault, base, table, table.shape[1])
        if self.outputs is not None:
            yield from output_regions(self.plan, self.outputs)

    def activation_rows(self, plane: Plane) -> WordArray:
        """Rows of a plane's activations, ``uint16[rows, blocks of a row, words]``."""
        first, slab = first_row(self.plan, plane), slab_of(self.plan, plane)
        return self.activations[slab, first : first + plane.rows, : plane.row_blocks]


def output_regions(plan: Plan, outputs: Outputs) -> Iterator[Region]:
    """Regions that hold the outputs, one WRITE in each row."""
    for plane in plan.planes:
        bases = plane.output_bases  # regions of one size, one behind the other
        pitch = bases[1] - bases[0] if len(bases) > 1 else plane.write_blocks
        yield Region(plane.vault, bases[0], output_rows(plan, plane, outputs), pitch)


def output_rows(plan: Plan, plane: Plane, outputs: Outputs) -> WordArray:
    """Words that a plane writes, ``uint16[regions, blocks of a WRITE, words per block]``."""
    words = plan.spec.words_per_block
    first = outputs.first_blocks[plane.group, filters_of_table(plane)[0]]
    blocks = slice(first, first + output_blocks(plane, words))
    if plane.streamed is Streamed.WEIGHTS:
        found = outputs.words[:, blocks, 0]
    else:
        pixels = slice(plane.first, plane.first + plane.vectors)
        found = outputs.words[plane.image, blocks, pixels]
    return found.reshape(len(plane.output_bases), plane.write_blocks, words)


def past_block(plane: Plane) -> int:
    """Block past the last region of a plane, so that storage is made once."""
    last = plane.output_bases[-1] + plane.write_blocks
    return max(last, activation_base(plane) + plane.rows * plane.pitch)
