"""Compiled switching: what a walk does to the lines, whatever they carried before.

A sequence of commands is summed up as a *segment*: the first and the last value it drives each
line to, which lines it drives at all, and the toggles in between. Segments compose: behind one
another they toggle what each does inside, and the lines driven by both whose last value in the one
is not the first in the other. A stream that is repeated is therefore walked once. Lines whose
values are known, such as those at the start of a layer, are a segment that drove all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.engine.compiled import compiled

if TYPE_CHECKING:
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["Gating", "Segment", "append", "walk_lines"]


class Segment(NamedTuple):
    """What a sequence of commands does to the data lines of every bank, and to the bus.

    Attributes
    ----------
    first, last
        ``uint16[banks + 1, words per block]``: the first and the last values of the driven lines,
        0 on the others; the last row is the bus.
    driven
        ``uint16[banks + 1]``: lines driven at all, the same in every word.
    toggles
        ``int64[banks + 1]``: changes between the first and the last values.
    """

    first: WordArray
    last: WordArray
    driven: WordArray
    toggles: IntArray


class Gating(NamedTuple):
    """How a walk's commands drive the lines.

    Attributes
    ----------
    columns, banks, word_bits
        Blocks of a row, banks of a vault, lines of a word.
    low, lines
        First enabled line of a word, and how many there are; a write enables all.
    most
        Most blocks of one command (1, 2 or 4).
    aligned
        Whether k blocks read together start at a multiple of k.
    """

    columns: int
    banks: int
    word_bits: int
    low: int
    lines: int
    most: int
    aligned: bool


@compiled
def popcount(word: int) -> int:
    """Count the bits of a 16-bit word."""
    word -= (word >> 1) & 0x5555
    word = (word & 0x3333) + ((word >> 2) & 0x3333)
    word = (word + (word >> 4)) & 0x0F0F
    return (word + (word >> 8)) & 0x1F


@compiled
def append(segment: Segment, behind: Segment) -> None:
    """Extend a segment by another one, in place."""
    first, last, driven, toggles = segment
    for place in range(driven.shape[0]):
        before, now = driven[place], behind.driven[place]
        changed = 0
        for word in range(first.shape[1]):
            old, new = last[place, word], behind.first[place, word]
            changed += popcount((old ^ new) & before & now)
            first[place, word] |= new & ~before
            last[place, word] = (old & ~now) | behind.last[place, word]
        driven[place] = before | now
        toggles[place] += changed + behind.toggles[place]


@compiled
def drive(segment: Segment, place: int, image: WordArray, mask: int) -> None:
    """Extend a segment by one command: `image` on the lines `mask` of a bank, or of the bus."""
    first, last, driven, toggles = segment
    before = driven[place]
    changed = 0
    for word in range(image.shape[0]):
        old, new = last[place, word], image[word]
        changed += popcount((old ^ new) & before & mask)
        first[place, word] |= new & ~before
        last[place, word] = (old & ~mask) | new
    driven[place] = before | mask
    toggles[place] += changed


@compiled
def blocks_together(column: int, blocks: int, gating: Gating) -> int:
    """Blocks of the next command, `blocks` of the run being left in the row.

    The same choice as `qpim_emu.hardware.gating.blocks_of_read`.
    """
    count = gating.most
    while count > 1 and (count > blocks or (gating.aligned and column % count)):
        count //= 2
    return count


@compiled
def set_image(image: WordArray, words: WordArray, gating: Gating) -> int:
    """Set what the lines carry of ``words[blocks, words per block]``; returns which are driven."""
    field = (1 << gating.lines) - 1
    if words.shape[0] == 1:
        mask = field << gating.low
        for word in range(image.shape[0]):
            image[word] = words[0, word] & mask
        return mask
    step = gating.word_bits // words.shape[0]
    mask = 0
    image[:] = 0
    for block in range(words.shape[0]):
        mask |= field << (block * step)
        for word in range(image.shape[0]):
            image[word] |= ((words[block, word] >> gating.low) & field) << (block * step)
    return mask


@compiled
def take_run(
    segment: Segment, words: WordArray, run: tuple[int, int], gating: Gating, image: WordArray
) -> None:
    """Extend a segment by the commands of one run, blocks ``run[0]`` to before ``run[1]``."""
    block, past = run
    while block < past:
        column = block % gating.columns
        bank = block // gating.columns % gating.banks
        count = blocks_together(column, min(past - block, gating.columns - column), gating)
        mask = set_image(image, words[block : block + count], gating)
        drive(segment, bank, image, mask)
        drive(segment, gating.banks, image, mask)
        block += count


@compiled
def walk_lines(segment: Segment, words: WordArray, table: IntArray, gating: Gating) -> None:
    """Extend a segment by the commands of a phase, in place.

    Parameters
    ----------
    words
        ``uint16[blocks, words per block]`` of the vault.
    table
        Walks (`qpim_emu.engine.structure.tables`).
    gating
        How their commands drive the lines.
    """
    image = np.zeros(words.shape[1], np.uint16)
    for walk in table:
        base, y_count, y_step, x_count, x_step, j_count, j_step, i_count, i_step, run = walk
        for y in range(y_count):
            for x in range(x_count):
                vector = base + y * y_step + x * x_step
                for j in range(j_count):
                    for i in range(i_count):
                        block = vector + j * j_step + i * i_step
                        take_run(segment, words, (block, block + run), gating, image)
