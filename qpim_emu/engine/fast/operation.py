"""Operations beside the lanes, vectorised over the dense blocks of the bank image."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.packing import to_words
from qpim_emu.engine.fast.switching import measure_dense_plan
from qpim_emu.engine.structure import count_dense_plan
from qpim_emu.hardware.counters import DATA_COUNTERS
from qpim_emu.hardware.gating import gating_mask
from qpim_emu.hardware.switching import Switching
from qpim_emu.mapping.dense import dense_blocks

if TYPE_CHECKING:
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.dense import DensePlan, DenseTensor
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Operation

__all__ = ["execute_operation"]


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
    codes = [read_tensor(tensor, plan, image) for tensor in plan.inputs]
    result = operation.compute(*codes)
    write_tensor(plan.output, result, plan, image)
    counters = count_dense_plan(plan)
    for name in DATA_COUNTERS:
        counters.vault[name] = np.zeros(plan.spec.vaults, np.int64)
    if switching is Switching.MEASURED:
        measure_dense_plan(plan, image, counters)
    return result, counters


def read_tensor(tensor: DenseTensor, plan: DensePlan, image: BankImage) -> IntArray:
    """Read a tensor from the blocks that the vaults own, through its gating mask."""
    parts = [
        image[vault].read(walk.base, walk.run)
        for vault in range(plan.spec.vaults)
        if (walk := tensor.walk(vault)) is not None
    ]
    words = np.concatenate(parts).reshape(-1)[: prod(tensor.shape)].astype(np.int64)
    gated = words & gating_mask(tensor.window, plan.spec)
    return tensor.window.operand(gated).reshape(tensor.shape)


def write_tensor(tensor: DenseTensor, codes: IntArray, plan: DensePlan, image: BankImage) -> None:
    """Write a tensor's blocks; tail words are 0."""
    words = to_words(codes.reshape(-1), tensor.format, plan.spec.word_bits).astype(np.int64)
    blocks = dense_blocks(words, plan.spec, pad=0).astype(np.uint16)
    for vault in range(plan.spec.vaults):
        if (walk := tensor.walk(vault)) is not None:
            first, past = tensor.owned(vault)
            image[vault].write(walk.base, blocks[first:past])
