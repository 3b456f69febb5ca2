"""Where in a machine a place in a package's file belongs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpim_emu.golden.columns import read_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qpim_emu.golden.sink import Difference

__all__ = ["Place", "describe_difference", "place_of_record", "place_of_word", "read_table"]

VAULT = re.compile(r"/vault(\d+)/")
BANK = re.compile(r"/bank(\d+)\.")
BY_COMMAND = {"bus", "buffer", "macs"}
RD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in memory; `word` and `bit` None where a whole block is meant."""

    vault: int
    bank: int
    row: int
    column: int
    word: int | None = None
    bit: int | None = None

    def __str__(self) -> str:
        text = f"vault {self.vault}, bank {self.bank}, row {self.row}, column {self.column}"
        if self.word is not None:
            text += f", word {self.word}"
        return text if self.bit is None else f"{text}, bit {self.bit}"


def read_table(file: Path) -> tuple[list[str], Iterator[tuple[int, ...]]]:
    """Names of the columns of a table, and its records.

    Raises
    ------
    OSError
        If it cannot be read.
    PackageError
        If a line is no record.
    """
    lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    return lines[0].removeprefix("//").split() if lines else [], read_records(lines)


def record_of(file: Path, number: int) -> dict[str, int]:
    """One record by the names of its columns, empty where there is none."""
    names, records = read_table(file)
    found = next((record for i, record in enumerate(records) if i == number), ())
    return dict(zip(names, found, strict=False))


def vault_of(name: str) -> int:
    """Number of the vault that a file is about, 0 if of none."""
    found = VAULT.search(name)
    return int(found.group(1)) if found else 0


def place_of_record(
    folder: Path, name: str, number: int, *, column: str = "", wrong_bits: int = 0
) -> Place | None:
    """Place that a record of a table is about.

    Parameters
    ----------
    folder, name
        The package and the table's path in it.
    number
        The record.
    column
        Which column of it; tells the word.
    wrong_bits
        Its bits that are wrong; the lowest tells the bit.
    """
    kind = name.rsplit("/", 1)[-1].removesuffix(".txt")
    record = record_of(folder / name, number)
    lowest = (wrong_bits & -wrong_bits).bit_length() - 1 if wrong_bits else None
    beside = (folder / name).parent
    if kind == "adds":
        record = record_of(beside / "macs.txt", record.get("mac", -1))
        kind = "macs"
    if kind == "drains":
        return drained_place(folder, name, record, lowest)
    if kind in BY_COMMAND:
        command = record_of(beside / "commands.txt", record.get("command", -1))
        part = record.get("part", 0)
        wanted = column if kind == "bus" else ""
        width = word_bits_of(folder)
        return read_place(name, command, part, column=wanted, bit=lowest, width=width)
    if kind == "commands" and record:
        return read_place(name, record, 0)
    return None


def read_place(
    name: str,
    command: dict[str, int],
    part: int,
    *,
    column: str = "",
    bit: int | None = None,
    width: int = 1,
) -> Place | None:
    """Place that a command reads or writes; a bit of the bus may be that of a later block.

    Parameters
    ----------
    name, command
        Path of a table of the vault, and the record of the command.
    part
        Which of the blocks it moves.
    column, bit
        Word of the bus, as a column of ``bus.txt``, and the line in it.
    width
        W.
    """
    if not command:
        return None
    word = int(column.removeprefix("word")) if column.startswith("word") else None
    blocks, mask = command["blocks"], command["mask"]
    if word is None:
        bit = None
    elif bit is not None and command["op"] == RD and blocks > 1:
        part, bit = divmod(bit, width // blocks)
        bit += (mask & -mask).bit_length() - 1
    return Place(
        vault=vault_of(name),
        bank=command["bank"],
        row=command["row"],
        column=command["column"] + part,
        word=word,
        bit=bit,
    )


def drained_place(folder: Path, name: str, record: dict[str, int], bit: int | None) -> Place | None:
    """Place of an output; a wide one goes on in the next blocks."""
    if not record:
        return None
    machine = record_of(folder / "machine.txt", 0)
    part, bit = (0, None) if bit is None else divmod(bit, machine["word_bits"])
    address = (record["row"] * machine["banks"] + record["bank"]) * machine["columns"]
    rest, column = divmod(address + record["column"] + part, machine["columns"])
    row, bank = divmod(rest, machine["banks"])
    return Place(
        vault=vault_of(name), bank=bank, row=row, column=column, word=record["word"], bit=bit
    )


def word_bits_of(folder: Path) -> int:
    """W of a package's machine."""
    return record_of(folder / "machine.txt", 0).get("word_bits", 16)


def place_of_word(name: str, address: int, *, columns: int, words: int, bit: int | None) -> Place:
    """Place of a word of a memory image.

    Parameters
    ----------
    name
        Path of the image, which names vault and bank.
    address
        The word, counted from the start of its bank.
    columns, words
        Blocks per row, and words per block.
    bit
        Bit of it, if one is meant.
    """
    block, word = divmod(address, words)
    row, column = divmod(block, columns)
    found = BANK.search(name)
    bank = int(found.group(1)) if found else 0
    return Place(vault=vault_of(name), bank=bank, row=row, column=column, word=word, bit=bit)


def describe_difference(folder: Path, difference: Difference) -> str:
    """Say where a file stops being what it should be, with its place in memory if it has one."""
    name, offset = difference.path, difference.offset
    if offset is None:
        return f"{name}: missing"
    content = (folder / name).read_bytes()
    if not name.endswith(".txt") or "/vault" not in name:
        return f"{name}: computed otherwise from byte {offset} on"
    before = content[:offset].decode("ascii", errors="replace")
    number = before.count("\n") - 1
    position = before.rsplit("\n", 1)[-1].count(" ")
    names, _ = read_table(folder / name)
    column = names[position] if number >= 0 and position < len(names) else ""
    place = place_of_record(folder, name, number, column=column) if number >= 0 else None
    where = f", {place}" if place else ""
    return f"{name}: computed otherwise from record {number}, column {column or '?'} on{where}"
