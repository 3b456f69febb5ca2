"""The words that a layer writes, from its output codes (section 10.9 of the semantics)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.packing import to_words
from qpim_emu.mapping.plane import Reduce, Streamed
from qpim_emu.memory.image import Region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["written_outputs"]


def written_outputs(plan: Plan, codes: IntArray) -> Iterator[Region]:
    """Yield every region of outputs, one for each WRITE.

    Parameters
    ----------
    plan
        The mapped layer.
    codes
        Its output codes, in any shape with images and filters first.
    """
    flat = codes.reshape(*codes.shape[:2], -1)
    bits, stored = plan.spec.word_bits, plan.layer.output_format
    count = next(plan.planes).output_words
    # words first: what fills a block is the word 0, whatever code that is
    words = np.stack([to_words(flat >> (part * bits), stored, bits) for part in range(count)], -1)
    for plane in plan.planes:
        regions = words_of(plane, words, plan.spec.words_per_block)
        for base, blocks in zip(plane.output_bases, regions, strict=True):
            rows = blocks.swapaxes(1, 2).reshape(1, plane.write_blocks, -1)
            yield Region(plane.vault, base, rows, plane.write_blocks)


def words_of(plane: Plane, words: WordArray, lanes: int) -> WordArray:
    """Words of a plane, ``uint16[regions, blocks of outputs, outputs of a block, words of one]``.

    `words` are those of the layer, ``uint16[images, filters, pixels, words of an output]``.
    """
    vectors = slice(plane.first, plane.first + plane.vectors)
    if plane.streamed is Streamed.WEIGHTS:
        rows = slice(plane.resident_first, plane.resident_first + plane.residents)
        return in_blocks(words[rows, vectors, 0], lanes)
    if plane.reduce is Reduce.PER_LANE:
        first = plane.group * lanes * plane.residents
        found = words[plane.image, first : first + plane.tail * plane.residents, vectors]
        by_multiple = found.reshape(plane.tail, plane.residents, plane.vectors, -1)
        return in_blocks(by_multiple.transpose(1, 2, 0, 3), lanes)[:, :, 0]
    filters = slice(plane.resident_first, plane.resident_first + plane.residents)
    by_pixel = words[plane.image, filters, vectors].swapaxes(0, 1)
    return in_blocks(by_pixel, lanes).swapaxes(0, 1)


def in_blocks(words: WordArray, lanes: int) -> WordArray:
    """Cut the last axis but one into whole blocks, filled with zeros."""
    *outer, count, parts = words.shape
    filled = np.zeros((*outer, -(-count // lanes) * lanes, parts), np.uint16)
    filled[..., :count, :] = words
    return filled.reshape(*outer, -1, lanes, parts)
