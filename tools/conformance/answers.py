"""What the emulator answers, held against what others say before it is written down.

The emulator's literal parts compute an answer; the oracle, or a definition that shares nothing
with them, computes it again. Where they part nothing is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine.literal.accumulators import Register
from qpim_emu.engine.literal.vault import Vault
from qpim_emu.engine.run import run_layer
from qpim_emu.hardware import blocks_of_read, gating_mask
from qpim_emu.hardware.commands import Act, Mode, Rd, Wr
from qpim_emu.oracle import reference
from qpim_emu.oracle.requantize import output_code
from qpim_emu.workload.accumulator import Accumulator
from tools.conformance.parse import Numbers, machine, read_layer, read_unit, read_window
from tools.conformance.sums import POLICIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qpim_emu.typing import IntArray
    from tools.conformance.parse import LayerQuestion

__all__ = ["DisagreementError", "answer"]


class DisagreementError(Exception):
    """The emulator and the oracle differ."""


def agree(what: str, got: object, expected: object) -> None:
    """Refuse what the oracle does not say as well."""
    if got != expected:
        msg = f"{what}: {got!r} of the emulator, {expected!r} of the oracle"
        raise DisagreementError(msg)


def answer_requantize(numbers: Numbers) -> list[int]:
    """L1: code and whether it was clamped."""
    mode, rounding, _, accumulator = numbers.several(4)
    constants = numbers.several(6)
    low, high, count = numbers.several(3)
    filters = np.array([constants + numbers.several(count)], np.int64)
    unit = read_unit((mode, rounding), (low, high), filters)
    code, clamped = unit.apply(accumulator, filters=0)
    agree("code", (code, int(clamped)), output_code(unit, accumulator, 0))
    return [code, int(clamped)]


def answer_read(numbers: Numbers) -> list[int]:
    """L2: gating mask, blocks, bus image, operands."""
    reads = numbers.several(5)
    spec = machine(reads)
    columns = numbers.one()
    window = read_window(numbers)
    column, left = numbers.several(2)
    words = spec.words_per_block
    cells = [numbers.several(words) for _ in range(spec.max_blocks_per_read)]
    agree("columns", spec.columns, columns)
    count = blocks_of_read(column, column + left, window, spec)
    vault = Vault(spec)
    vault.issue(Act(bank=0, row=0))
    for offset, block in enumerate(cells[:count]):
        vault.issue(Wr(bank=0, column=column + offset, words=tuple(block)))
    vault.issue(Mode(window=window))
    bus = vault.issue(Rd(bank=0, column=column, blocks=count))
    operands = [value for part in range(count) for value in bus.operands(part)]
    direct = [window.operand(word) for block in cells[:count] for word in block]
    agree("operands", operands, direct)
    return [gating_mask(window, spec), count, *bus.words, *operands]


def answer_sums(numbers: Numbers) -> list[int]:
    """L3: accumulators and clipping behind every addition, overflows at the end."""
    bits, policy, per_lane, words, live, zero, blocks = numbers.several(7)
    zeros, biases = numbers.several(words), numbers.several(words)
    streamed, resident = numbers.array(blocks, words), numbers.array(blocks, words)
    accumulator = Accumulator(bits=bits, overflow=POLICIES[policy])
    products = (streamed - zero) * (resident - np.array(zeros))
    registers = [Register(accumulator, bias) for bias in biases[: live if per_lane else 1]]
    found: list[int] = []
    for block, row in enumerate(products.tolist()):
        past = live if per_lane or block == blocks - 1 else words
        amounts = row[:past] if per_lane else [sum(row[:past])]
        for register, amount in zip(registers, amounts, strict=True):
            clipped = register.add(amount)
            found += [register.value, int(clipped)]
    for lane, register in enumerate(registers):
        shown = products[:, lane : lane + 1] if per_lane else flat(products, live)
        check_register(register, shown, biases[lane], accumulator)
    return [*found, *(int(register.overflowed) for register in registers)]


def flat(products: IntArray, live: int) -> IntArray:
    """Products of blocks with tail words left out, block by block."""
    kept = products.copy()
    kept[-1, live:] = 0
    return kept


def check_register(
    register: Register, products: IntArray, bias: int, accumulator: Accumulator
) -> None:
    """Hold an accumulator against a linear layer of the oracle that adds its amounts."""
    amounts = [sum(row) for row in products.tolist()]
    limits = accumulator.format
    value = bias
    for amount in amounts:
        value += amount
        if register.policy == "saturate":
            value = max(limits.min, min(limits.max, value))
    span = 1 << accumulator.bits
    agree("accumulator", register.value, (value - limits.min) % span + limits.min)
    agree("total", register.total, bias + sum(amounts))


def run_question(question: LayerQuestion, codes: IntArray) -> tuple[list[int], IntArray]:
    """Answer for one layer, and its outputs."""
    layer, spec = question.layer, question.spec
    run = run_layer(layer, codes, spec=spec, mapping=question.mapping)
    expected = reference(layer, codes, groups=run.plan.word_groups)
    agree("accumulators", run.accumulators.tolist(), expected.accumulators.tolist())
    agree("outputs", run.outputs.tolist(), expected.outputs.tolist())
    counts = [int(expected.overflows), int(expected.clamped)]
    agree("counts", [run.counters.total(name) for name in ("overflows", "clamped")], counts)
    values = [*run.accumulators.reshape(-1).tolist(), *run.outputs.reshape(-1).tolist()]
    return [*counts, *values], run.outputs


def answer_layer(numbers: Numbers) -> list[int]:
    """L4: overflows, clamped codes, accumulators, outputs."""
    question = read_layer(numbers)
    return run_question(question, numbers.array(*question.shape))[0]


def answer_network(numbers: Numbers) -> list[int]:
    """L5: answers of all layers, each on the outputs of the one before."""
    found: list[int] = []
    codes: IntArray | None = None
    for _ in range(numbers.one()):
        question = read_layer(numbers)
        codes = numbers.array(*question.shape) if codes is None else codes.reshape(question.shape)
        part, codes = run_question(question, codes)
        found += part
    return found


ANSWERS: dict[str, Callable[[Numbers], list[int]]] = {
    "L1": answer_requantize,
    "L2": answer_read,
    "L3": answer_sums,
    "L4": answer_layer,
    "L5": answer_network,
}


def answer(level: str, question: Sequence[int]) -> list[int]:
    """Answer a question of a level.

    Raises
    ------
    DisagreementError
        If the oracle says otherwise.
    """
    return ANSWERS[level](Numbers(question))
