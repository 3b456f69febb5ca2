"""Unfolded layout: one dense row of taps per output pixel (im2col), borders included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.mapping.chunks import split_vector
from qpim_emu.mapping.layouts.image import StreamedImage, ceil_div
from qpim_emu.mapping.plane import Chunk
from qpim_emu.mapping.walks import Walk

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec

__all__ = ["image"]


def image(*, products: int, vectors: int, capacity: int, spec: Spec) -> StreamedImage:
    """Describe `vectors` dense vectors of `products` operands, one behind the other.

    Parameters
    ----------
    products
        Operands of a vector (K).
    vectors
        Streamed vectors: output pixels, or filters of a linear layer.
    capacity
        Blocks of a vector that fit the PE buffer.
    """
    blocks = ceil_div(products, spec.words_per_block)
    return StreamedImage(
        rows=vectors,
        row_blocks=blocks,
        pitch=blocks,
        vector_blocks=blocks,
        period=blocks,
        tail=products - (blocks - 1) * spec.words_per_block,
        chunks=tuple(
            Chunk(
                first=first,
                blocks=past - first,
                walks=(Walk(base=first, outer=((vectors, blocks),), run=past - first),),
            )
            for first, past in split_vector(blocks=blocks, capacity=capacity)
        ),
    )
