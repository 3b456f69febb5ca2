"""Channel-blocked layout: pixels of whole channel blocks, in padded image rows.

::

    row y   | pixel 0: block 0 block 1 .. | pixel 1: .. | .. | gap up to the pitch |
    row y+1 | ...

The taps of a kernel row lie beside each other unless the layer is dilated horizontally, so a
run covers a whole kernel row. Rows are spaced so that the rows of a window fall in different
banks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.mapping.chunks import Span, split_kernel
from qpim_emu.mapping.layouts.image import StreamedImage, ceil_div
from qpim_emu.mapping.plane import Chunk
from qpim_emu.mapping.walks import Walk

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.rectangles import Rectangle
    from qpim_emu.workload.geometry import ConvGeometry

__all__ = ["image", "image_rows", "row_pitch", "vector_blocks"]


def vector_blocks(geometry: ConvGeometry, spec: Spec) -> int:
    """Blocks of one output's operands."""
    kernel = geometry.kernel[0] * geometry.kernel[1]
    return kernel * ceil_div(geometry.group_channels, spec.words_per_block)


def image_rows(geometry: ConvGeometry, first: int, past: int) -> tuple[int, int]:
    """Padded input rows (first, past) that output pixels ``first..past`` touch."""
    reach = (geometry.kernel[0] - 1) * geometry.dilation[0] + 1
    top = first // geometry.out_width * geometry.stride[0]
    bottom = (past - 1) // geometry.out_width * geometry.stride[0]
    return top, bottom + reach


def row_pitch(row_blocks: int, kernel_rows: int, spec: Spec) -> int:
    """Distance of image rows in blocks, so that the rows of a window fall in different banks.

    For more than one kernel row: the smallest n >= `row_blocks` (even if a DRAM row has more
    than one column) whose rows start about banks / `kernel_rows` banks apart.
    """
    if kernel_rows == 1:
        return row_blocks
    step = max(1, spec.banks // kernel_rows)
    wanted = {step, spec.banks - step}
    grain = 2 if spec.columns > 1 else 1
    pitch = ceil_div(row_blocks, grain) * grain
    while pitch // spec.columns % spec.banks not in wanted:
        pitch += grain
    return pitch


def image(
    *,
    geometry: ConvGeometry,
    rectangles: tuple[Rectangle, ...],
    capacity: int,
    lanes: int | None,
    spec: Spec,
) -> StreamedImage:
    """Describe the rows that the pixels of `rectangles` need, and the walks over them.

    Parameters
    ----------
    rectangles
        The vault's output pixels in row-major order.
    capacity
        Blocks of a vector that fit the PE buffer.
    lanes
        Channels of a depthwise channel block; ``None`` for a dot product.
    """
    words = spec.words_per_block
    tap_blocks = 1 if lanes else ceil_div(geometry.group_channels, words)
    row_blocks = geometry.padded_width * tap_blocks
    pitch = row_pitch(row_blocks, geometry.kernel[0], spec)
    width = geometry.out_width
    first = rectangles[0].y * width
    top, past = image_rows(geometry, first, rectangles[-1].past_row * width)
    kernel_rows, kernel_taps = geometry.kernel
    spans = split_kernel(rows=kernel_rows, taps=kernel_taps, blocks=tap_blocks, capacity=capacity)
    return StreamedImage(
        rows=past - top,
        row_blocks=row_blocks,
        pitch=pitch,
        vector_blocks=kernel_rows * kernel_taps * tap_blocks,
        period=tap_blocks,
        tail=lanes or geometry.group_channels - (tap_blocks - 1) * words,
        chunks=tuple(
            chunk(geometry, rectangles, span, tap_blocks=tap_blocks, pitch=pitch, top=top)
            for span in spans
        ),
    )


def chunk(
    geometry: ConvGeometry,
    rectangles: tuple[Rectangle, ...],
    span: Span,
    *,
    tap_blocks: int,
    pitch: int,
    top: int,
) -> Chunk:
    """Walks that stream the part `span` of every output's operands."""
    rows, taps, blocks = (past - first for first, past in (span.rows, span.taps, span.blocks))
    (row_dilation, tap_dilation), (row_stride, tap_stride) = geometry.dilation, geometry.stride
    merged = tap_dilation == 1 or taps == 1
    runs = () if merged else ((taps, tap_dilation * tap_blocks),)
    start = (
        span.rows[0] * row_dilation * pitch
        + span.taps[0] * tap_dilation * tap_blocks
        + span.blocks[0]
    )
    return Chunk(
        first=(span.rows[0] * geometry.kernel[1] + span.taps[0]) * tap_blocks + span.blocks[0],
        blocks=rows * taps * blocks,
        walks=tuple(
            Walk(
                base=(r.y * row_stride - top) * pitch + r.x * tap_stride * tap_blocks + start,
                outer=((r.rows, row_stride * pitch), (r.columns, tap_stride * tap_blocks)),
                inner=((rows, row_dilation * pitch), *runs),
                run=taps * blocks if merged else blocks,
            )
            for r in rectangles
        ),
    )
