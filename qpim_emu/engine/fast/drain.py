"""Behind the accumulators: requantize, pack the codes, write them to their vaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize import Mode
from qpim_emu.engine.fast.sink import outputs_of
from qpim_emu.mapping.plane import Reduce, Streamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import BoolArray, IntArray, WordArray

__all__ = ["count_events", "requantize", "write_outputs"]

TILE_OUTPUTS = 1 << 16
"""Outputs requantized at a time: temporaries of 512 KiB, which caches hold."""


def requantize(plan: Plan, accumulators: IntArray) -> tuple[IntArray, BoolArray | None]:
    """Turn accumulators into codes.

    Parameters
    ----------
    accumulators
        ``int64[images, filters, pixels]``.

    Returns
    -------
    codes, clamped
        Codes in the same shape, and which of them were clamped; ``None`` for none.
    """
    unit = plan.layer.requantize
    if unit.mode is Mode.NONE:
        return accumulators.copy(), None
    codes = np.empty_like(accumulators)
    clamped = np.empty(accumulators.shape, np.bool_)
    for images, filters, pixels in tiles(accumulators.shape):
        at = images, filters, pixels
        moved, clipped = unit.apply(np.moveaxis(accumulators[at], 1, 2), filters=filters)
        codes[at], clamped[at] = np.moveaxis(moved, 2, 1), np.moveaxis(clipped, 2, 1)
    return codes, clamped


def tiles(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice, slice]]:
    """Cut ``[images, filters, pixels]`` into tiles, as many pixels as possible in each."""
    images, filters, pixels = shape
    wide = min(pixels, TILE_OUTPUTS)
    high = min(filters, max(1, TILE_OUTPUTS // wide))
    deep = max(1, TILE_OUTPUTS // (wide * high))
    for image in range(0, images, deep):
        for first in range(0, filters, high):
            for pixel in range(0, pixels, wide):
                yield (
                    slice(image, image + deep),
                    slice(first, min(filters, first + high)),
                    slice(pixel, pixel + wide),
                )


def count_events(plan: Plan, events: IntArray | BoolArray | None) -> IntArray:
    """Sum events of outputs, ``[images, filters, pixels]``, by the vault that computed them."""
    counts = np.zeros(plan.spec.vaults, np.int64)
    if events is not None and events.any():
        for plane in plan.planes:
            mine = events[outputs_of(plane, plan.spec.words_per_block)]
            found = np.count_nonzero(mine) if mine.dtype == np.bool_ else mine.sum()
            counts[plane.vault] += int(found)
    return counts


def write_outputs(plan: Plan, codes: IntArray, image: BankImage) -> None:
    """Write every output region, ``codes`` being ``int64[images, filters, pixels]``."""
    bits, mask = plan.spec.word_bits, plan.spec.word_mask
    parts = max((plane.output_words for plane in plan.planes), default=0)
    words = [low_words(codes >> (part * bits) if part else codes, mask) for part in range(parts)]
    for plane in plan.planes:
        bases = plane.output_bases  # regions of one size, one behind the other
        pitch = bases[1] - bases[0] if len(bases) > 1 else plane.write_blocks
        image[plane.vault].write_rows(bases[0], pack(plan, plane, words), pitch=pitch)


def low_words(codes: IntArray, mask: int) -> WordArray:
    """Low words of codes, ``uint16[images, pixels, filters]``: in the order of the blocks."""
    words = codes.astype(np.uint16)
    words &= np.uint16(mask)
    return np.ascontiguousarray(words.transpose(0, 2, 1))


def pack(plan: Plan, plane: Plane, words: list[WordArray]) -> WordArray:
    """Lay the outputs of a plane out as ``uint16[regions, blocks, words per block]``.

    Parameters
    ----------
    words
        Words of all outputs of the layer, low ones first (`low_words`).
    """
    per_block, parts = plan.spec.words_per_block, plane.output_words
    images, filters, pixels = outputs_of(plane, per_block)
    columns = plane.write_blocks // parts
    packed = np.zeros((len(plane.output_bases), columns, parts, per_block), np.uint16)
    for part, of_layer in enumerate(words):
        arrange(plane, of_layer[images, pixels, filters], packed[:, :, part])
    return packed.reshape(len(packed), columns * parts, per_block)


def arrange(plane: Plane, low: WordArray, blocks: WordArray) -> None:
    """Put words of outputs into ``uint16[regions, blocks, words]``, the rest staying 0.

    Parameters
    ----------
    low
        ``uint16[vectors, residents]``; per lane ``[vectors, lanes x residents]``; linear
        ``[residents, vectors]``, residents being images.
    """
    regions, columns, words = blocks.shape
    if plane.streamed is Streamed.WEIGHTS:
        filled = np.zeros((regions, columns * words), np.uint16)
        filled[:, : plane.vectors] = low
        blocks[:] = filled.reshape(blocks.shape)
        return
    if plane.reduce is Reduce.DOT and low.shape[1] == regions * words:
        blocks[:] = low.reshape(columns, regions, words).swapaxes(0, 1)
        return
    for region in range(regions):
        if plane.reduce is Reduce.PER_LANE:
            mine = low[:, region::regions]
        else:
            mine = low[:, region * words : (region + 1) * words]
        blocks[region, :, : mine.shape[1]] = mine
