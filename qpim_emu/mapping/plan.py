"""From a layer, an input shape and a machine to a plan: the planes of every vault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.mapping.phases import Phase, phases
from qpim_emu.mapping.plane import Plane, Streamed
from qpim_emu.mapping.programs import choose_programs
from qpim_emu.mapping.request import Layout
from qpim_emu.mapping.task import find_task
from qpim_emu.workload.geometry import ConvGeometry, LinearGeometry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.arith.window import Window
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.programs import Programs
    from qpim_emu.mapping.request import Mapping, Partition
    from qpim_emu.workload.layers import Conv2d, Linear

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A layer mapped onto a machine.

    Attributes
    ----------
    spec, layer, geometry
        What was mapped, onto what, at which sizes.
    layout, partition
        The mapping that was chosen (never ``auto``; linear layers are ``unfolded`` vectors
        divided by ``filters``).
    programs
        The planes of every vault; empty where a vault has no outputs.
    """

    spec: Spec
    layer: Conv2d | Linear
    geometry: ConvGeometry | LinearGeometry
    layout: Layout
    partition: Partition
    programs: Programs

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the input the plan was made for."""
        geometry = self.geometry
        if isinstance(geometry, LinearGeometry):
            return geometry.batch, geometry.channels
        return geometry.images, geometry.channels, geometry.height, geometry.width

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the outputs."""
        return self.geometry.output_shape

    @property
    def size(self) -> int:
        """How many planes there are."""
        return sum(map(len, self.programs))

    @property
    def planes(self) -> Iterator[Plane]:
        """All planes, vault by vault."""
        return (plane for program in self.programs for plane in program)

    def phases(self, vault: int) -> Iterator[Phase]:
        """Phases of one vault in order, expanded lazily."""
        for plane in self.programs[vault]:
            yield from phases(
                plane,
                filters_per_pass=self.spec.filters_per_pass,
                words_per_block=self.spec.words_per_block,
            )

    def streamed_window(self, plane: Plane) -> Window:
        """Window of the streamed operand."""
        streams_weights = plane.streamed is Streamed.WEIGHTS
        return self.layer.weight_window if streams_weights else self.layer.activation_window

    def resident_window(self, plane: Plane) -> Window:
        """Window of the resident operand."""
        streams_weights = plane.streamed is Streamed.WEIGHTS
        return self.layer.activation_window if streams_weights else self.layer.weight_window

    @property
    def word_groups(self) -> tuple[tuple[int, ...], ...]:
        """Products that are summed before each addition to an accumulator, in order.

        Each group lists positions k in an output's products (ky, kx, channel; or channel);
        the groups of every output of the layer are the same.
        """
        words = self.spec.words_per_block
        if isinstance(self.geometry, ConvGeometry) and self.layout is Layout.BLOCKED:
            tap = self.geometry.group_channels
        else:
            tap = self.geometry.products
        return tuple(
            tuple(range(start + block, start + min(block + words, tap)))
            for start in range(0, self.geometry.products, tap)
            for block in range(0, tap, words)
        )


def make_plan(
    layer: Conv2d | Linear, shape: tuple[int, ...], *, spec: Spec, mapping: Mapping | None = None
) -> Plan:
    """Map a layer onto a machine.

    Parameters
    ----------
    layer
        The layer.
    shape
        Shape of its input.
    spec
        The machine.
    mapping
        Layout and partition; automatic where not given.

    Raises
    ------
    InputError
        If a window does not lie in the word.
    LayerError
        If the machine cannot compute the layer (accumulator, bipolar borders).
    MappingError
        If the mapping does not apply to it.
    CapacityError
        If no allowed mapping fits into the vaults.
    """
    task = find_task(layer, shape, spec=spec, mapping=mapping)
    chosen = choose_programs(task)
    return Plan(
        spec=spec,
        layer=layer,
        geometry=task.geometry,
        layout=chosen.layout,
        partition=chosen.partition,
        programs=chosen.programs,
    )
