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

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.mapping.request import Layout, Partition
    from qpim_emu.workload.geometry import ConvGeometry, LinearGeometry

__all__ = [
    "Choice",
    "Programs",
    "choose_programs",
    "forget",
    "linear_programs",
]

Programs: TypeAlias = "tuple[tuple[Plane, ...], ...]"


class Choice(NamedTuple):
    """Programs, and the mapping they follow."""

    layout: Layout
    partition: Partition
    programs: Programs


choices: Keeper[Choice] = Keeper()
linear: Keeper[Programs] = Keeper()


def choose_programs(
    geometry: ConvGeometry,
    layouts: tuple[Layout, ...],
    partitions: tuple[Partition, ...],
    output_words: int,
    spec: Spec,
) -> Choice:
    """Map a convolution by the first layout that fits, and its best partition that does.

    Raises
    ------
    CapacityError
        If none fits.
    """
    blocks = -(-geometry.channels // spec.words_per_block)
    parts = blocks if geometry.is_depthwise else geometry.groups
    given = (geometry, layouts, partitions, output_words, spec)
    planes = geometry.images * spec.vaults * parts
    return choices.find(given, partial(make_choice, *given), planes=planes)


def make_choice(
    geometry: ConvGeometry,
    layouts: tuple[Layout, ...],
    partitions: tuple[Partition, ...],
    output_words: int,
    spec: Spec,
) -> Choice:
    """Do what `choose_programs` says."""
    errors: list[CapacityError] = []
    for layout in layouts:
        fitting: list[Choice] = []
        for partition in partitions:
            try:
                programs = conv_programs(geometry, layout, partition, output_words, spec)
            except CapacityError as error:
                errors.append(error)
            else:
                fitting.append(Choice(layout, partition, programs))
        if fitting:
            return min(fitting, key=lambda choice: busiest_vault(choice.programs, spec))
    raise errors[0]


def conv_programs(
    geometry: ConvGeometry, layout: Layout, partition: Partition, output_words: int, spec: Spec
) -> Programs:
    """Programs of a convolution with a given layout and partition."""
    return tuple(
        conv_planes(
            geometry=geometry,
            layout=layout,
            partition=partition,
            output_words=output_words,
            vault=vault,
            spec=spec,
        )
        for vault in range(spec.vaults)
    )


def linear_programs(geometry: LinearGeometry, output_words: int, spec: Spec) -> Programs:
    """Programs of a linear layer, one plane a vault.

    Raises
    ------
    CapacityError
        If a plane does not fit into its vault.
    """
    given = (geometry, output_words, spec)
    return linear.find(given, partial(make_linear, *given), planes=spec.vaults)


def make_linear(geometry: LinearGeometry, output_words: int, spec: Spec) -> Programs:
    """Do what `linear_programs` says."""
    return tuple(
        linear_planes(geometry=geometry, output_words=output_words, vault=vault, spec=spec)
        for vault in range(spec.vaults)
    )


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
