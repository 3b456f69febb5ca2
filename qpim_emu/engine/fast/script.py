"""What executing a job takes besides data, as arrays; kept between runs of the same programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.engine.fast.kernels.counting import add_by_vault
from qpim_emu.mapping.plane import Reduce, Streamed
from qpim_emu.mapping.shared import filters_of_table, output_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qpim_emu.engine.fast.jobs import Job
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import IntArray

__all__ = [
    "Columns",
    "LaneScript",
    "Script",
    "columns_of",
    "first_blocks",
    "lane_script_of",
    "script_of",
]


class Columns(NamedTuple):
    """Order of a layer's outputs in its accumulators and in its blocks of filters.

    Attributes
    ----------
    filters
        ``int64[columns]``: filter of each column; of a depthwise layer -1 for idle lanes.
    blocks
        How many blocks of filters there are.
    numbers
        Number of the first block of filters of every table, by its group and first filter.
    places
        ``int64[2, filters]``: block of filters and word of every filter.
    """

    filters: IntArray
    blocks: int
    numbers: dict[tuple[int, int], int]
    places: IntArray


class Script(NamedTuple):
    """A job in arrays.

    Attributes
    ----------
    starts
        ``int64[vectors]``: word at which each streamed vector begins.
    runs
        ``int64[runs, 3]``: what is read of each, in words
        (`qpim_emu.engine.fast.kernels.unfold.Source`).
    rows
        ``int64[vectors]``: image times pixels plus pixel of each vector's outputs.
    streams
        ``int64[streams]``: first vector of each plane that streams.
    spans
        ``int64[tables, 2]``: first column of each table, and the one past its last.
    vaults
        ``int64[streams, tables]``: which vault computes their outputs.
    blocks
        ``int64[blocks, 3]``: first column, columns, number of a block of filters.
    columns
        First of the layer's columns, and the one past the last.
    """

    starts: IntArray
    runs: IntArray
    rows: IntArray
    streams: IntArray
    spans: IntArray
    vaults: IntArray
    blocks: IntArray
    columns: tuple[int, int]

    def add_by_vault(self, counts: NDArray[np.int32], sums: IntArray) -> None:
        """Add what was counted for ``[vectors, tables]`` to the sums of their vaults."""
        add_by_vault(counts, self.streams, self.vaults, sums)


def script_of(plan: Plan, job: Job, memory: Memory) -> Script:
    """Lay a job out.

    Raises
    ------
    UnwrittenReadError
        If a block among its activations was never written.
    """
    reads = [memory.reads(plane) for plane in job.streams]
    sizes = [columns_of_table(plan, plane) for plane in job.tables]
    edges = np.cumsum([0, *sizes])
    first = first_column(plan, job.tables[0])
    return Script(
        starts=np.concatenate([read.starts for read in reads]),
        runs=reads[0].runs,
        rows=np.concatenate([rows_of(plan, plane) for plane in job.streams]),
        streams=np.cumsum([0, *(len(read.starts) for read in reads[:-1])]),
        spans=np.stack([edges[:-1], edges[1:]], axis=1),
        vaults=np.ascontiguousarray(vaults_of(job)),
        blocks=block_table(plan, job.tables, edges.tolist()),
        columns=(first, first + int(edges[-1])),
    )


def rows_of(plan: Plan, plane: Plane) -> IntArray:
    """Image times pixels plus pixel of each of a plane's streamed vectors."""
    if plane.streamed is Streamed.WEIGHTS:
        return np.arange(plane.resident_first, plane.resident_first + plane.residents)
    first = plane.image * plan.geometry.pixels + plane.first  # type: ignore[union-attr]
    return np.arange(first, first + plane.vectors)


def vaults_of(job: Job) -> IntArray:
    """Which vault computes the outputs of each stream and table."""
    shape = len(job.streams), len(job.tables)
    if job.by_filters:
        return np.broadcast_to([plane.vault for plane in job.tables], shape)
    return np.broadcast_to([[plane.vault] for plane in job.streams], shape)


def block_table(plan: Plan, tables: tuple[Plane, ...], edges: list[int]) -> IntArray:
    """Blocks of filters of tables, whose first columns are `edges`."""
    words, numbers = plan.spec.words_per_block, first_blocks(plan)[0]
    found = []
    for plane, column in zip(tables, edges, strict=False):
        first, count = filters_of_table(plane)
        number, per_lane = numbers[plane.group, first], plane.reduce is Reduce.PER_LANE
        for i in range(output_blocks(plane, words)):
            live = plane.tail if per_lane else min(words, count - i * words)
            found.append((column + i * words, live, number + i))
    return np.array(found, np.int64)


def columns_of_table(plan: Plan, plane: Plane) -> int:
    """Columns that a plane's outputs take: filters, or lanes of every multiple."""
    count = filters_of_table(plane)[1]
    return count * plan.spec.words_per_block if plane.reduce is Reduce.PER_LANE else count


def first_column(plan: Plan, plane: Plane) -> int:
    """First of those columns in the layer."""
    if plane.reduce is Reduce.PER_LANE:
        return plane.group * columns_of_table(plan, plane)
    return filters_of_table(plane)[0]


def first_blocks(plan: Plan) -> tuple[dict[tuple[int, int], int], int]:
    """Number the blocks of filters: the first of every table, and how many there are."""
    numbers: dict[tuple[int, int], int] = {}
    past = 0
    for plane in plan.planes:
        key = plane.group, filters_of_table(plane)[0]
        if key not in numbers:
            numbers[key] = past
            past += output_blocks(plane, plan.spec.words_per_block)
    return numbers, past


def columns_of(plan: Plan) -> Columns:
    """Order the outputs of a layer.

    Columns are filters; of a depthwise layer (channel block, multiple, lane), so that lanes lie
    beside each other.
    """
    numbers, blocks = first_blocks(plan)
    plane, words = next(plan.planes), plan.spec.words_per_block
    filters = np.arange(plan.layer.filters)
    places = np.zeros((2, len(filters)), np.int64)
    if plane.reduce is Reduce.PER_LANE:
        lanes = np.full((blocks // plane.residents * words, plane.residents), -1)
        lanes.reshape(-1)[: len(filters)] = filters
        in_order = lanes.reshape(-1, words, plane.residents).transpose(0, 2, 1).reshape(-1)
        live = np.flatnonzero(in_order >= 0)
        places[:, in_order[live]] = np.divmod(live, words)
        return Columns(in_order, blocks, numbers, places)
    for (_, first), number in numbers.items():  # in the order of filters, to the next one's first
        block, lane = np.divmod(filters[first:] - first, words)
        places[:, first:] = number + block, lane
    return Columns(filters, blocks, numbers, places)


class LaneScript(NamedTuple):
    """All channel blocks of a depthwise layer in arrays.

    Attributes
    ----------
    jobs, scripts
        One of each for every channel block.
    whole
        All of them, one behind the other.
    pieces
        ``int64[jobs + 1]``: first vector of each job, and the number of all.
    """

    jobs: tuple[Job, ...]
    scripts: tuple[Script, ...]
    whole: Script
    pieces: IntArray


def lane_script_of(plan: Plan, jobs: list[Job], memory: Memory) -> LaneScript:
    """Lay all jobs of a depthwise layer out."""
    found = [script_of(plan, job, memory) for job in jobs]
    edges = np.cumsum([0, *(len(script.rows) for script in found)])
    whole = Script(
        starts=np.concatenate([script.starts for script in found]),
        runs=found[0].runs,
        rows=np.concatenate([script.rows for script in found]),
        streams=np.concatenate(
            [script.streams + edge for script, edge in zip(found, edges, strict=False)]
        ),
        spans=found[0].spans,
        vaults=np.concatenate([script.vaults for script in found]),
        blocks=np.stack([script.blocks for script in found]),
        columns=(0, first_blocks(plan)[1] * plan.spec.words_per_block),
    )
    return LaneScript(tuple(jobs), tuple(found), whole, edges)
