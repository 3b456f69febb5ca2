"""A node's results beside another engine's, and all about the elements that differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.crosscheck.places import place_of
from qpim_emu.crosscheck.ties import nearness
from qpim_emu.engine.run import RunResult

if TYPE_CHECKING:
    from qpim_emu.crosscheck.ties import Nearness
    from qpim_emu.engine.network import NodeResult
    from qpim_emu.frontends.model import Model
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.outputs import OutputPlace
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network, Node

__all__ = ["Comparison", "Mismatch", "compare_node", "wrong_elements"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One element that differs.

    Attributes
    ----------
    element, file_element
        Its index in the network's axes and in those of the file, image first.
    image
        What the image is called.
    expected, got
        Codes of the other engine and of the machine.
    accumulator, nearness
        Of a layer: what was requantized, and how near that is to another code; None where
        nothing is accumulated, or rounded.
    place
        Where the code lies in the machine.
    """

    element: tuple[int, ...]
    file_element: tuple[int, ...]
    image: str
    expected: int
    got: int
    accumulator: int | None
    nearness: Nearness | None
    place: OutputPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How a node's outputs compare with the other engine's.

    Attributes
    ----------
    name, step
        The node, and the class of its step.
    compared
        Elements compared; 0 where the engine does not show the tensor.
    wrong, largest
        How many differ, and by how much at most.
    shown
        The first of them (row-major).
    remark
        What explains them, or why nothing was compared; empty where there is nothing to say.
    """

    name: str
    step: str
    compared: int
    wrong: int = 0
    largest: int = 0
    shown: tuple[Mismatch, ...] = ()
    remark: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether no element differs."""
        return self.wrong == 0


def compare_node(
    node: Node,
    ran: NodeResult,
    expected: IntArray,
    *,
    model: Model,
    network: Network,
    spec: Spec,
    labels: tuple[str, ...],
    show: int = 1,
) -> Comparison:
    """Compare a node's outputs.

    Parameters
    ----------
    node, ran, network, spec
        What ran, its result, in which network, on which machine.
    expected
        The other engine's codes, in the network's axes.
    model
        The model that the network is, or is part of.
    labels
        What to call each image.
    show
        How many mismatches to describe at most.
    """
    wrong = wrong_elements(ran.outputs, expected)
    difference = np.abs(ran.outputs.reshape(-1)[wrong] - expected.reshape(-1)[wrong])
    shown = []
    for flat in wrong[:show].tolist():
        element = tuple(int(i) for i in np.unravel_index(flat, expected.shape))
        want, got = int(expected[element]), int(ran.outputs[element])
        accumulator, near = accumulated(node, ran, element, model)
        shown.append(
            Mismatch(
                element=element,
                file_element=in_file(model, node.name, element),
                image=labels[element[0]],
                expected=want,
                got=got,
                accumulator=accumulator,
                nearness=near,
                place=place_of(
                    ran, element, node=node, network=network, spec=spec, wrong_bits=want ^ got
                ),
            )
        )
    return Comparison(
        name=node.name,
        step=type(node.step).__name__,
        compared=expected.size,
        wrong=len(wrong),
        largest=int(difference.max(initial=0)),
        shown=tuple(shown),
    )


def in_file(model: Model, name: str, element: tuple[int, ...]) -> tuple[int, ...]:
    """Index of an element in the axes of the file; the network's where the file has none."""
    info = model.tensors.get(name)
    if info is None:
        return element
    return tuple(element[info.axes.index(axis)] for axis in range(len(element)))


def wrong_elements(got: IntArray, expected: IntArray) -> IntArray:
    """Flat indices of the elements that differ, ascending."""
    return np.flatnonzero(got != expected)


def accumulated(
    node: Node, ran: NodeResult, element: tuple[int, ...], model: Model
) -> tuple[int | None, Nearness | None]:
    """Accumulator behind an element, and how near it is to another code."""
    if not isinstance(ran, RunResult):
        return None, None
    accumulator = int(ran.accumulators[element])
    unit, real = ran.plan.layer.requantize, model.real.get(node.name)
    return accumulator, nearness(unit, accumulator, element[1], real=real)
