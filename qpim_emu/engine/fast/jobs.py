"""Jobs: planes that compute with the same operands, so that each is read and multiplied once.

Vaults hold copies: of the weights where output pixels are divided, of the activations where
filters are. A copy is used for another vault's only after comparing them word by word, written
flags included; a vault whose words differ gets a job of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.mapping.plane import Streamed
from qpim_emu.mapping.request import Partition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.memory.image import BankImage

__all__ = ["Job", "dot_jobs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Resident tables times streamed vectors; one of the two is shared by all planes.

    Attributes
    ----------
    tables
        Planes whose resident vectors are multiplied ...
    streams
        ... with the streamed vectors of these planes, all with all.
    """

    tables: list[Plane]
    streams: list[Plane]

    @property
    def residents(self) -> int:
        """Resident vectors of all tables."""
        return sum(plane.residents for plane in self.tables)


def dot_jobs(plan: Plan, planes: Iterable[Plane], image: BankImage) -> list[Job]:
    """Collect planes that reduce to dot products into jobs.

    Parameters
    ----------
    planes
        Planes of the plan, in its order.
    image
        The bank image; decides whether copies are equal.
    """
    jobs: dict[tuple[int, ...], list[Job]] = {}
    copies = Copies(image)
    for plane in planes:
        shares_stream = (
            plan.partition is Partition.FILTERS and plane.streamed is Streamed.ACTIVATIONS
        )
        kind = (plane.group, plane.image) if shares_stream else (plane.group,)
        for job in jobs.setdefault(kind, []):
            if shares_stream and have_equal_streams(copies, job.streams[0], plane):
                job.tables.append(plane)
                break
            if not shares_stream and have_equal_tables(copies, job.tables[0], plane):
                job.streams.append(plane)
                break
        else:
            jobs[kind].append(Job(tables=[plane], streams=[plane]))
    return [job for found in jobs.values() for job in found]


def have_equal_tables(copies: Copies, one: Plane, other: Plane) -> bool:
    """Whether two planes hold the same resident vectors of the same filters (or batch rows)."""
    return (
        (one.resident_first, one.residents) == (other.resident_first, other.residents)
        and [(c.first, c.blocks) for c in one.chunks] == [(c.first, c.blocks) for c in other.chunks]
        and copies.are_equal(
            (one.vault, one.resident_base),
            (other.vault, other.resident_base),
            one.residents * one.vector_blocks,
        )
    )


def have_equal_streams(copies: Copies, one: Plane, other: Plane) -> bool:
    """Whether two planes stream the same words along the same walks."""
    return (
        (one.first, one.vectors, one.rows) == (other.first, other.vectors, other.rows)
        and one.pitch == other.pitch
        and one.chunks == other.chunks
        and copies.are_equal(
            (one.vault, one.streamed_base),
            (other.vault, other.streamed_base),
            (one.rows - 1) * one.pitch + one.row_blocks,
        )
    )


class Copies:
    """Compares blocks of an image that does not change meanwhile, the same ones once.

    All images of a batch use a vault's one weight table.
    """

    def __init__(self, image: BankImage) -> None:
        self.image = image
        self.known: dict[tuple[tuple[int, int], tuple[int, int], int], bool] = {}

    def are_equal(self, one: tuple[int, int], other: tuple[int, int], blocks: int) -> bool:
        """Whether `blocks` blocks from two (vault, address) are written alike, words too."""
        if one == other:
            return True
        key = one, other, blocks
        if key not in self.known:
            self.known[key] = self.compare(one, other, blocks)
        return self.known[key]

    def compare(self, one: tuple[int, int], other: tuple[int, int], blocks: int) -> bool:
        """Compare flags and words."""
        mine, theirs = self.image[one[0]], self.image[other[0]]
        here, there = slice(one[1], one[1] + blocks), slice(other[1], other[1] + blocks)
        return np.array_equal(mine.written[here], theirs.written[there]) and np.array_equal(
            mine.words[here], theirs.words[there]
        )
