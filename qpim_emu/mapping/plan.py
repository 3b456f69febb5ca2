"""From a layer, an input shape and a machine to a plan: the planes of every vault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.arith.formats import Encoding
from qpim_emu.errors import LayerError, MappingError
from qpim_emu.hardware.gating import check_window
from qpim_emu.mapping.layouts import blocked
from qpim_emu.mapping.layouts.image import ceil_div
from qpim_emu.mapping.phases import Phase, phases
from qpim_emu.mapping.plane import Plane, Streamed
from qpim_emu.mapping.programs import choose_programs, linear_programs
from qpim_emu.mapping.request import Layout, Mapping, Partition
from qpim_emu.workload.geometry import ConvGeometry, LinearGeometry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.arith.window import Window
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.programs import Programs
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
    mapping = mapping or Mapping()
    geometry = layer.geometry(shape)
    check_operands(layer, spec)
    if isinstance(geometry, LinearGeometry):
        return linear_plan(layer, geometry, spec=spec, mapping=mapping)
    check_border(layer, geometry)
    chosen = choose_programs(
        geometry,
        layouts_to_try(geometry, mapping, spec),
        partitions_to_try(mapping),
        output_words(layer, spec),
        spec,
    )
    return Plan(
        spec=spec,
        layer=layer,
        geometry=geometry,
        layout=chosen.layout,
        partition=chosen.partition,
        programs=chosen.programs,
    )


def linear_plan(
    layer: Conv2d | Linear, geometry: LinearGeometry, *, spec: Spec, mapping: Mapping
) -> Plan:
    """Map a linear layer: dense vectors, divided by filters."""
    if mapping.layout is Layout.BLOCKED:
        msg = f"layout of a linear layer must be auto or unfolded, got {mapping.layout}"
        raise MappingError(msg)
    if mapping.partition is Partition.PIXELS:
        msg = f"partition of a linear layer must be auto or filters, got {mapping.partition}"
        raise MappingError(msg)
    return Plan(
        spec=spec,
        layer=layer,
        geometry=geometry,
        layout=Layout.UNFOLDED,
        partition=Partition.FILTERS,
        programs=linear_programs(geometry, output_words(layer, spec), spec),
    )


def output_words(layer: Conv2d | Linear, spec: Spec) -> int:
    """Words that one output takes."""
    return ceil_div(layer.output_format.bits, spec.word_bits)


def layouts_to_try(geometry: ConvGeometry, mapping: Mapping, spec: Spec) -> tuple[Layout, ...]:
    """Layouts in order of preference; precision plays no part."""
    if geometry.is_depthwise:
        if mapping.layout is Layout.UNFOLDED:
            msg = f"layout of a depthwise layer must be auto or blocked, got {mapping.layout}"
            raise MappingError(msg)
        return (Layout.BLOCKED,)
    if mapping.layout is not Layout.AUTO:
        return (mapping.layout,)
    unfolded_blocks = ceil_div(geometry.products, spec.words_per_block)
    if blocked.vector_blocks(geometry, spec) <= unfolded_blocks:
        return Layout.BLOCKED, Layout.UNFOLDED
    return Layout.UNFOLDED, Layout.BLOCKED


def partitions_to_try(mapping: Mapping) -> tuple[Partition, ...]:
    """Partitions in order of preference on a tie."""
    if mapping.partition is not Partition.AUTO:
        return (mapping.partition,)
    return Partition.PIXELS, Partition.FILTERS


def check_operands(layer: Conv2d | Linear, spec: Spec) -> None:
    """Refuse formats, windows and accumulators that the machine does not have."""
    for name, stored in (
        ("weight_type", layer.weight_type),
        ("activation_type", layer.activation_type),
    ):
        if stored.bits > spec.word_bits:
            msg = f"{name} must have at most {spec.word_bits} bits on this machine, got {stored}"
            raise LayerError(msg)
    check_window(layer.weight_window, spec, "weight_window")
    check_window(layer.activation_window, spec, "activation_window")
    if layer.accumulator.bits > spec.max_accumulator_bits:
        limit = spec.max_accumulator_bits
        msg = f"accumulator bits must be at most {limit}, got {layer.accumulator.bits}"
        raise LayerError(msg)


def check_border(layer: Conv2d | Linear, geometry: ConvGeometry) -> None:
    """Refuse borders that cannot hold a code for zero."""
    if not geometry.has_border:
        return
    window = layer.activation_window
    if window.format.encoding is Encoding.BIPOLAR:
        msg = f"padding must be 0 for bipolar activations, got {geometry.padding}"
        raise LayerError(msg)
    if not window.format.contains(layer.activation_zero_point):
        msg = (
            f"activation_zero_point must be a code of {window.format} where a layer is padded, "
            f"got {layer.activation_zero_point}"
        )
        raise LayerError(msg)
