"""What a package is made of: everything that decides its bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.golden.images import ImageFormat
from qpim_emu.workload.layers import MacLayer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = [
    "FORMAT",
    "VERSION",
    "InputSet",
    "Origin",
    "Part",
    "Quantization",
    "Recipe",
    "folder_name",
    "quantization_of",
]

FORMAT, VERSION = "qpim-golden", 1

UNFIT = re.compile(r"[^A-Za-z0-9._-]")
NAME_LENGTH = 40


class Part(StrEnum):
    """What a package holds besides network, machine, tensors and counters."""

    PARAMETERS = "parameters"
    """Constants of the layers as records for test benches."""
    HEADERS = "headers"
    """The same as SystemVerilog and C."""
    MEMORY = "memory"
    """Memory images of every bank before and after each node."""
    STREAMS = "streams"
    """Commands, bus images and what the lanes do, record by record."""
    ONNX = "onnx"
    """Inputs and outputs as ``test_data_set_N`` of ONNX."""


class Origin(StrEnum):
    """Where the expected numbers come from."""

    EMULATED = "emulated"
    """The emulator computed them, and its oracle the same."""
    DERIVED = "derived"
    """Worked out by hand as well; ``derivation.txt`` has the arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantization:
    """What the codes of a tensor stand for: ``real = scale * (code - zero_point)``.

    Attributes
    ----------
    scale, zero_point
        One number, or one per channel; None where it is not known.
    """

    scale: float | tuple[float, ...] | None = None
    zero_point: int | tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InputSet:
    """One run of the network: codes of every input, ``int64[batch, ...]``.

    Attributes
    ----------
    case
        What the codes were chosen for; names the folder.
    """

    case: str
    inputs: Mapping[str, IntArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recipe:
    """Everything that decides the bytes of a package; the tier does not.

    Attributes
    ----------
    network, spec
        What runs on which machine.
    sets
        Inputs.
    parts, images
        What is written of it, and memory images in which formats.
    quantization
        What tensors stand for, by name, as far as it is known.
    seed
        Seed of generated inputs, None for given ones.
    origin, derivation
        Where the expected numbers come from; text of the derivation of `Origin.DERIVED`.
    """

    network: Network
    spec: Spec
    sets: tuple[InputSet, ...]
    parts: tuple[Part, ...] = (Part.PARAMETERS, Part.MEMORY, Part.STREAMS)
    images: tuple[ImageFormat, ...] = (ImageFormat.HEX,)
    quantization: Mapping[str, Quantization] = field(default_factory=dict)
    seed: int | None = None
    origin: Origin = Origin.EMULATED
    derivation: str | None = None


def quantization_of(recipe: Recipe, name: str) -> Quantization:
    """What a tensor of a network stands for; the zero point of a layer's outputs is its own."""
    known = recipe.quantization.get(name, Quantization())
    steps = {node.name: node.step for node in recipe.network.nodes}
    step = steps.get(name)
    if known.zero_point is not None or not isinstance(step, MacLayer):
        return known
    zero_point = np.asarray(step.requantize.zero_point).tolist()
    own = tuple(zero_point) if isinstance(zero_point, list) else zero_point
    return replace(known, zero_point=own)


def folder_name(name: str, *, number: int | None = None) -> str:
    """A name that is fit for a folder, behind a number if there is one."""
    fit = UNFIT.sub("_", name)[:NAME_LENGTH]
    return fit if number is None else f"{number:02d}-{fit}"
