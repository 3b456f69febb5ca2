"""Bank images of operations beside the lanes: every tensor's blocks once, and vaults as views.

As the images of placed layers (`qpim_emu.mapping.shared`) they are described until somebody looks
at a vault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.arith.packing import to_words
from qpim_emu.mapping.dense import dense_blocks
from qpim_emu.memory.image import BankImage, Region

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.dense import DensePlan, DenseTensor
    from qpim_emu.typing import IntArray, WordArray

__all__ = ["DenseContents", "dense_regions", "dense_words", "place_dense"]


@dataclass(slots=True, kw_only=True)
class DenseContents:
    """Description of the image of a placed operation (`qpim_emu.memory.image.Contents`).

    Attributes
    ----------
    plan
        Where the tensors lie.
    inputs
        Blocks of every input, ``uint16[blocks, words per block]``.
    output
        Those of the output, once it is computed.
    """

    plan: DensePlan
    inputs: tuple[WordArray, ...]
    output: WordArray | None = None

    def reserved(self) -> Iterator[tuple[int, int]]:
        """Every vault, and the blocks up to the end of its output."""
        for vault, base in enumerate(self.plan.output.bases):
            first, past = self.plan.output.owned(vault)
            yield vault, base + past - first

    def regions(self) -> Iterator[Region]:
        """Everything that was written."""
        for tensor, blocks in zip(self.plan.inputs, self.inputs, strict=True):
            yield from dense_regions(tensor, blocks)
        if self.output is not None:
            yield from dense_regions(self.plan.output, self.output)


def dense_regions(tensor: DenseTensor, blocks: WordArray) -> Iterator[Region]:
    """Blocks of a tensor, one row in every vault that owns some of them."""
    for vault, base in enumerate(tensor.bases):
        first, past = tensor.owned(vault)
        if past > first:
            yield Region(vault, base, blocks[None, first:past], past - first)


def dense_words(codes: IntArray, tensor: DenseTensor, spec: Spec) -> WordArray:
    """Pack the codes of a tensor, ``uint16[blocks, words per block]``; tail words are 0."""
    words = to_words(codes.reshape(-1), tensor.format, spec.word_bits)
    return dense_blocks(words, spec, pad=0)


def place_dense(plan: DensePlan, codes: Sequence[IntArray]) -> BankImage:
    """Write the inputs of an operation into a fresh bank image."""
    blocks = tuple(
        dense_words(values, tensor, plan.spec)
        for tensor, values in zip(plan.inputs, codes, strict=True)
    )
    return BankImage(plan.spec, DenseContents(plan=plan, inputs=blocks))
