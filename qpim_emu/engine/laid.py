"""Layers laid out for inputs of a shape on a machine: known by one look when they run again.

Plans are made of it, and not kept: they hold their layer. What is known goes with the layer.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, NamedTuple

from qpim_emu.mapping.plan import Plan
from qpim_emu.mapping.programs import MOST_PLANES

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.placement import Charge
    from qpim_emu.mapping.programs import Programs
    from qpim_emu.mapping.request import Layout, Partition
    from qpim_emu.workload.geometry import ConvGeometry, LinearGeometry
    from qpim_emu.workload.layers import Conv2d, Linear

__all__ = ["Laid", "find_laid", "keep_laid"]

KEPT = 16
"""Most shapes and machines that are known of a layer."""


class Laid(NamedTuple):
    """A layer laid out, all automatically, for codes that no vault produced.

    Attributes
    ----------
    spec
        The machine.
    geometry, layout, partition, programs
        As a plan has them.
    shape
        Shape of the outputs.
    charge
        What placing the codes costs.
    """

    spec: Spec
    geometry: ConvGeometry | LinearGeometry
    layout: Layout
    partition: Partition
    programs: Programs
    shape: tuple[int, ...]
    charge: Charge

    def plan(self, layer: Conv2d | Linear) -> Plan:
        """Make a plan of it."""
        return Plan(
            spec=self.spec,
            layer=layer,
            geometry=self.geometry,
            layout=self.layout,
            partition=self.partition,
            programs=self.programs,
        )


class Known(NamedTuple):
    """What is known of a layer, by shape and by the identity of the machine, which that keeps."""

    layer: weakref.ref[Conv2d | Linear]
    laid: dict[tuple[tuple[int, ...], int], Laid]


known: dict[int, Known] = {}
"""By the identity of layers that live: a dictionary with weak keys takes several times as long."""


def find_laid(layer: object, shape: tuple[int, ...], spec: object) -> Laid | None:
    """Find a layer laid out; None if it is not known. Nothing else than was kept is found."""
    found = known.get(id(layer))
    if found is None or found.layer() is not layer:
        return None
    return found.laid.get((shape, id(spec)))


def keep_laid(plan: Plan, charge: Charge) -> None:
    """Know a layer laid out as long as it lives, unless that takes much memory.

    Parameters
    ----------
    plan
        It was made without a mapping, for its layer as it was given.
    charge
        What placing codes costs that no vault produced.
    """
    layer, number = plan.layer, id(plan.layer)
    if plan.size > MOST_PLANES:
        return
    found = known.get(number)
    if found is None or found.layer() is not layer:
        reference = weakref.ref(layer, lambda _: known.pop(number, None))
        found = known[number] = Known(reference, {})
    if len(found.laid) >= KEPT:
        found.laid.clear()
    found.laid[plan.input_shape, id(plan.spec)] = Laid(
        spec=plan.spec,
        geometry=plan.geometry,
        layout=plan.layout,
        partition=plan.partition,
        programs=plan.programs,
        shape=plan.output_shape,
        charge=charge,
    )
