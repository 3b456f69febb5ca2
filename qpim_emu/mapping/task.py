"""From a layer, an input shape and a machine to what programs depend on, once it is all checked.

Programs depend on sizes, on the machine and on the mapping asked for: that is a *task*. Which
task a layer sets never changes, so it is known as long as the layer lives; it holds no weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from qpim_emu.arith.formats import Encoding
from qpim_emu.errors import LayerError, MappingError
from qpim_emu.hardware.gating import check_window
from qpim_emu.mapping.layouts import blocked
from qpim_emu.mapping.layouts.image import ceil_div
from qpim_emu.mapping.request import Layout, Mapping, Partition
from qpim_emu.workload.geometry import ConvGeometry, LinearGeometry

if TYPE_CHECKING:
    from collections.abc import Hashable

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.programs import Choice
    from qpim_emu.workload.layers import Conv2d, Linear
    from qpim_emu.workload.layers.base import MacLayer

__all__ = ["Task", "find_task"]

KEPT_TASKS = 16
"""Most tasks known of a layer."""


class Task:
    """What the programs of a layer depend on; equal tasks have equal programs.

    Parameters
    ----------
    geometry
        Sizes.
    layouts, partitions
        Those that may be chosen, in order of preference.
    output_words
        Words that one output takes.
    spec
        The machine.

    Attributes
    ----------
    choice
        The programs, once they are chosen, unless they are large.
    """

    __slots__ = (
        "choice",
        "geometry",
        "key",
        "layouts",
        "number",
        "output_words",
        "partitions",
        "spec",
    )

    def __init__(
        self,
        *,
        geometry: ConvGeometry | LinearGeometry,
        layouts: tuple[Layout, ...],
        partitions: tuple[Partition, ...],
        output_words: int,
        spec: Spec,
    ) -> None:
        self.geometry = geometry
        self.layouts = layouts
        self.partitions = partitions
        self.output_words = output_words
        self.spec = spec
        self.key = geometry, layouts, partitions, output_words, spec
        self.number = hash(self.key)
        self.choice: Choice | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Task) and self.key == other.key

    def __hash__(self) -> int:
        return self.number


known: WeakKeyDictionary[MacLayer, dict[Hashable, Task]] = WeakKeyDictionary()
"""Tasks of layers by shape, mapping and the identity of the machine, which the task keeps alive."""


def find_task(
    layer: Conv2d | Linear, shape: tuple[int, ...], *, spec: Spec, mapping: Mapping | None
) -> Task:
    """Find the task of a layer at an input of `shape`, or make it; errors as `make_task`."""
    if not isinstance(shape, tuple) or set(map(type, shape)) != {int}:
        return make_task(layer, shape, spec=spec, mapping=mapping or Mapping())
    tasks = known.setdefault(layer, {})
    key = shape, mapping, id(spec)
    task = tasks.get(key)
    if task is None:
        task = make_task(layer, shape, spec=spec, mapping=mapping or Mapping())
        if len(tasks) >= KEPT_TASKS:
            tasks.clear()
        tasks[key] = task
    return task


def make_task(
    layer: Conv2d | Linear, shape: tuple[int, ...], *, spec: Spec, mapping: Mapping
) -> Task:
    """Check that a machine can compute a layer; errors as `qpim_emu.mapping.plan.make_plan`."""
    geometry = layer.geometry(shape)
    check_operands(layer, spec)
    layouts: tuple[Layout, ...] = (Layout.UNFOLDED,)
    partitions: tuple[Partition, ...] = (Partition.FILTERS,)
    if isinstance(geometry, LinearGeometry):
        check_linear_mapping(mapping)
    else:
        check_border(layer, geometry)
        layouts = layouts_to_try(geometry, mapping, spec)
        partitions = partitions_to_try(mapping)
    return Task(
        geometry=geometry,
        layouts=layouts,
        partitions=partitions,
        output_words=ceil_div(layer.output_format.bits, spec.word_bits),
        spec=spec,
    )


def check_linear_mapping(mapping: Mapping) -> None:
    """Refuse what a linear layer does not have: it is dense vectors, divided by filters."""
    if mapping.layout is Layout.BLOCKED:
        msg = f"layout of a linear layer must be auto or unfolded, got {mapping.layout}"
        raise MappingError(msg)
    if mapping.partition is Partition.PIXELS:
        msg = f"partition of a linear layer must be auto or filters, got {mapping.partition}"
        raise MappingError(msg)


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
