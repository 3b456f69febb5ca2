"""How the blocks of each output are read: how many at once, and whether they have tail words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.result import output_shape
from qpim_emu.hardware.gating import blocks_of_read
from qpim_emu.mapping.outputs import output_index
from qpim_emu.mapping.plane import Reduce

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import IntArray

__all__ = ["ReadClass", "output_reads"]

ReadClass = tuple[int, bool]
"""Blocks that a read brought, and whether the block in question has tail words."""


def output_reads(plan: Plan) -> tuple[list[frozenset[ReadClass]], IntArray]:
    """Classes of the blocks that STREAM brings for each output.

    Returns
    -------
    classes
        Every set of classes that occurs.
    which
        ``int64[images, filters, pixels]``: the set of each output.
    """
    numbers: dict[frozenset[ReadClass], int] = {}
    which = np.zeros(output_shape(plan), np.int64)
    for plane in plan.planes:
        for vector, classes in enumerate(vector_reads(plan, plane)):
            number = numbers.setdefault(classes, len(numbers))
            for resident in range(plane.residents):
                for lane in range(plane.tail if plane.reduce is Reduce.PER_LANE else 1):
                    index = output_index(
                        plane,
                        resident=resident,
                        vector=vector,
                        lane=lane,
                        words=plan.spec.words_per_block,
                    )
                    which[index] = number
    return list(numbers), which


def vector_reads(plan: Plan, plane: Plane) -> list[frozenset[ReadClass]]:
    """Classes of the blocks of every streamed vector of a plane."""
    found: list[set[ReadClass]] = [set() for _ in range(plane.vectors)]
    for chunk in plane.chunks:
        vector = 0
        for walk in chunk.walks:
            for runs in walk.shifted(plane.streamed_base).vector_runs():
                position = chunk.first
                for run in runs:
                    found[vector].update(run_reads(plan, plane, run, (position, walk.run)))
                    position += walk.run
                vector += 1
    return [frozenset(classes) for classes in found]


def run_reads(plan: Plan, plane: Plane, first: int, span: tuple[int, int]) -> Iterator[ReadClass]:
    """Classes of the blocks of a run; `span` is its position in the vector and its length."""
    position, blocks = span
    window, words = plan.streamed_window(plane), plan.spec.words_per_block
    done = 0
    while done < blocks:
        count = blocks_of_read(first + done, first + blocks, window, plan.spec)
        for part in range(count):
            yield count, plane.live_words(position + done + part, words) < words
        done += count
