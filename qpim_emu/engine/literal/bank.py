"""State of one bank: its open row, the row buffer, and when its last commands were issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from bitarray import bitarray

if TYPE_CHECKING:
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.memory.image import VaultImage

__all__ = ["Bank"]


class Bank:
    """A bank with one row buffer.

    Parameters
    ----------
    index
        Number of the bank in its vault.
    spec
        The machine.
    image
        Cells of the vault.
    """

    def __init__(self, index: int, spec: Spec, image: VaultImage) -> None:
        self.index = index
        self.spec = spec
        self.image = image
        self.row: int | None = None
        self.buffer = bitarray(endian="little")
        self.written = np.zeros(spec.columns, np.bool_)
        self.last: dict[str, int] = {}

    def first_block(self, row: int) -> int:
        """Address of the first block of a row of this bank."""
        return self.spec.address(self.index, row, 0)

    def open(self, row: int) -> None:
        """Sense a row into the row buffer."""
        first = self.first_block(row)
        self.row = row
        self.buffer = words_to_bits(self.image.row(first), self.spec)
        self.written = self.image.is_row_written(first)

    def close(self) -> None:
        """Restore the row buffer into the cells."""
        if self.row is None:
            return
        words = bits_to_words(self.buffer, self.spec)
        self.image.restore_row(self.first_block(self.row), words, self.written)
        self.row = None

    def block(self, column: int) -> bitarray:
        """Bits of one block of the row buffer."""
        lines = self.spec.block_lines
        return self.buffer[column * lines : (column + 1) * lines]

    def overwrite(self, column: int, bits: bitarray) -> None:
        """Replace one block of the row buffer."""
        lines = self.spec.block_lines
        self.buffer[column * lines : (column + 1) * lines] = bits
        self.written[column] = True


def words_to_bits(words: np.ndarray[tuple[int, ...], np.dtype[np.uint16]], spec: Spec) -> bitarray:
    """Bits of packed words, each word's line 0 first."""
    bits = bitarray(endian="little")
    if spec.word_bits == 16:  # noqa: PLR2004 - the width a stored word has in memory
        bits.frombytes(words.astype("<u2").tobytes())
        return bits
    lines = (words.reshape(-1, 1) >> np.arange(spec.word_bits, dtype=np.uint16)) & 1
    bits.extend(lines.reshape(-1).tolist())
    return bits


def bits_to_words(bits: bitarray, spec: Spec) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """Packed words of a row buffer, ``uint16[columns, words per block]``."""
    if spec.word_bits == 16:  # noqa: PLR2004 - the width a stored word has in memory
        words = np.frombuffer(bits.tobytes(), "<u2").astype(np.uint16)
    else:
        lines = np.array(bits.tolist(), np.uint16).reshape(-1, spec.word_bits)
        words = (lines << np.arange(spec.word_bits, dtype=np.uint16)).sum(axis=1, dtype=np.uint16)
    return words.reshape(spec.columns, spec.words_per_block)
