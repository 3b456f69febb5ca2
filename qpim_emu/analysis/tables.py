"""Layer tables of published networks and their precision profiles, as layers without weights.

The layers hold one weight that is seen everywhere (an array of stride 0), so a table of any size
takes no memory. They are for the ``count`` tier: shapes and widths are right, values are not.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from qpim_emu.arith.formats import Int, UInt
from qpim_emu.data import tables
from qpim_emu.errors import InputError
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.requantize import Requantize

__all__ = [
    "LayerShape",
    "LayerTable",
    "Profile",
    "profile_names",
    "read_profile",
    "read_table",
    "table_names",
]

WORD = 16
UNIFORM = re.compile(r"uniform([1-9]|1[0-6])")
NOTHING = np.zeros((), np.int64)
NOTHING.setflags(write=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerShape:
    """One MAC layer of a table.

    Attributes
    ----------
    name
        Name of the layer.
    channels, filters
        Over all groups.
    size, kernel, stride, padding, groups
        Of a convolution, the same in both directions; ``size`` is None for a linear layer.
    """

    name: str
    channels: int
    filters: int
    size: int | None = None
    kernel: int = 1
    stride: int = 1
    padding: int = 0
    groups: int = 1

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of an input of one image."""
        if self.size is None:
            return 1, self.channels
        return 1, self.channels, self.size, self.size

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image, border taps included."""
        return self.layer(WORD, WORD).geometry(self.input_shape).macs

    def layer(self, weight_bits: int, activation_bits: int) -> Conv2d | Linear:
        """Make the layer at operand widths, with outputs of one word.

        Activations are unsigned codes; counters do not depend on that.
        """
        unit = Requantize(mode="shift", shift=0, low=0, high=UInt(WORD).max)
        weight_type, activation_type = Int(weight_bits), UInt(activation_bits)
        if self.size is None:
            return Linear(
                weights=np.broadcast_to(NOTHING, (self.filters, self.channels)),
                weight_type=weight_type,
                activation_type=activation_type,
                requantize=unit,
            )
        taps = (self.filters, self.channels // self.groups, self.kernel, self.kernel)
        return Conv2d(
            weights=np.broadcast_to(NOTHING, taps),
            weight_type=weight_type,
            activation_type=activation_type,
            stride=self.stride,
            padding=self.padding,
            groups=self.groups,
            requantize=unit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTable:
    """The MAC layers of a network, in order, and after what they were written down."""

    name: str
    source: str
    layers: tuple[LayerShape, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Precisions of the layers of one network.

    Attributes
    ----------
    name, network
        What it is called, and for which network it is.
    weights, activations
        Bits per layer.
    provenance
        ``V`` seen verbatim in a public file, ``R`` recalled from the papers and not verified,
        or both by operand; ``-`` for uniform widths, which claim nothing.
    source
        Where the widths come from.
    """

    name: str
    network: str
    weights: tuple[int, ...]
    activations: tuple[int, ...]
    provenance: str
    source: str


@cache
def networks() -> dict[str, Any]:
    """Contents of the file of networks."""
    return tomllib.loads(tables.NETWORKS.read_text(encoding="utf-8"))


@cache
def profiles() -> dict[str, Any]:
    """Contents of the file of profiles."""
    return tomllib.loads(tables.PROFILES.read_text(encoding="utf-8"))


def table_names() -> tuple[str, ...]:
    """Names of the layer tables."""
    return tuple(networks())


def read_table(name: str) -> LayerTable:
    """Read a layer table by name.

    Raises
    ------
    InputError
        If there is no such table.
    """
    if name not in networks():
        msg = f"network must be one of {', '.join(networks())}, got {name!r}"
        raise InputError(msg)
    found = networks()[name]
    layers = tuple(LayerShape(**layer) for layer in found["layers"])
    return LayerTable(name=name, source=found["source"], layers=layers)


def profile_names(network: str) -> tuple[str, ...]:
    """Names of the profiles that a network has, uniform widths aside."""
    return tuple(name for name, held in profiles().items() if network in held)


def read_profile(name: str, network: str) -> Profile:
    """Read the profile `name` of a network: one of the file, or ``uniform1`` to ``uniform16``.

    Raises
    ------
    InputError
        If the network has no such profile.
    """
    if found := UNIFORM.fullmatch(name):
        widths = (int(found[1]),) * len(read_table(network).layers)
        return Profile(
            name=name,
            network=network,
            weights=widths,
            activations=widths,
            provenance="-",
            source="uniform widths",
        )
    if network not in profiles().get(name, {}):
        known = ", ".join([*profile_names(network), "uniform1 .. uniform16"])
        msg = f"profile of {network} must be one of {known}, got {name!r}"
        raise InputError(msg)
    held = profiles()[name][network]
    return Profile(
        name=name,
        network=network,
        weights=tuple(held["weights"]),
        activations=tuple(held["activations"]),
        provenance=held["provenance"],
        source=held["source"],
    )
