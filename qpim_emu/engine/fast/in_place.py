"""Which jobs are multiplied where their operands lie, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.fast.kernels.fetching import CHUNK
from qpim_emu.engine.fast.kernels.in_place import InPlace
from qpim_emu.engine.fast.kernels.instructions import INSTRUCTIONS
from qpim_emu.engine.fast.kernels.vector import STRETCH_BYTES
from qpim_emu.engine.fast.kernels.window_blocks import GROUP
from qpim_emu.engine.fast.rooms import stretch_size

if TYPE_CHECKING:
    from qpim_emu.engine.fast.kernels.kernel import Kernel
    from qpim_emu.engine.fast.script import Script
    from qpim_emu.engine.fast.tables import Table
    from qpim_emu.typing import IntArray

__all__ = ["in_place_of"]


def in_place_of(kernel: Kernel, script: Script, table: Table, *, edges: IntArray) -> InPlace | None:
    """Pack weights for vectors that are multiplied where they lie; None if these lie otherwise.

    Parameters
    ----------
    kernel
        Multiplies them.
    script, table
        Where vectors lie, and the weights.
    edges
        First vector of each share, and the one past the last.
    """
    instruction = INSTRUCTIONS.get(kernel.panels)
    if instruction is None or instruction.slices > 1 or instruction.rows[:2] != (2 * GROUP, GROUP):
        return None
    pitch = pitch_of(script.starts)
    reach = int((script.runs[:, 0] + script.runs[:, 2]).max())
    room = stretch_size(kernel.streamed)
    is_near = 0 < pitch <= reach and (GROUP - 1) * pitch + reach <= room
    if not is_near or (edges % GROUP).any():
        return None
    panels = table.panels(kernel, script.runs)
    pieces, stretches = pieces_of(script.runs, kernel.group, panels.table.strides[1])
    return InPlace(panels, pieces, stretches, pitch)


def pitch_of(starts: IntArray) -> int:
    """Words between neighbouring vectors of each group, 0 if it is not the same everywhere."""
    if len(starts) % GROUP:
        return 0
    found = np.diff(starts.reshape(-1, GROUP), axis=1)
    return int(found[0, 0]) if (found == found[0, 0]).all() else 0


def pieces_of(runs: IntArray, group: int, size: int) -> tuple[IntArray, IntArray]:
    """Cut runs where a stretch of K ends; a step of it takes `size` bytes of a panel.

    Returns
    -------
    tuple of IntArray
        Pieces and edges of an `InPlace`.
    """
    steps = -(-runs[:, 2] // group)
    total = int(steps.sum())
    stretches = -(-total * size // STRETCH_BYTES)
    length = -(-total // (stretches * CHUNK)) * CHUNK
    pieces: list[tuple[int, int, int, int]] = []
    edges, step, chunks = [0], 0, 0
    for distance, count in zip(runs[:, 0].tolist(), steps.tolist(), strict=True):
        taken = 0
        while taken < count:
            part = min(count - taken, length - step % length)
            pieces.append((distance + taken * group, step, part, chunks))
            taken, step, chunks = taken + part, step + part, chunks + -(-part // CHUNK)
            if step % length == 0 or step == total:
                edges.append(len(pieces))
                chunks = 0
    return np.array(pieces, np.int64), np.array(edges, np.int64)
