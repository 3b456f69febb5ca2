"""All jobs of a layer as arrays, kept for programs that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qpim_emu.engine.fast.jobs import make_jobs
from qpim_emu.engine.fast.memory import SharedMemory
from qpim_emu.engine.fast.script import columns_of, lane_script_of, script_of
from qpim_emu.mapping.keeping import Keeper
from qpim_emu.mapping.plane import Reduce

if TYPE_CHECKING:
    from qpim_emu.engine.fast.jobs import Job
    from qpim_emu.engine.fast.memory import Memory
    from qpim_emu.engine.fast.script import Columns, LaneScript, Script
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.programs import Programs

__all__ = ["Layout", "layout_of"]


class Layout(NamedTuple):
    """What executing a layer takes besides data.

    Attributes
    ----------
    columns
        Order of the outputs.
    dots
        Jobs of dot products.
    lanes
        Those of a depthwise layer, None for any other.
    """

    columns: Columns
    dots: tuple[tuple[Job, Script], ...]
    lanes: LaneScript | None

    @property
    def scripts(self) -> tuple[Script, ...]:
        """Of all jobs."""
        dots = tuple(script for _, script in self.dots)
        return dots if self.lanes is None else (*dots, *self.lanes.scripts)


kept: Keeper[tuple[Programs, Layout]] = Keeper()
"""Layouts by how operands lie and by the identity of their programs, which are immutable and shared
by plans of the same shape (`qpim_emu.mapping.programs`). What is kept keeps its programs, so no
others can take it over.
"""


def layout_of(plan: Plan, memory: Memory) -> Layout:
    """Lay a layer out; what vaults that share all operands take is kept.

    Raises
    ------
    UnwrittenReadError
        If the layer reads a block that was never written.
    """
    if not isinstance(memory, SharedMemory):
        return make_layout(plan, memory)
    return kept.find(
        (id(plan.programs), type(memory)),
        lambda: (plan.programs, make_layout(plan, memory)),
        planes=sum(map(len, plan.programs)),
    )[1]


def make_layout(plan: Plan, memory: Memory) -> Layout:
    """Do what `layout_of` says."""
    jobs = make_jobs(plan, plan.planes, memory)
    if next(plan.planes).reduce is Reduce.PER_LANE:
        return Layout(columns_of(plan), (), lane_script_of(plan, jobs, memory))
    dots = tuple((job, script_of(plan, job, memory)) for job in jobs)
    return Layout(columns_of(plan), dots, None)
