"""Jobs: planes that compute with the same operands, so that each is read and multiplied once.

Vaults hold copies: of the weights where output pixels are divided, of the activations where
filters are. A copy is used for another vault's only where both show the same words, or after
comparing them word by word, written flags included; a vault whose words differ gets a job of its
own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.mapping.plane import Streamed
from qpim_emu.mapping.request import Partition
from qpim_emu.mapping.shared import filters_of_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane

__all__ = ["Job", "make_jobs"]

MOST_BLOCKS = 1 << 18
"""Blocks of weights that are enough for one job: what is made of them takes tens of megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Tables of weights times vectors of activations, all with all.

    Attributes
    ----------
    tables
        Planes that hold the weights, one for each range of filters; ranges follow each other.
    streams
        Planes that hold the activations, by image and first pixel; one for a linear layer.
    by_filters
        Whether the vault of an output is that of its filter, not that of its pixel.
    """

    tables: tuple[Plane, ...]
    streams: tuple[Plane, ...]
    by_filters: bool


class Copies:
    """Finds the first plane whose words a plane shares."""

    def __init__(self, are_equal: Callable[[Plane, Plane], bool]) -> None:
        self.are_equal = are_equal
        self.found: dict[tuple[int, ...], list[Plane]] = {}

    def original(self, key: tuple[int, ...], plane: Plane) -> Plane:
        """First plane of the same `key` and the same words."""
        known = self.found.setdefault(key, [])
        for other in known:
            if self.are_equal(other, plane):
                return other
        known.append(plane)
        return plane


def make_jobs(plan: Plan, planes: Iterable[Plane], memory: Memory) -> list[Job]:
    """Collect planes into jobs.

    Parameters
    ----------
    planes
        Planes of the plan, in its order.
    memory
        Their operands; decides whether copies are equal.
    """
    if plan.partition is Partition.PIXELS:
        return jobs_by_pixels(planes, memory)
    return jobs_by_filters(planes, memory)


def jobs_by_pixels(planes: Iterable[Plane], memory: Memory) -> list[Job]:
    """One job for each table of weights."""
    copies = Copies(memory.have_equal_tables)
    found: dict[int, list[Plane]] = {}
    tables: dict[int, Plane] = {}
    for plane in planes:
        table = copies.original((plane.group, *filters_of_table(plane)), plane)
        tables[id(table)] = table
        found.setdefault(id(table), []).append(plane)
    return [
        Job(
            tables=(tables[key],),
            streams=tuple(sorted(streams, key=lambda plane: (plane.image, plane.first))),
            by_filters=False,
        )
        for key, streams in found.items()
    ]


def jobs_by_filters(planes: Iterable[Plane], memory: Memory) -> list[Job]:
    """One job for each set of tables that sees the same activations.

    The images of a batch see the same tables.
    """
    copies = Copies(memory.have_equal_activations)
    tables_of: dict[int, list[Plane]] = {}
    streams: dict[int, Plane] = {}
    for plane in planes:
        first = plane.resident_first if plane.streamed is Streamed.WEIGHTS else plane.first
        stream = copies.original((plane.group, plane.image, first), plane)
        streams[id(stream)] = stream
        tables_of.setdefault(id(stream), []).append(plane)
    merged: dict[tuple[tuple[int, int], ...], Job] = {}
    for key, tables in tables_of.items():
        for part in neighbours(sorted(tables, key=filters_of_table)):
            found = (part[0].vault, part[0].group), *(filters_of_table(plane) for plane in part)
            more: tuple[Plane, ...] = (streams[key],)
            if found in merged:
                more = merged[found].streams + more
            kept = merged[found].tables if found in merged else part
            merged[found] = Job(tables=kept, streams=more, by_filters=True)
    return list(merged.values())


def neighbours(tables: list[Plane]) -> list[tuple[Plane, ...]]:
    """Cut tables, in the order of their filters, where filters are missing, or there are many."""
    parts: list[list[Plane]] = []
    past, blocks = -1, 0
    for plane in tables:
        first, count = filters_of_table(plane)
        if first != past or blocks > MOST_BLOCKS:
            parts.append([])
            blocks = 0
        blocks += count * plane.vector_blocks
        parts[-1].append(plane)
        past = first + count
    return [tuple(part) for part in parts]
