"""Memory contents out of text: images of a package, and what a simulator dumped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qpim_emu.errors import PackageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_memory"]

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
NUMBER = re.compile(r"[0-9a-fA-FxXzZ_]+")
BITS_OF_A_DIGIT = 4
UNKNOWN = None


def read_memory(file: Path, *, word_bits: int, words: int) -> dict[int, int | None]:
    """Read a file of ``$readmemh`` or ``$writememh`` into words by address.

    Parameters
    ----------
    file
        Numbers in hexadecimal, with ``@address`` where they jump. Numbers of the digits of a
        word are words; numbers of the digits of a block are blocks, word 0 in the lowest bits.
    word_bits, words
        Bits of a word, words of a block.

    Returns
    -------
    dict
        Words by address, None for one that has unknown (x, z) digits.

    Raises
    ------
    PackageError
        If it is no such file.
    """
    try:
        text = COMMENT.sub(" ", file.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        msg = f"memory file must be readable, got {file}: {error.strerror}"
        raise PackageError(msg) from error
    found: dict[int, int | None] = {}
    address, digits = 0, -(-word_bits // BITS_OF_A_DIGIT)
    for token in text.split():
        if token.startswith("@"):
            address = read_address(token, file)
            continue
        if not NUMBER.fullmatch(token):
            msg = f"memory file must hold hexadecimal numbers, got {token[:40]!r} in {file}"
            raise PackageError(msg)
        plain = token.replace("_", "")
        if len(plain) <= digits:
            found[address] = read_word(plain)
        else:
            for word in range(words):
                found[address * words + word] = read_part(plain, word, word_bits)
        address += 1
    return found


def read_address(token: str, file: Path) -> int:
    """Read ``@address``."""
    try:
        return int(token[1:], 16)
    except ValueError as error:
        msg = f"memory file must hold addresses in hexadecimal, got {token[:40]!r} in {file}"
        raise PackageError(msg) from error


def read_word(digits: str) -> int | None:
    """A word, None if a digit of it is unknown."""
    return UNKNOWN if set(digits) & set("xXzZ") else int(digits, 16)


def read_part(digits: str, word: int, word_bits: int) -> int | None:
    """One word of a block."""
    bits = "".join(
        "?" * BITS_OF_A_DIGIT if digit in "xXzZ" else f"{int(digit, 16):04b}" for digit in digits
    )
    end = len(bits) - word * word_bits
    part = bits[max(0, end - word_bits) : max(0, end)]
    return UNKNOWN if "?" in part else int(part or "0", 2)
