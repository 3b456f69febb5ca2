"""Dense tensors: row-major blocks of codes, divided between the vaults block by block.

Operations beside the lanes read and write their tensors this way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from qpim_emu.arith.window import Window
from qpim_emu.errors import LayerError
from qpim_emu.mapping.gather import fill_blocks
from qpim_emu.mapping.homes import share_homes
from qpim_emu.mapping.keeping import Keeper
from qpim_emu.mapping.layouts.image import ceil_div
from qpim_emu.mapping.rectangles import share
from qpim_emu.mapping.regions import Regions
from qpim_emu.mapping.walks import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qpim_emu.arith.formats import Format
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray

__all__ = ["DensePlan", "DenseTensor", "Kind", "dense_blocks", "dense_homes", "make_dense_plan"]

Kind: TypeAlias = "tuple[tuple[int, ...], Format]"
"""Shape of a tensor with the batch axis, and format of its codes."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DensePlan:
    """Where an operation finds its inputs and puts its output; plans are compared by identity."""

    spec: Spec
    inputs: tuple[DenseTensor, ...]
    output: DenseTensor


known_plans: Keeper[DensePlan] = Keeper()
"""Plans by the kinds of their tensors and the machine."""


def make_dense_plan(*, inputs: Sequence[Kind], output: Kind, spec: Spec) -> DensePlan:
    """Lay the tensors of an operation out, each in a region of its own in every vault.

    Plans are immutable and kept between runs.

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
    kinds = (*inputs, output)
    return known_plans.find(
        (kinds, spec), partial(lay_out, kinds, spec), planes=spec.vaults * len(kinds)
    )


def lay_out(kinds: tuple[Kind, ...], spec: Spec) -> DensePlan:
    """Do what `make_dense_plan` says; the last tensor is the output."""
    regions = [Regions(spec, vault) for vault in range(spec.vaults)]
    tensors = []
    for shape, stored in kinds:
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


def dense_blocks(values: NDArray[Any], spec: Spec, *, pad: int) -> NDArray[Any]:
    """Flat values as whole blocks, ``[blocks, words per block]`` of their type."""
    return fill_blocks(values, spec.words_per_block, pad).reshape(-1, spec.words_per_block)


def dense_homes(tensor: DenseTensor, spec: Spec) -> IntArray:
    """Vault that owns each code of a dense tensor, in the tensor's shape; shared, read-only."""
    key = "dense", tensor.shape, spec
    make = partial(make_dense_homes, tensor, spec)
    return share_homes(key, make, codes=lambda: prod(tensor.shape))


def make_dense_homes(tensor: DenseTensor, spec: Spec) -> IntArray:
    """Do what `dense_homes` says."""
    homes = np.empty(tensor.blocks * spec.words_per_block, np.int64)
    for vault in range(spec.vaults):
        first, past = tensor.owned(vault)
        homes[first * spec.words_per_block : past * spec.words_per_block] = vault
    return homes[: prod(tensor.shape)].reshape(tensor.shape)
