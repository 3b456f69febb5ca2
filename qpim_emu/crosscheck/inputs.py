"""Inputs to compare on: seeded random codes, and the extremes that random ones never reach."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.errors import InputError
from qpim_emu.report.names import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.arith.formats import Format
    from qpim_emu.frontends.model import Model
    from qpim_emu.typing import IntArray

__all__ = ["Batch", "given_batch", "seeded_batch"]

MAX_CODES = 1 << 27
"""Input codes that are drawn at once, 1 GiB of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Input codes of a network, and what to call each image.

    Attributes
    ----------
    inputs
        ``int64[batch, ...]`` by name of the network's input.
    labels
        One per image: ``random 0``, ``all-min``, ...
    text
        The same in one phrase.
    """

    inputs: Mapping[str, IntArray]
    labels: tuple[str, ...]
    text: str


def seeded_batch(model: Model, *, images: int, seed: int) -> Batch:
    """Draw uniform random codes, and add all-min, all-max and all-zero-point.

    Parameters
    ----------
    model
        The model; its tensors say the zero points, 0 where they do not.
    images
        Number of random images, 0 or more.
    seed
        Seed of their generator.

    Raises
    ------
    InputError
        If the inputs of so many images would not fit into memory.
    """
    most = MAX_CODES // sum(prod(kind.shape) for kind in model.network.inputs.values())
    if not 0 <= images <= most:
        msg = f"number of random images must be 0..{most} for {model.network.name}, got {images}"
        raise InputError(msg)
    rng = np.random.default_rng(seed)
    inputs = {}
    for name, kind in model.network.inputs.items():
        low, high = kind.format.min, kind.format.max
        drawn = rng.integers(low, high, (images, *kind.shape), endpoint=True)
        constant = [np.full((1, *kind.shape), code) for code in (low, high, zero_code(model, name))]
        inputs[name] = valid_codes(np.concatenate([drawn, *constant]), kind.format)
    labels = (*(f"random {i}" for i in range(images)), "all-min", "all-max", "all-zero-point")
    text = f"{counted(images, 'random image')} (seed {seed}), all-min, all-max, all-zero-point"
    return Batch(inputs=inputs, labels=labels, text=text)


def valid_codes(values: IntArray, stored: Format) -> IntArray:
    """Turn the zeros between the two codes of a bipolar tensor into ones."""
    if stored.encoding is not Encoding.BIPOLAR:
        return values
    return np.where(values < 0, -1, 1)


def zero_code(model: Model, name: str) -> int:
    """Code of an input that stands for the real 0, or the nearest one there is."""
    info = model.tensors.get(name)
    kind = model.network.inputs[name].format
    point = 0 if info is None or info.zero_point is None else int(np.ravel(info.zero_point)[0])
    return min(max(point, kind.min), kind.max)


def given_batch(model: Model, inputs: Mapping[str, IntArray], *, images: int | None) -> Batch:
    """Take the first images of given inputs.

    Raises
    ------
    InputError
        If they do not fit the network, or there are fewer.
    """
    arrays = model.network.read_inputs(inputs)
    available = len(next(iter(arrays.values())))
    if images is not None and images > available:
        msg = f"--images must be at most the {available} given, got {images}"
        raise InputError(msg)
    count = images or available
    return Batch(
        inputs={name: codes[:count] for name, codes in arrays.items()},
        labels=tuple(f"image {i}" for i in range(count)),
        text=counted(count, "given image"),
    )
