"""Programs of a layer: the planes of every vault, kept between runs of the same shape.

Programs depend on sizes and on the machine alone, never on data, and are immutable, so plans
share them. What is kept is bounded (`qpim_emu.mapping.keeping`), to 128 MB or so for each kind of
layer; the largest (hundreds of images, thousands of groups) are made afresh each time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from qpim_emu.errors import CapacityError
from qpim_emu.mapping.keeping import Keeper
from qpim_emu.mapping.planes import conv_planes, linear_planes
from qpim_emu.workload.geometry import LinearGeometry

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.mapping.request import Layout, Partition
    from qpim_emu.mapping.task import Task
    from qpim_emu.workload.geometry import ConvGeometry

__all__ = [
    "Choice",
    "Programs",
    "choose_programs",
    "forget",
]

Programs: TypeAlias = "tuple[tuple[Plane, ...], ...]"


class Choice(NamedTuple):
    """Programs, and the mapping they follow."""

    layout: Layout
    partition: Partition
    programs: Programs


choices: Keeper[Choice] = Keeper()
linear: Keeper[Choice] = Keeper()


MOST_PLANES = 1 << 12
"""Most planes of programs that tasks hold on to, besides what is kept for all."""


def choose_programs(task: Task) -> Choice:
    """Map a layer by the first layout that fits, and its best partition that does.

    Raises
    ------
    CapacityError
        If none fits.
    """
    if task.choice is not None:
        return task.choice
    geometry, spec = task.geometry, task.spec
    if isinstance(geometry, LinearGeometry):
        planes = spec.vaults
        found = linear.find(task, partial(make_linear, task, geometry), planes=planes)
    else:
        blocks = -(-geometry.channels // spec.words_per_block)
        parts = blocks if geometry.is_depthwise else geometry.groups
        planes = geometry.images * spec.vaults * parts
        found = choices.find(task, partial(make_choice, task, geometry), planes=planes)
    if planes <= MOST_PLANES:
        task.choice = found
    return found


def make_choice(task: Task, geometry: ConvGeometry) -> Choice:
    """Do what `choose_programs` says of convolutions."""
    errors: list[CapacityError] = []
    for layout in task.layouts:
        fitting: list[Choice] = []
        for partition in task.partitions:
            try:
                programs = conv_programs(task, geometry, layout, partition)
            except CapacityError as error:
                errors.append(error)
            else:
                fitting.append(Choice(layout, partition, programs))
        if fitting:
            return min(fitting, key=lambda choice: busiest_vault(choice.programs, task.spec))
    raise errors[0]


def conv_programs(
    task: Task, geometry: ConvGeometry, layout: Layout, partition: Partition
) -> Programs:
    """Programs of a convolution with a given layout and partition."""
    return tuple(
        conv_planes(
            geometry=geometry,
            layout=layout,
            partition=partition,
            output_words=task.output_words,
            vault=vault,
            spec=task.spec,
        )
        for vault in range(task.spec.vaults)
    )


def make_linear(task: Task, geometry: LinearGeometry) -> Choice:
    """Do what `choose_programs` says of linear layers: one plane a vault."""
    (layout,), (partition,) = task.layouts, task.partitions
    programs = tuple(
        linear_planes(
            geometry=geometry, output_words=task.output_words, vault=vault, spec=task.spec
        )
        for vault in range(task.spec.vaults)
    )
    return Choice(layout, partition, programs)


def busiest_vault(programs: Programs, spec: Spec) -> int:
    """Column commands at one block per read plus placed blocks, of the busiest vault."""
    return max(
        sum(plane.column_commands(spec.filters_per_pass) + plane.placed_blocks for plane in program)
        for program in programs
    )


def forget() -> None:
    """Drop all programs kept; for measurements."""
    choices.forget()
    linear.forget()
