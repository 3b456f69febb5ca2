"""Tables and memory images of a package, as text; whole numbers of so many digits."""
# ruff: noqa: INP001 - run as a folder

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Mismatch", "Record", "read_hex", "read_table", "signed", "unsigned", "wrap"]

Record = dict[str, str]
"""Digits of every column by its name."""


class Mismatch(Exception):  # noqa: N818 - what it says is no error of the program
    """A file does not follow from the others."""


def read_table(path: Path) -> list[Record]:
    """Records of a table."""
    header, *lines = path.read_text(encoding="ascii").splitlines()
    names = header.removeprefix("//").split()
    return [dict(zip(names, line.split(), strict=True)) for line in lines]


def unsigned(record: Record, name: str) -> int:
    """A column as it stands."""
    return int(record[name], 16)


def signed(record: Record, name: str) -> int:
    """A column as two's complement of its width."""
    return wrap(int(record[name], 16), 4 * len(record[name]))


def wrap(value: int, bits: int) -> int:
    """The low bits as a two's complement number."""
    value %= 1 << bits
    return value - (1 << bits) if value >> (bits - 1) else value


def read_hex(path: Path, words: int) -> dict[tuple[int, int], int]:
    """Words of a memory image by (block, word)."""
    found: dict[tuple[int, int], int] = {}
    address = 0
    for token in path.read_text(encoding="ascii").split():
        if token.startswith("@"):
            address = int(token[1:], 16)
            continue
        found[divmod(address, words)] = int(token, 16)
        address += 1
    return found
