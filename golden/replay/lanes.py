"""A vault of a MAC layer: what its lanes make of the bus images; semantics 6 and 7."""
# ruff: noqa: INP001 - run as a folder

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rescaling import NONE, THRESHOLDS, ZERO_POINT_IN, rescale
from tables import Record, read_table, signed, unsigned, wrap
from vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LaneVault"]

LOAD, SATURATE = 0, 1
TABLES = ("buffer", "starts", "macs", "adds", "drains")


@dataclass
class Register:
    """An accumulator: its value, the exact total, and the filter it belongs to."""

    value: int
    total: int
    filter: int


class LaneVault(Vault):
    """A vault with lanes.

    Parameters
    ----------
    package, folder, machine
        As for `Vault`.
    constants
        Folder of the layer's constants.
    """

    def __init__(self, package: Path, folder: str, machine: Record, constants: str) -> None:
        super().__init__(package, folder, machine)
        (self.layer,) = read_table(package / constants / "layer.txt")
        self.filters = read_table(package / constants / "filters.txt")
        self.thresholds = read_thresholds(package / constants / "thresholds.txt")
        self.tables: dict[str, Iterator[Record]] = {
            name: iter(read_table(self.folder / f"{name}.txt")) for name in TABLES
        }
        self.bits = unsigned(self.layer, "acc_bits")
        self.saturates = unsigned(self.layer, "policy") == SATURATE
        self.buffer: list[list[int]] = []
        self.registers: dict[int, list[Register]] = {}
        self.staged: dict[tuple[int, int], int] = {}
        self.mac = next(self.tables["macs"], None)
        self.macs = 0

    def replay(self) -> None:
        """Follow the commands and the lanes to their end."""
        super().replay()
        for name, table in self.tables.items():
            self.expect(f"records left in {name}.txt", next(table, None), None)

    def read(self, number: int, command: Record, lines: list[int]) -> None:
        """Fill the PE buffer, or stream past it."""
        for part in range(unsigned(command, "blocks")):
            operands = self.operands(command, lines, part)
            if unsigned(command, "phase") == LOAD:
                self.fill(number, part, operands)
            while self.mac and block_of(self.mac) == (number, part):
                self.multiply(self.mac, operands)
                self.mac = next(self.tables["macs"], None)
                self.macs += 1

    def fill(self, number: int, part: int, operands: list[int]) -> None:
        """Put a block into the PE buffer, minus the zero points of its words."""
        record = next(self.tables["buffer"])
        address = unsigned(record, "address")
        self.expect(f"source of buffer {address}", (number, part), block_of(record))
        zeros = [signed(record, f"zero{word}") for word in range(self.words)]
        held = [operand - zero for operand, zero in zip(operands, zeros, strict=True)]
        written = [signed(record, f"operand{word}") for word in range(self.words)]
        self.expect(f"buffer {address}", held, written)
        del self.buffer[address:]
        self.buffer.append(held)

    def multiply(self, mac: Record, operands: list[int]) -> None:
        """Add the products of the live words to one accumulator, or to one per lane."""
        live, zero = unsigned(mac, "live"), signed(mac, "zero")
        held = self.buffer[unsigned(mac, "resident")]
        products = [(a - zero) * w for a, w in zip(operands[:live], held[:live], strict=True)]
        amounts = products if unsigned(self.layer, "per_lane") else [sum(products)]
        address = unsigned(mac, "accumulator")
        if unsigned(mac, "first"):
            self.registers[address] = [self.start(address, lane) for lane in range(len(amounts))]
        for lane, amount in enumerate(amounts):
            self.add(self.registers[address][lane], lane, amount)
        if unsigned(mac, "last"):
            for lane, register in enumerate(self.registers.pop(address)):
                self.drain(address, lane, register)

    def start(self, address: int, lane: int) -> Register:
        """An accumulator at the bias of its filter."""
        record = next(self.tables["starts"])
        index = unsigned(record, "filter")
        bias = signed(self.filters[index], "bias")
        place = unsigned(record, "accumulator"), unsigned(record, "lane")
        expected = (*place, signed(record, "bias"))
        self.expect(f"start of accumulator {address}", (address, lane, bias), expected)
        return Register(value=bias, total=bias, filter=index)

    def add(self, register: Register, lane: int, amount: int) -> None:
        """Add by the layer's policy."""
        record = next(self.tables["adds"])
        exact = register.value + amount
        value = wrap(exact, self.bits)
        if self.saturates:
            value = min(max(exact, -1 << (self.bits - 1)), (1 << (self.bits - 1)) - 1)
        clipped = int(self.saturates and value != exact)
        register.value, register.total = value, register.total + amount
        expected = (
            *(unsigned(record, name) for name in ("mac", "lane")),
            *(signed(record, name) for name in ("amount", "value")),
            unsigned(record, "clipped"),
        )
        got = (self.macs, lane, amount, value, clipped)
        self.expect(f"addition of MAC {self.macs}", got, expected)

    def drain(self, address: int, lane: int, register: Register) -> None:
        """Requantize an accumulator and stage its words."""
        record = next(self.tables["drains"])
        output, clamped = self.requantize(register.value, register.filter)
        outside = register.total != wrap(register.total, self.bits)
        flags = (int(clamped), int(outside and not self.saturates))
        got = (address, lane, register.filter, register.value, output, *flags)
        expected = (
            *(unsigned(record, name) for name in ("accumulator", "lane", "filter")),
            *(signed(record, name) for name in ("value", "output")),
            *(unsigned(record, name) for name in ("clamped", "overflowed")),
        )
        self.expect(f"output of accumulator {address}", got, expected)
        block = self.address(record)
        for part in range(-(-unsigned(self.layer, "output_bits") // self.width)):
            word = output >> (part * self.width) & ((1 << self.width) - 1)
            self.staged[block + part, unsigned(record, "word")] = word

    def write(self, address: int, lines: list[int]) -> None:
        """Write staged words; words of a block that carry nothing are 0."""
        words = [self.staged.pop((address, word), 0) for word in range(self.words)]
        self.expect(f"block written to {address}", words, lines)
        super().write(address, lines)

    def requantize(self, value: int, index: int) -> tuple[int, bool]:
        """Code of an accumulator, and whether it was clamped."""
        mode, constants = unsigned(self.layer, "mode"), self.filters[index]
        if mode == NONE:
            return value, False
        if mode == THRESHOLDS:
            code = signed(constants, "offset")
            code += sum(threshold <= value for threshold in self.thresholds[index])
        else:
            code = rescale(mode, value, constants, unsigned(self.layer, "rounding"))
            code += 0 if mode == ZERO_POINT_IN else signed(constants, "zero_point")
        clamped = min(max(code, signed(self.layer, "low")), signed(self.layer, "high"))
        return clamped, clamped != code


def block_of(record: Record) -> tuple[int, int]:
    """Which block of which read a record is about."""
    return unsigned(record, "command"), unsigned(record, "part")


def read_thresholds(path: Path) -> dict[int, list[int]]:
    """Thresholds of every filter, if there are any."""
    found: dict[int, list[int]] = {}
    for record in read_table(path) if path.exists() else ():
        found.setdefault(unsigned(record, "filter"), []).append(signed(record, "threshold"))
    return found
