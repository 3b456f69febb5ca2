"""Operations beside the lanes, vectorised over the dense blocks of the bank image."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.engine.fast.compute import compute
from qpim_emu.engine.fast.switching import measure_dense_plan
from qpim_emu.engine.structure import count_dense_plan
from qpim_emu.hardware.counters import DATA_COUNTERS
from qpim_emu.hardware.gating import gating_mask
from qpim_emu.hardware.switching import Switching
from qpim_emu.mapping.dense_image import DenseContents, dense_regions, dense_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.arith.window import Window
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.dense import DensePlan, DenseTensor
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import IntArray, WordArray
    from qpim_emu.workload.operations import Operation

__all__ = ["execute_operation", "run_operation"]

HELD_BITS = 16
"""Bits of the integers that words are held in."""


def run_operation(
    operation: Operation, plan: DensePlan, codes: Sequence[IntArray]
) -> tuple[IntArray, Counters]:
    """Place the inputs of an operation and execute it, without a bank image.

    Codes of a format come back from its words as they are (`qpim_emu.arith.packing`), and these
    are read whole; nobody gets to see the image. Parameters and results are otherwise those of
    `execute_operation`.
    """
    result = compute(operation, codes)
    return result, count(plan)


def execute_operation(
    operation: Operation,
    plan: DensePlan,
    image: BankImage,
    *,
    switching: Switching = Switching.ASSUMED,
) -> tuple[IntArray, Counters]:
    """Execute an operation on its placed inputs; as the literal tier does, all blocks at once.

    Returns
    -------
    codes
        Output codes, ``int64`` in the output's shape.
    counters
        Event counters, placement not included.
    """
    codes = [
        operands(blocks, tensor.window, plan.spec)[: prod(tensor.shape)].reshape(tensor.shape)
        for tensor, blocks in zip(plan.inputs, read_inputs(plan, image), strict=True)
    ]
    result = compute(operation, codes)
    write_output(plan, dense_words(result, plan.output, plan.spec), image)
    counters = count(plan)
    if switching is Switching.MEASURED:
        measure_dense_plan(plan, image, counters)
    return result, counters


def count(plan: DensePlan) -> Counters:
    """Count everything; no accumulator overflows, and nothing is requantized."""
    counters = count_dense_plan(plan)
    for name in DATA_COUNTERS:
        counters.vault[name] = np.zeros(plan.spec.vaults, np.int64)
    return counters


def read_inputs(plan: DensePlan, image: BankImage) -> tuple[WordArray, ...]:
    """Blocks of every input, ``uint16[blocks, words per block]``: as described, or vault by vault.

    Raises
    ------
    UnwrittenReadError
        If one of them was never written.
    """
    if isinstance(image.contents, DenseContents):
        return image.contents.inputs
    return tuple(read_tensor(tensor, image) for tensor in plan.inputs)


def read_tensor(tensor: DenseTensor, image: BankImage) -> WordArray:
    """Read a tensor from the blocks that the vaults own."""
    walks = [(vault, tensor.walk(vault)) for vault in range(len(tensor.bases))]
    return np.concatenate(
        [image[vault].read(walk.base, walk.run) for vault, walk in walks if walk is not None]
    )


def operands(words: WordArray, window: Window, spec: Spec) -> IntArray:
    """Read words through the gating mask of a window, flat.

    The field is moved to the top of the integers that hold the words, and back down, which extends
    its sign.
    """
    fields = words.reshape(-1) & np.uint16(gating_mask(window, spec))
    fields <<= np.uint16(HELD_BITS - window.past)
    signed = window.format.encoding is Encoding.SIGNED
    held = fields.view(np.int16) if signed else fields
    held >>= held.dtype.type(HELD_BITS - window.precision)
    found = held.astype(np.int64)
    return 2 * found - 1 if window.format.encoding is Encoding.BIPOLAR else found


def write_output(plan: DensePlan, blocks: WordArray, image: BankImage) -> None:
    """Write the output's blocks into the image: described, or into each vault's own words."""
    if isinstance(image.contents, DenseContents):
        image.contents.output = blocks
        return
    for region in dense_regions(plan.output, blocks):
        image[region.vault].write_rows(region.base, region.rows, pitch=region.pitch)
