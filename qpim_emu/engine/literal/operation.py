"""Operations beside the lanes, literally: read every input block, compute, write every block."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.packing import to_words
from qpim_emu.engine.literal.controller import Controller
from qpim_emu.engine.literal.counting import CountingObserver
from qpim_emu.engine.literal.program import read_run
from qpim_emu.engine.literal.switching import switching_observers
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.engine.observers import fan_out
from qpim_emu.hardware.commands import Mode, Wr
from qpim_emu.hardware.counters import Counters
from qpim_emu.hardware.switching import Switching
from qpim_emu.mapping.dense import dense_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.hardware.events import Observer
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
    observe: Callable[[int], Observer] | None = None,
) -> tuple[IntArray, Counters]:
    """Execute an operation on its placed inputs.

    Every vault reads its blocks of each input, then writes its blocks of the output.

    Returns
    -------
    codes
        Output codes, ``int64`` in the output's shape.
    counters
        Event counters, placement not included.
    """
    spec = plan.spec
    counters = Counters.empty(spec, switching=switching)
    controllers = [
        controller(
            plan,
            image,
            vault,
            counters,
            switching_observers(switching, counters, vault=vault, spec=spec)
            + ([observe(vault)] if observe else []),
        )
        for vault in range(spec.vaults)
    ]
    codes = [read_tensor(tensor, controllers) for tensor in plan.inputs]
    result = operation.compute(*codes)
    write_tensor(plan.output, result, controllers)
    for vault, each in enumerate(controllers):
        counters.vault["cycles"][vault] = each.barrier()
    return result, counters


def controller(
    plan: DensePlan,
    image: BankImage,
    vault: int,
    counters: Counters,
    observers: list[Observer],
) -> Controller:
    """Make the controller of one vault, its events counted and told to the observers."""
    counting = CountingObserver(
        counters, vault=vault, macs=(0, 0), block_lines=plan.spec.block_lines
    )
    observer = fan_out(counting, *observers)
    return Controller(Vault(plan.spec, image=image[vault], observer=observer))


def read_tensor(tensor: DenseTensor, controllers: list[Controller]) -> IntArray:
    """Read a tensor through its window, one run per vault."""
    operands: list[int] = []
    for vault, each in enumerate(controllers):
        walk = tensor.walk(vault)
        if walk is None:
            continue
        each.vault.issue(Mode(window=tensor.window))
        for bus in read_run(each, walk.base, walk.run, tensor.window):
            for part in range(bus.blocks):
                operands.extend(bus.operands(part))
        each.end_phase()
    return np.array(operands[: prod(tensor.shape)], np.int64).reshape(tensor.shape)


def write_tensor(tensor: DenseTensor, codes: IntArray, controllers: list[Controller]) -> None:
    """Write a tensor, one run per vault; tail words are 0."""
    spec = controllers[0].vault.spec
    words = to_words(codes.reshape(-1), tensor.format, spec.word_bits).astype(np.int64)
    blocks = dense_blocks(words, spec, pad=0).tolist()
    for vault, each in enumerate(controllers):
        walk = tensor.walk(vault)
        if walk is None:
            continue
        first, _ = tensor.owned(vault)
        for offset in range(walk.run):
            place = spec.place(walk.base + offset)
            command = Wr(bank=place.bank, column=place.column, words=tuple(blocks[first + offset]))
            each.column(command, place.row)
        each.end_phase()
