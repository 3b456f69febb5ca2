"""I/O gating: the data lines a window enables, and how many blocks one read returns.

::

    word (W = 16)      15 14 13 12 11 10  9  8  7  6  5  4  3  2  1  0
    Int(4), shift 6                       1  1  1  1                      operand mask
    granularity 4                   1  1  1  1  1  1  1  1                gating mask, lines 4..11

A line enabled only by the granularity carries its bit and is charged for it; the lane side
drops it. Two blocks are read at once if their enabled lines fit twice into the word: those of
block j of k start at line ``j * (W // k)`` of each word of the bus image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import InputError
from qpim_emu.hardware.spec import PartnerRule

if TYPE_CHECKING:
    from qpim_emu.arith.window import Window
    from qpim_emu.hardware.spec import Spec

__all__ = [
    "block_gating_mask",
    "blocks_of_read",
    "check_window",
    "enabled_lines",
    "first_bus_line",
    "gating_lines",
    "gating_mask",
    "max_blocks",
]


def check_window(window: Window, spec: Spec, field: str = "window") -> None:
    """Check that a window lies inside the word of the machine.

    Raises
    ------
    InputError
        If the precision is not in 1..W, or shift + precision exceeds W.
    """
    if not 1 <= window.precision <= spec.word_bits:
        msg = f"{field} precision must be in 1..{spec.word_bits}, got {window.precision}"
        raise InputError(msg)
    if window.past > spec.word_bits:
        msg = (
            f"{field} shift + precision must be at most {spec.word_bits}, "
            f"got {window.shift} + {window.precision}"
        )
        raise InputError(msg)


def gating_lines(window: Window, spec: Spec) -> tuple[int, int]:
    """First enabled line of a word, and the line past the last one.

    The operand mask is widened outwards to whole groups of `gate_granularity` lines; it stays
    inside the word because the granularity divides W.
    """
    group = spec.gate_granularity
    return window.shift // group * group, -(-window.past // group) * group


def enabled_lines(window: Window, spec: Spec) -> int:
    """Count the enabled lines of a word."""
    first, past = gating_lines(window, spec)
    return past - first


def gating_mask(window: Window, spec: Spec) -> int:
    """Set the bits of the enabled lines of one word."""
    first, past = gating_lines(window, spec)
    return (1 << past) - (1 << first)


def block_gating_mask(window: Window, spec: Spec) -> int:
    """Replicate the gating mask over the words of a block, word 0 in the lowest bits."""
    mask = gating_mask(window, spec)
    return sum(mask << (spec.word_bits * word) for word in range(spec.words_per_block))


def max_blocks(window: Window, spec: Spec) -> int:
    """Most blocks that one read can return through the window (1, 2 or 4).

    The largest power of two k up to `max_blocks_per_read` with k * enabled lines <= W.
    """
    enabled = enabled_lines(window, spec)
    blocks = spec.max_blocks_per_read
    while blocks > 1 and blocks * enabled > spec.word_bits:
        blocks //= 2
    return blocks


def blocks_of_read(block: int, past: int, window: Window, spec: Spec) -> int:
    """How many blocks the read command at one block of a run returns.

    Parameters
    ----------
    block
        Address of the first block that is not read yet.
    past
        Address past the last block of the run; reads never cross it.
    window, spec
        The window the run is read through, and the machine.

    Returns
    -------
    int
        The largest power of two k <= `max_blocks` such that blocks ``block .. block + k - 1``
        lie in the run and in one row and, under the ``aligned`` partner rule, the first of
        them is in a column that is a multiple of k.
    """
    column = block % spec.columns
    aligned = spec.partner_rule is PartnerRule.ALIGNED
    count = max_blocks(window, spec)
    while count > 1 and (
        block + count > past or column + count > spec.columns or (aligned and column % count)
    ):
        count //= 2
    return count


def first_bus_line(index: int, count: int, spec: Spec) -> int:
    """Line of a word at which block `index` of `count` > 1 blocks starts in the bus image.

    A read of a single block leaves its lines in place; several are packed.
    """
    return index * (spec.word_bits // count)
