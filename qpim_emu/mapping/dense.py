"""Dense tensors: row-major blocks of codes, divided between the vaults block by block.

Operations beside the lanes read and write their tensors this way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.packing import to_words
from qpim_emu.arith.window import Window
from qpim_emu.errors import LayerError
from qpim_emu.mapping.gather import fill_blocks
from qpim_emu.mapping.homes import NOWHERE, are_shared, share_homes, shared_planes
from qpim_emu.mapping.keeping import Keeper
from qpim_emu.mapping.layouts.image import ceil_div
from qpim_emu.mapping.rectangles import share
from qpim_emu.mapping.regions import Regions
from qpim_emu.mapping.walks import Walk
from qpim_emu.memory.image import BankImage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.arith.formats import Format
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray

__all__ = [
    "DensePlan",
    "DenseTensor",
    "charge_dense",
    "dense_homes",
    "make_dense_plan",
    "place_dense",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseTensor:
    """A tensor as dense blocks.

    Attributes
    ----------
    shape, format
        Shape with the batch axis, and format of the codes.
    blocks
        Blocks of the whole tensor.
    bases
        First block of every vault's region.
    """

    shape: tuple[int, ...]
    format: Format
    blocks: int
    bases: tuple[int, ...]

    @property
    def window(self) -> Window:
        """Window that reads the codes."""
        return Window(self.format)

    def owned(self, vault: int) -> tuple[int, int]:
        """Blocks (first, past) of the tensor that a vault owns."""
        return share(self.blocks, vault, len(self.bases))

    def walk(self, vault: int) -> Walk | None:
        """One run over a vault's blocks, or None if it owns none."""
        first, past = self.owned(vault)
        return Walk(base=self.bases[vault], run=past - first) if past > first else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DensePlan:
    """Where an operation finds its inputs and puts its output."""

    spec: Spec
    inputs: tuple[DenseTensor, ...]
    output: DenseTensor


def make_dense_plan(
    *,
    inputs: Sequence[tuple[tuple[int, ...], Format]],
    output: tuple[tuple[int, ...], Format],
    spec: Spec,
) -> DensePlan:
    """Lay the tensors of an operation out, each in a region of its own in every vault.

    Parameters
    ----------
    inputs, output
        (shape with the batch axis, format) of each tensor.
    spec
        The machine.

    Raises
    ------
    LayerError
        If a code is wider than a word.
    CapacityError
        If the tensors do not fit.
    """
    regions = [Regions(spec, vault) for vault in range(spec.vaults)]
    tensors = []
    for shape, stored in (*inputs, output):
        if stored.bits > spec.word_bits:
            msg = f"tensor must have at most {spec.word_bits} bits beside the lanes, got {stored}"
            raise LayerError(msg)
        blocks = ceil_div(prod(shape), spec.words_per_block)
        owned = [share(blocks, vault, spec.vaults) for vault in range(spec.vaults)]
        bases = tuple(
            region.take(past - first) for region, (first, past) in zip(regions, owned, strict=True)
        )
        tensors.append(DenseTensor(shape=shape, format=stored, blocks=blocks, bases=bases))
    return DensePlan(spec=spec, inputs=tuple(tensors[:-1]), output=tensors[-1])


def place_dense(plan: DensePlan, codes: Sequence[IntArray]) -> BankImage:
    """Write the inputs of an operation into a fresh bank image; tail words are 0."""
    image = BankImage(plan.spec)
    for vault, base in enumerate(plan.output.bases):
        first, past = plan.output.owned(vault)
        image[vault].reserve(base + past - first)
    for tensor, values in zip(plan.inputs, codes, strict=True):
        words = to_words(values.reshape(-1), tensor.format, plan.spec.word_bits).astype(np.int64)
        blocks = dense_blocks(words, plan.spec, pad=0).astype(np.uint16)
        for vault, base in enumerate(tensor.bases):
            first, past = tensor.owned(vault)
            if past > first:
                image[vault].write(base, blocks[first:past])
    return image


def dense_blocks(values: IntArray, spec: Spec, *, pad: int) -> IntArray:
    """Flat values as whole blocks, ``int64[blocks, words per block]``."""
    return fill_blocks(values, spec.words_per_block, pad).reshape(-1, spec.words_per_block)


def dense_homes(tensor: DenseTensor, spec: Spec) -> IntArray:
    """Vault that owns each code of a dense tensor, in the tensor's shape; shared, read-only."""
    key = "dense", tensor.shape, spec
    return share_homes(key, partial(make_dense_homes, tensor, spec), codes=prod(tensor.shape))


def make_dense_homes(tensor: DenseTensor, spec: Spec) -> IntArray:
    """Do what `dense_homes` says."""
    homes = np.empty(tensor.blocks * spec.words_per_block, np.int64)
    for vault in range(spec.vaults):
        first, past = tensor.owned(vault)
        homes[first * spec.words_per_block : past * spec.words_per_block] = vault
    return homes[: prod(tensor.shape)].reshape(tensor.shape)


def charge_dense(
    tensors: Sequence[DenseTensor], homes: Sequence[IntArray], spec: Spec, counters: Counters
) -> None:
    """Count the blocks placed, and the bits of codes that another vault produced.

    Parameters
    ----------
    tensors
        The tensors to place.
    homes
        For each, the vault that produced each code, -1 for none.
    """
    for tensor, produced in zip(tensors, homes, strict=True):
        for vault in range(spec.vaults):
            first, past = tensor.owned(vault)
            counters.vault["placed"][vault] += past - first
        counters.vault["vault_bits"] += find_moved(tensor, produced, spec) * spec.word_bits


known_moves: Keeper[tuple[IntArray, IntArray]] = Keeper()
"""Codes that move into each vault, by the tensor and the identity of its homes, kept beside."""


def find_moved(tensor: DenseTensor, homes: IntArray, spec: Spec) -> IntArray:
    """Codes of a tensor that another vault produced, for each vault."""
    if not are_shared(homes):
        return count_moved(tensor, homes, spec)
    key = tensor.shape, id(homes), spec
    planes = shared_planes(homes)
    return known_moves.find(key, lambda: (count_moved(tensor, homes, spec), homes), planes=planes)[
        0
    ]


def count_moved(tensor: DenseTensor, homes: IntArray, spec: Spec) -> IntArray:
    """Do what `find_moved` says."""
    owner = dense_homes(tensor, spec)
    moved = (homes != NOWHERE) & (homes != owner)
    counts: IntArray = np.bincount(owner[moved], minlength=spec.vaults).astype(np.int64)
    return counts
