"""A golden package replayed from Python, with the files that the SystemVerilog bench reads.

`run.py` beside this file builds the RTL and names a package (``QPIM_PACKAGE``) and one of its
replays (``QPIM_VAULT``, ``QPIM_LAYER``). Masks, bus images, accumulators and outputs are compared.
"""
# ruff: noqa: INP001, ANN401, S101 - not a package to install; cocotb's handles; tests assert

from __future__ import annotations

import os
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cocotb

from golden.rtl.cocotb.driver import Driver, packed, signed
from golden.rtl.packages import read_records
from golden.rtl.requantize_cases import MODES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["vault_agrees_with_its_package"]

Record = dict[str, int]

MODE, RD, WR = 0, 2, 3
LOAD, STREAM = 0, 1
OPERAND_ZERO = 18
FIELD = 20
"""Bits of zero points in the files."""


@cocotb.test()
async def vault_agrees_with_its_package(dut: Any) -> None:
    """Replay the commands of one vault."""
    package = Path(os.environ["QPIM_PACKAGE"])
    replay = VaultReplay(
        dut, vault=package / os.environ["QPIM_VAULT"], layer=package / os.environ["QPIM_LAYER"]
    )
    for number, command in enumerate(read_records(replay.vault / "commands.txt")):
        await replay.command(number, command)
    assert replay.drained, "the package must have outputs"
    cocotb.log.info("%d outputs agree", replay.drained)


class VaultReplay:
    """What one vault of a package does, and the RTL that has to do the same.

    Attributes
    ----------
    rows
        Words by (bank, address of the word), as placed and written so far.
    zeros
        Zero points of the words of every block in the PE buffer.
    drained
        Outputs compared so far.
    """

    def __init__(self, dut: Any, *, vault: Path, layer: Path) -> None:
        self.dut, self.driver, self.vault = dut, Driver(dut), vault
        self.layer = next(read_records(layer / "layer.txt"))
        self.filters = list(read_records(layer / "filters.txt"))
        self.words = {
            (bank, address): word
            for bank in range(self.layer["banks"])
            for address, word in read_image(vault / f"bank{bank:02d}.before.hex")
        }
        self.bus = read_records(vault / "bus.txt")
        self.buffer = by_command(vault / "buffer.txt")
        self.macs = by_command(vault / "macs.txt")
        self.starts = read_records(vault / "starts.txt")
        self.drains = read_records(vault / "drains.txt")
        self.zeros: dict[int, list[int]] = {}
        self.drained = 0

    async def command(self, number: int, command: Record) -> None:
        """Carry out one record of ``commands.txt``."""
        if command["op"] == MODE:
            await self.driver.clock(
                "mode",
                precision=command["bits"],
                shift=command["lo"],
                encoding=command["code"],
            )
            self.expect("gating mask", self.dut.mask.value.to_unsigned(), command["mask"])
        elif command["op"] in {RD, WR}:
            record = next(self.bus)
            words = [record[f"word{i}"] for i in range(self.layer["wpb"])]
            if command["op"] == WR:
                self.words |= zip(self.places(command), words, strict=True)
                return
            await self.read(number, command, words)

    def places(self, command: Record, part: int = 0) -> list[tuple[int, int]]:
        """Keys in `words` of a block that a column command moves."""
        block = command["row"] * self.layer["columns"] + command["column"] + part
        first = block * self.layer["wpb"]
        return [(command["bank"], first + i) for i in range(self.layer["wpb"])]

    def expect(self, what: str, got: object, expected: object) -> None:
        """Compare."""
        assert got == expected, f"{self.vault}: {what} must be {expected}, got {got}"

    async def read(self, number: int, command: Record, expected: list[int]) -> None:
        """RD, and what the logic die does with the blocks."""
        blocks = [
            tuple(self.words[place] for place in self.places(command, part))
            for part in range(command["blocks"])
        ]
        self.expect(f"bus of command {number}", await self.driver.read(blocks), expected)
        if command["phase"] == LOAD:
            await self.load(self.buffer[number])
        elif command["phase"] == STREAM:
            await self.stream(self.macs[number])

    async def load(self, records: list[Record]) -> None:
        """Put the blocks on the bus into the PE buffer."""
        for record in records:
            zeros = [signed(record[f"zero{i}"], FIELD) for i in range(self.layer["wpb"])]
            self.zeros[record["address"]] = zeros
        await self.driver.clock("load", load_address=records[0]["address"])

    async def stream(self, records: list[Record]) -> None:
        """Let the blocks on the bus meet every slot: part by part, slot by slot."""
        first, last = (
            [r for r in records if r["part"] == part] for part in (0, records[-1]["part"])
        )
        for mac in first:
            if mac["first"]:
                await self.start(mac)
        zeros = [zero for mac in first for zero in self.zeros[mac["resident"]]]
        await self.driver.clock(
            "zeros",
            streamed_zero=signed(first[0]["zero"], FIELD),
            resident_zeros=packed(zeros, OPERAND_ZERO),
        )
        lives = [mac["live"] for mac in records if mac["slot"] == 0]
        await self.driver.clock(
            "stream",
            per_lane=self.layer["per_lane"],
            saturate=int(self.layer["policy"] == 1),
            slots=len(first),
            resident=packed((mac["resident"] for mac in first), bits_of(self.dut.load_address)),
            address=first[0]["accumulator"],
            live=packed(lives, bits_of(self.dut.drain_lane)),
        )
        for mac in last:
            if mac["last"]:
                await self.drain(mac)

    def lanes(self, mac: Record) -> range:
        """Lanes that have an accumulator."""
        return range(mac["live"] if self.layer["per_lane"] else 1)

    async def start(self, mac: Record) -> None:
        """Start the accumulators of a slot at their biases."""
        biases = [next(self.starts)["bias"] for _ in self.lanes(mac)]
        value = packed(biases, self.driver.sizes["A"])
        await self.driver.clock("start", start_address=mac["accumulator"], start_value=value)

    async def drain(self, mac: Record) -> None:
        """Compare the outputs of a slot."""
        for lane in self.lanes(mac):
            record = next(self.drains)
            constants = self.filters[record["filter"]]
            self.driver.set(
                drain_address=mac["accumulator"],
                drain_lane=lane,
                requantize_mode=self.layer["mode"],
                rounding=self.layer["rounding"],
                requantize_shift=signed(constants["shift"], 8),
                addend=signed(constants["addend"], 64),
                multiplier=signed(constants["multiplier"], 32),
                zero_point=signed(constants["zero_point"], 32),
                low=signed(self.layer["low"], 48),
                high=signed(self.layer["high"], 48),
            )
            await self.driver.settle()
            accumulator_bits = self.driver.sizes["A"]
            value = signed(record["value"], accumulator_bits)
            self.expect("accumulator", self.dut.accumulator.value.to_signed(), value)
            if self.layer["mode"] in MODES.values():
                self.expect("output", self.dut.code.value.to_unsigned(), record["output"])
            self.drained += 1


def by_command(path: Path) -> dict[int, list[Record]]:
    """Records of a table by the command they belong to."""
    groups = groupby(read_records(path), key=itemgetter("command"))
    return {command: list(records) for command, records in groups}


def read_image(path: Path) -> Iterator[tuple[int, int]]:
    """(address, word) of a ``$readmemh`` file; nothing if the bank holds nothing."""
    address = 0
    for token in path.read_text(encoding="ascii").split() if path.exists() else ():
        if token.startswith("@"):
            address = int(token[1:], 16)
        else:
            yield address, int(token, 16)
            address += 1


def bits_of(port: Any) -> int:
    """Width of a port."""
    return len(port)
