"""Behind the accumulators: requantize, pack the codes, write them to their vaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize import Mode
from qpim_emu.engine.fast.kernels.packing import pack_outputs
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
    for at in tiles(accumulators.shape):
        moved, clipped = unit.apply(accumulators[at].swapaxes(1, 2), filters=at[1])
        codes[at], clamped[at] = moved.swapaxes(1, 2), clipped.swapaxes(1, 2)
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
    others = []
    for plane in plan.planes:
        if plane.reduce is Reduce.DOT and plane.streamed is Streamed.ACTIVATIONS:
            write_blocked(plane, codes[plane.image], image, (bits, mask))
        else:
            others.append(plane)
    parts = max((plane.output_words for plane in others), default=0)
    words = [low_words(codes >> (part * bits) if part else codes, mask) for part in range(parts)]
    for plane in others:
        bases = plane.output_bases  # regions of one size, one behind the other
        pitch = bases[1] - bases[0] if len(bases) > 1 else plane.write_blocks
        image[plane.vault].write_rows(bases[0], pack(plan, plane, words), pitch=pitch)


def write_blocked(plane: Plane, codes: IntArray, image: BankImage, word: tuple[int, int]) -> None:
    """Write the outputs of dot products with streamed activations, straight into their blocks.

    Parameters
    ----------
    codes
        ``int64[filters, pixels]`` of the plane's image.
    word
        Bits and mask of a word.
    """
    bits, mask = word
    room, past = open_outputs(plane, image), plane.resident_first + plane.residents
    for part in range(plane.output_words):
        begun = plane.resident_first, plane.first
        pack_outputs(codes, begun, past, (part * bits, mask), room[:, :, part])


def open_outputs(plane: Plane, image: BankImage) -> WordArray:
    """Region of a plane's outputs, ``uint16[regions, pixels, words of an output, lanes]``."""
    bases, parts = plane.output_bases, plane.output_words
    pitch = bases[1] - bases[0] if len(bases) > 1 else plane.write_blocks
    vault = image[plane.vault]
    blocks = vault.open_rows(bases[0], len(bases), plane.write_blocks, pitch=pitch)
    return blocks.reshape(len(bases), plane.write_blocks // parts, parts, -1, copy=False)


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
        Per lane ``uint16[vectors, lanes x residents]``; linear ``[residents, vectors]``,
        residents being images.
    """
    regions, columns, words = blocks.shape
    if plane.streamed is Streamed.WEIGHTS:
        filled = np.zeros((regions, columns * words), np.uint16)
        filled[:, : plane.vectors] = low
        blocks[:] = filled.reshape(blocks.shape)
        return
    for region in range(regions):  # one of each multiple of the channels
        mine = low[:, region::regions]
        blocks[region, :, : mine.shape[1]] = mine
