"""A live scoreboard: each bus image of the RTL is compared with ``Vault.issue(command)``.

The emulator makes no files here but is part of the test bench: a vault of it takes the same
commands as the RTL, and what it answers is what the RTL must show. `run.py` beside this file
builds the RTL and runs the test.
"""
# ruff: noqa: INP001, ANN401, S101, S311 - as in package.py; seeded cases are not secrets

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import cocotb

import qpim_emu as qe
from golden.rtl.cocotb.driver import Driver

if TYPE_CHECKING:
    from qpim_emu.engine.literal.bus import BusImage

__all__ = ["every_bus_image_equals_the_emulators"]

ENCODINGS = {"unsigned": 0, "signed": 1, "bipolar": 2}
READS = 300


@cocotb.test()
async def every_bus_image_equals_the_emulators(dut: Any) -> None:
    """Read random blocks through random windows, one, two or four at a time."""
    rng, driver = random.Random(2021), Driver(dut)
    spec = machine_of(driver)
    vault, cells = qe.Vault(spec), random_row(spec, rng)
    vault.issue(qe.Act(bank=0, row=0))
    for column, words in enumerate(cells):
        vault.issue(qe.Wr(bank=0, column=column, words=words))
    seen = set()
    for _ in range(READS):
        window = random_window(spec, rng)
        vault.issue(qe.Mode(window=window))
        await driver.clock(
            "mode",
            precision=window.precision,
            shift=window.shift,
            encoding=ENCODINGS[window.format.encoding],
        )
        command, expected = issue_random_read(vault, rng)
        shown = await driver.read(cells[command.column :][: command.blocks])
        assert shown == list(expected.words), f"{command} through {window}"
        seen.add(command.blocks)
    cocotb.log.info("%d reads of %s blocks agree", READS, sorted(seen))


def machine_of(driver: Driver) -> qe.Spec:
    """TOY with the sizes that the RTL was built for, and eight blocks per row."""
    sizes = driver.sizes
    block = sizes["W"] * sizes["WPB"] // 8
    return qe.TOY.replace(
        word_bits=sizes["W"],
        block_bytes=block,
        row_bytes=8 * block,
        max_blocks_per_read=sizes["K"],
        gate_granularity=sizes["G"],
    )


def random_row(spec: qe.Spec, rng: random.Random) -> list[tuple[int, ...]]:
    """Words of a row, block by block."""
    return [
        tuple(rng.randrange(1 << spec.word_bits) for _ in range(spec.words_per_block))
        for _ in range(spec.columns)
    ]


def random_window(spec: qe.Spec, rng: random.Random) -> qe.Window:
    """Any window of a word, every second time a narrow one."""
    widest = rng.choice([spec.word_bits // spec.max_blocks_per_read, spec.word_bits])
    precision = rng.randint(1, widest)
    shift = rng.randint(0, spec.word_bits - precision)
    return qe.Window(rng.choice([qe.Int, qe.UInt])(precision), shift=shift)


def issue_random_read(vault: qe.Vault, rng: random.Random) -> tuple[qe.Rd, BusImage]:
    """Issue reads until the vault accepts one; those it refuses change nothing."""
    while True:
        column, blocks = rng.randrange(vault.spec.columns), rng.choice([1, 2, 4])
        command = qe.Rd(bank=0, column=column, blocks=blocks)
        try:
            return command, vault.issue(command)
        except qe.errors.IllegalCommandError:
            continue
