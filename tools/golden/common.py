"""What the recipes share: small machines, and seeded codes with many ends of their range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import parse_format
from qpim_emu.golden import InputSet, Origin, Part, Recipe
from qpim_emu.hardware import TOY
from qpim_emu.workload.generators import corner_codes
from qpim_emu.workload.network import Network, Node, TensorType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from qpim_emu.arith.formats import FormatLike
    from qpim_emu.hardware import Spec
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

__all__ = ["ONE_VAULT", "PARTS", "Steps", "codes_of", "one_run", "separate"]

ONE_VAULT = TOY.replace(vaults=1, name="toy, one vault")

PARTS = (Part.PARAMETERS, Part.MEMORY, Part.STREAMS)

Steps = dict[str, tuple["Conv1d | Conv2d | Linear", "IntArray"]]
"""Layers by name, each with its input codes."""


def codes_of(kind: FormatLike, shape: tuple[int, ...], *, seed: int) -> IntArray:
    """Seeded codes of a format, a quarter of them at the ends of its range."""
    stored = parse_format(kind, field="kind")
    rng = np.random.default_rng(seed)
    if str(stored) == "bipolar":
        return 2 * rng.integers(0, 2, shape) - 1
    return corner_codes(rng, stored, shape)


def separate(
    name: str, steps: Steps, *, spec: Spec = ONE_VAULT, derivation: str | None = None
) -> Recipe:
    """Recipe of layers that have nothing to do with each other, each with an input of its own."""
    inputs = {
        f"{key}-in": TensorType(shape=codes.shape[1:], format=layer.activation_type)
        for key, (layer, codes) in steps.items()
    }
    nodes = [Node(name=key, step=layer, inputs=(f"{key}-in",)) for key, (layer, _) in steps.items()]
    network = Network(name=name, inputs=inputs, nodes=nodes, outputs=list(steps))
    inputs_of = {f"{key}-in": codes for key, (_, codes) in steps.items()}
    return one_run(network, inputs_of, spec=spec, derivation=derivation)


def one_run(
    network: Network,
    inputs: Mapping[str, ArrayLike],
    *,
    spec: Spec = ONE_VAULT,
    parts: tuple[Part, ...] = PARTS,
    derivation: str | None = None,
) -> Recipe:
    """Recipe of one run on given inputs, derived by hand if there is a derivation."""
    given = {name: np.asarray(codes, np.int64) for name, codes in inputs.items()}
    sets = (InputSet(case="given", inputs=given),)
    origin = Origin.EMULATED if derivation is None else Origin.DERIVED
    return Recipe(
        network=network,
        spec=spec,
        sets=sets,
        parts=parts,
        origin=origin,
        derivation=derivation,
    )
