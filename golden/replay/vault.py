"""One vault of one run: memory images, masks and commands give bus images and memory."""
# ruff: noqa: INP001 - run as a folder

from __future__ import annotations

from typing import TYPE_CHECKING

from tables import Mismatch, Record, read_hex, read_table, unsigned, wrap

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Vault"]

MODE, RD, WR = 0, 2, 3
SIGNED, BIPOLAR = 1, 2


class Vault:
    """A vault whose commands are followed; as it is, one of an operation beside the lanes.

    Parameters
    ----------
    package, folder
        The package, and the vault's folder in it.
    machine
        The record of ``machine.txt``.
    """

    def __init__(self, package: Path, folder: str, machine: Record) -> None:
        self.folder = package / folder
        self.width = unsigned(machine, "word_bits")
        self.words = unsigned(machine, "wpb")
        self.columns = unsigned(machine, "columns")
        self.bank_count = unsigned(machine, "banks")
        self.granularity = unsigned(machine, "granularity")
        self.banks = self.memory("before")

    def memory(self, moment: str) -> dict[int, dict[tuple[int, int], int]]:
        """Words of every bank, before or after the run."""
        return {
            int(path.name[len("bank") :].split(".")[0]): read_hex(path, self.words)
            for path in self.folder.glob(f"bank*.{moment}.hex")
        }

    def expect(self, what: str, got: object, expected: object) -> None:
        """Refuse what differs from the package."""
        if got != expected:
            msg = f"{self.folder}: {what}: {expected!r} in the package, {got!r} computed"
            raise Mismatch(msg)

    def address(self, record: Record) -> int:
        """Address of a place's block in the vault: column fastest, then bank, then row."""
        row, bank = unsigned(record, "row"), unsigned(record, "bank")
        return (row * self.bank_count + bank) * self.columns + unsigned(record, "column")

    def place(self, address: int) -> tuple[int, int]:
        """Bank of a block, and the block in it."""
        rest, column = divmod(address, self.columns)
        row, bank = divmod(rest, self.bank_count)
        return bank, row * self.columns + column

    def mask(self, command: Record) -> int:
        """Gating mask of a window: its bits, widened to whole groups of lines."""
        group, lo = self.granularity, unsigned(command, "lo")
        past = -(-(lo + unsigned(command, "bits")) // group) * group
        return (1 << past) - (1 << (lo // group * group))

    def bus(self, command: Record) -> list[int]:
        """What a read drives: enabled lines in place, or packed block by block."""
        bank, block = self.place(self.address(command))
        mask, blocks = self.mask(command), unsigned(command, "blocks")
        first, room = (mask & -mask).bit_length() - 1, self.width // blocks
        lines = []
        for word in range(self.words):
            cells = [self.banks[bank][block + j, word] & mask for j in range(blocks)]
            if blocks > 1:
                cells = [cell >> first << (j * room) for j, cell in enumerate(cells)]
            lines.append(sum(cells))
        return lines

    def operands(self, command: Record, lines: list[int], part: int) -> list[int]:
        """What the lanes make of one block of a bus image."""
        blocks, bits = unsigned(command, "blocks"), unsigned(command, "bits")
        line, mask = unsigned(command, "lo"), self.mask(command)
        if blocks > 1:
            line += part * (self.width // blocks) - ((mask & -mask).bit_length() - 1)
        fields = [word >> line & ((1 << bits) - 1) for word in lines]
        code = unsigned(command, "code")
        if code == SIGNED:
            return [wrap(field, bits) for field in fields]
        return [2 * field - 1 for field in fields] if code == BIPOLAR else fields

    def replay(self) -> None:
        """Follow the commands: reads give bus images, writes change the memory."""
        images = iter(read_table(self.folder / "bus.txt"))
        for number, command in enumerate(read_table(self.folder / "commands.txt")):
            op = unsigned(command, "op")
            if op in {MODE, RD}:
                mask = unsigned(command, "mask")
                self.expect(f"mask of command {number}", self.mask(command), mask)
            if op not in {RD, WR}:
                continue
            image = next(images)
            self.expect("command of a bus image", number, unsigned(image, "command"))
            lines = [unsigned(image, f"word{word}") for word in range(self.words)]
            if op == RD:
                self.expect(f"bus image of command {number}", self.bus(command), lines)
                self.read(number, command, lines)
            else:
                self.write(self.address(command), lines)
        self.expect("memory afterwards", self.banks, self.memory("after"))

    def read(self, number: int, command: Record, lines: list[int]) -> None:
        """Take the bus image of a read; without lanes nothing becomes of it."""

    def write(self, address: int, lines: list[int]) -> None:
        """Overwrite a block."""
        bank, block = self.place(address)
        for word, value in enumerate(lines):
            self.banks.setdefault(bank, {})[block, word] = value
