"""Behind the accumulators: requantize, pack the codes, write them to their vaults."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.requantize import Mode
from qpim_emu.engine.fast.sink import outputs_of
from qpim_emu.engine.fast.workers import in_order, shares
from qpim_emu.mapping.plane import Reduce, Streamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import BoolArray, IntArray, WordArray

__all__ = ["count_events", "requantize", "write_outputs"]

TILE_OUTPUTS = 1 << 14
"""Outputs requantized at a time: a dozen temporaries of them stay in the second-level cache."""


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

    def drain(at: tuple[slice, slice, slice]) -> None:
        moved, clipped = unit.apply(np.moveaxis(accumulators[at], 1, 2), filters=at[1])
        codes[at], clamped[at] = np.moveaxis(moved, 2, 1), np.moveaxis(clipped, 2, 1)

    for _ in in_order([partial(drain, at) for at in tiles(accumulators.shape)]):
        pass
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
            counts[plane.vault] += int(events[outputs_of(plane, plan.spec.words_per_block)].sum())
    return counts


def write_outputs(plan: Plan, codes: IntArray, image: BankImage) -> None:
    """Write every output region, ``codes`` being ``int64[images, filters, pixels]``."""

    def write(programs: slice) -> None:
        for program in plan.programs[programs]:
            for plane in program:
                mine = codes[outputs_of(plane, plan.spec.words_per_block)]
                regions = pack(plan, plane, mine)
                for base, blocks in zip(plane.output_bases, regions, strict=True):
                    image[plane.vault].write(base, blocks)

    parts = [slice(None)] if codes.size < TILE_OUTPUTS else shares(len(plan.programs))
    for _ in in_order([partial(write, part) for part in parts]):
        pass


def pack(plan: Plan, plane: Plane, codes: IntArray) -> WordArray:
    """Lay the codes of a plane out as ``uint16[regions, blocks, words per block]``.

    Parameters
    ----------
    codes
        ``int64[residents, vectors]``; per lane ``[lanes x residents, vectors]``.
    """
    words, parts, bits = plan.spec.words_per_block, plane.output_words, plan.spec.word_bits
    grid = grid_of(plane, words)
    rows, columns, _ = grid
    packed = np.zeros((rows, columns, parts, words), np.uint16)
    for part in range(parts):
        above = codes >> (part * bits) if part else codes
        low = above.astype(np.uint16) & np.uint16(plan.spec.word_mask)
        arrange(plane, low, packed[:, :, part])
    return packed.reshape(rows, columns * parts, words)


def grid_of(plane: Plane, words: int) -> tuple[int, int, int]:
    """Regions of a plane, blocks in each at one word per output, words per block."""
    columns = plane.write_blocks // plane.output_words
    return len(plane.output_bases), columns, words


def arrange(plane: Plane, low: WordArray, blocks: WordArray) -> None:
    """Put words of outputs into ``uint16[regions, blocks, words]``, the rest staying 0."""
    regions, columns, words = blocks.shape
    if plane.streamed is Streamed.WEIGHTS:
        filled = np.zeros((regions, columns * words), np.uint16)
        filled[:, : plane.vectors] = low
        blocks[:] = filled.reshape(blocks.shape)
        return
    if plane.reduce is Reduce.PER_LANE:
        blocks[:, :, : plane.tail] = low.reshape(plane.tail, regions, columns).transpose(1, 2, 0)
        return
    for region in range(regions):
        filters = low[region * words : (region + 1) * words]
        blocks[region, :, : len(filters)] = filters.T
