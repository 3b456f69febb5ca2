"""Pictures of reads: which bits of a stored word go over the bus, and where they travel.

The reads are issued to a vault that holds the run's own bank image, so the picture shows real
bits, not an illustration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.literal.vault import Vault
from qpim_emu.hardware.commands import Act, Mode, Rd
from qpim_emu.hardware.gating import blocks_of_read, gating_lines, max_blocks

if TYPE_CHECKING:
    from qpim_emu.engine.literal.bus import BusImage
    from qpim_emu.engine.run import RunResult
    from qpim_emu.mapping.plane import Plane

__all__ = ["dual_read_picture", "gated_word_picture"]

OFF = "."


def gated_word_picture(name: str, run: RunResult) -> list[str] | None:
    """Draw the first telling word that a layer streams, gated.

    Returns
    -------
    list of str or None
        Lines of text; None if the layer streams nothing but zeros.
    """
    plane = next(run.plan.planes)
    window = run.plan.streamed_window(plane)
    found = telling_block(run, plane, blocks=1)
    if found is None:
        return None
    block, word = found
    stored = int(run.image[plane.vault].words[block, word])
    width = run.plan.spec.word_bits
    first, past = gating_lines(window, run.plan.spec)
    bus = read(run, plane, block, blocks=1)
    where = place_text(run, plane, block)
    mask = "".join(str(int(first <= line < past)) for line in reversed(range(width)))
    shown = lines(bus.words[word], {(first, past)}, width)
    return [
        f"A gated word: layer {name}, {plane.streamed} as {window}, {where}, word {word}",
        f"  stored   {spaced(f'{stored:0{width}b}')}",
        f"  mask     {spaced(mask)}",
        f"  bus      {spaced(shown)}   operand {bus.operands(0)[word]}",
    ]


def dual_read_picture(name: str, run: RunResult) -> list[str] | None:
    """Draw one word of two blocks that one command reads together.

    Returns
    -------
    list of str or None
        Lines of text; None if the layer reads no two blocks at once.
    """
    plane = next(run.plan.planes)
    window, spec = run.plan.streamed_window(plane), run.plan.spec
    if max_blocks(window, spec) != 2:  # noqa: PLR2004 - a dual read
        return None
    found = telling_block(run, plane, blocks=2)
    if found is None:
        return None
    block, word = found
    width = spec.word_bits
    first, past = gating_lines(window, spec)
    half, enabled = width // 2, past - first
    words = [int(run.image[plane.vault].words[block + part, word]) for part in range(2)]
    bus = read(run, plane, block, blocks=2)
    where = place_text(run, plane, block)
    shown = lines(bus.words[word], {(0, enabled), (half, half + enabled)}, width)
    operands = [bus.operands(part)[word] for part in range(2)]
    return [
        f"A dual read: layer {name}, {plane.streamed} as {window}, {where} and next, word {word}",
        f"  block 0  {spaced(f'{words[0]:0{width}b}')}   operand {operands[0]}",
        f"  block 1  {spaced(f'{words[1]:0{width}b}')}   operand {operands[1]}",
        f"  bus      {spaced(shown)}   block 1 from line {half}, block 0 from line 0",
    ]


def telling_block(run: RunResult, plane: Plane, *, blocks: int) -> tuple[int, int] | None:
    """First block and word, of `blocks` read together, that hold something in every block."""
    image = run.image[plane.vault]
    window, spec = run.plan.streamed_window(plane), run.plan.spec
    for walk in (walk.shifted(plane.streamed_base) for walk in plane.chunks[0].walks):
        for runs in walk.vector_runs():
            for start in runs:
                block, past = start, start + walk.run
                while block < past:
                    together = blocks_of_read(block, past, window, spec)
                    if together >= blocks:
                        words = window.operand(image.words[block : block + blocks].astype(np.int64))
                        telling = np.flatnonzero((words != 0).all(axis=0))
                        if telling.size:
                            return block, int(telling[0])
                    block += together
    return None


def read(run: RunResult, plane: Plane, block: int, *, blocks: int) -> BusImage:
    """Read blocks of the run's bank image."""
    vault = Vault(run.plan.spec, image=run.image[plane.vault])
    place = run.plan.spec.place(block)
    vault.issue(Mode(window=run.plan.streamed_window(plane)))
    vault.issue(Act(bank=place.bank, row=place.row))
    return vault.issue(Rd(bank=place.bank, column=place.column, blocks=blocks))


def place_text(run: RunResult, plane: Plane, block: int) -> str:
    """Say where a block lies."""
    place = run.plan.spec.place(block)
    return f"vault {plane.vault} bank {place.bank} row {place.row} column {place.column}"


def lines(word: int, carried: set[tuple[int, int]], width: int) -> str:
    """Bits of a bus word, highest line first; lines that carry nothing are dots."""
    on = {line for first, past in carried for line in range(first, past)}
    return "".join(str(word >> line & 1) if line in on else OFF for line in reversed(range(width)))


def spaced(bits: str) -> str:
    """Group bits by four."""
    return " ".join(bits[at : at + 4] for at in range(0, len(bits), 4))
