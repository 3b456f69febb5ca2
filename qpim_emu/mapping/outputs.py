"""Where the outputs of a plane belong: their index in the layer, and their place in memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.mapping.homes import PLANE_HOMES, share_homes
from qpim_emu.mapping.keeping import Itself
from qpim_emu.mapping.plane import Reduce, Streamed

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.typing import IntArray

__all__ = [
    "OutputIndex",
    "OutputPlace",
    "OutputWord",
    "locate",
    "output_homes",
    "output_index",
    "output_word",
]


class OutputIndex(NamedTuple):
    """An output of a layer: image (or batch row), filter, pixel (row-major; 0 if linear)."""

    image: int
    filter: int
    pixel: int


class OutputWord(NamedTuple):
    """Where an output lies in its plane's regions.

    `block` is the first of the plane's `output_words` consecutive blocks, low word first.
    """

    region: int
    block: int
    word: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPlace:
    """Place of an output in the machine.

    `array` is the lane array (of the pass) that accumulates it; `lane` the lane, for a
    depthwise layer, or ``None`` where all lanes of the array feed one accumulator.
    """

    vault: int
    bank: int
    row: int
    column: int
    word: int
    array: int
    lane: int | None

    def __str__(self) -> str:
        lane = "all" if self.lane is None else self.lane
        return (
            f"vault {self.vault}, bank {self.bank}, row {self.row}, column {self.column}, "
            f"word {self.word}, array {self.array}, lane {lane}"
        )


def output_index(plane: Plane, *, resident: int, vector: int, lane: int, words: int) -> OutputIndex:
    """Index of the output of resident vector `resident`, streamed vector `vector`, lane `lane`.

    `resident` counts from 0 within the plane; `lane` matters for depthwise planes only.
    """
    if plane.streamed is Streamed.WEIGHTS:
        return OutputIndex(plane.resident_first + resident, plane.first + vector, 0)
    pixel = plane.first + vector
    if plane.reduce is Reduce.PER_LANE:
        channel = plane.group * words + lane
        return OutputIndex(plane.image, channel * plane.residents + resident, pixel)
    return OutputIndex(plane.image, plane.resident_first + resident, pixel)


def output_word(plane: Plane, *, resident: int, vector: int, lane: int, words: int) -> OutputWord:
    """Region, first block and word of an output; arguments as for `output_index`."""
    if plane.streamed is Streamed.WEIGHTS:
        return OutputWord(resident, vector // words * plane.output_words, vector % words)
    block = vector * plane.output_words
    if plane.reduce is Reduce.PER_LANE:
        return OutputWord(resident, block, lane)
    return OutputWord(resident // words, block, resident % words)


def locate(plan: Plan, index: OutputIndex, *, part: int = 0) -> OutputPlace:
    """Find an output in memory.

    Parameters
    ----------
    plan
        The mapped layer.
    index
        The output.
    part
        Which of the words of an output wider than a word, 0 for the lowest.
    """
    for plane in plan.planes:
        found = position(plane, index, plan.spec)
        if found is None:
            continue
        resident, vector, lane = found
        words = plan.spec.words_per_block
        word = output_word(plane, resident=resident, vector=vector, lane=lane, words=words)
        place = plan.spec.place(plane.output_bases[word.region] + word.block + part)
        return OutputPlace(
            vault=plane.vault,
            bank=place.bank,
            row=place.row,
            column=place.column,
            word=word.word,
            array=resident % plan.spec.filters_per_pass,
            lane=lane if plane.reduce is Reduce.PER_LANE else None,
        )
    msg = f"no plane computes output {index}"
    raise AssertionError(msg)


def position(plane: Plane, index: OutputIndex, spec: Spec) -> tuple[int, int, int] | None:
    """(resident, vector, lane) of an output in a plane, or None if it is not one of its own."""
    if plane.streamed is Streamed.WEIGHTS:
        resident, vector, lane = index.image, index.filter - plane.first, 0
    else:
        if index.image != plane.image:
            return None
        vector, lane = index.pixel - plane.first, 0
        resident = index.filter - plane.resident_first
        if plane.reduce is Reduce.PER_LANE:
            channel, resident = divmod(index.filter, plane.residents)
            lane = channel - plane.group * spec.words_per_block
            if not 0 <= lane < plane.tail:
                return None
    inside = 0 <= resident < plane.residents and 0 <= vector < plane.vectors
    return (resident, vector, lane) if inside else None


def output_homes(plan: Plan, shape: tuple[int, ...]) -> IntArray:
    """Vault that computes each output, in the shape of the outputs; shared, read-only.

    All images of a batch are computed alike, and share the memory of the first.
    """
    key = "outputs", Itself(plan.programs), shape
    return share_homes(
        key,
        partial(make_output_homes, plan, shape),
        codes=lambda: prod(shape[1:]) + plan.size * PLANE_HOMES,
    )


def make_output_homes(plan: Plan, shape: tuple[int, ...]) -> IntArray:
    """Do what `output_homes` says."""
    homes = np.zeros((1, shape[1], prod(shape[2:])), np.int64)
    words = plan.spec.words_per_block
    for plane in plan.planes:
        if plane.image:
            continue
        vectors = slice(plane.first, plane.first + plane.vectors)
        residents = slice(plane.resident_first, plane.resident_first + plane.residents)
        if plane.streamed is Streamed.WEIGHTS:
            homes[0, vectors, 0] = plane.vault
        elif plane.reduce is Reduce.PER_LANE:
            first = plane.group * words * plane.residents
            past = first + plane.tail * plane.residents
            homes[0, first:past, vectors] = plane.vault
        else:
            homes[0, residents, vectors] = plane.vault
    return np.broadcast_to(homes.reshape(1, *shape[1:]), shape)
