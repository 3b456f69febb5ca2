"""Memory images of the banks, in the formats that simulators and tools read."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.golden.columns import word_digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.golden.sink import Sink, Writer
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.memory.image import VaultImage
    from qpim_emu.typing import BoolArray, WordArray

__all__ = ["BankContents", "ImageFormat", "bank_contents", "image_path", "write_images"]

BITS_OF_A_DIGIT = 4
PIECE = 4096


class ImageFormat(StrEnum):
    """Format of a memory image; ``golden/README.md`` describes each."""

    HEX = "hex"
    """``$readmemh``, word by word."""
    MEM = "mem"
    """``$readmemh``, block by block."""
    COE = "coe"
    """Coefficient file of memory generators."""
    BIN = "bin"
    """Raw words of 16 bits."""


class BankContents(NamedTuple):
    """A bank up to its last written block.

    Attributes
    ----------
    words
        ``uint16[blocks, words per block]``, 0 where nobody wrote.
    written
        ``bool[blocks]``.
    """

    words: WordArray
    written: BoolArray


def bank_contents(image: VaultImage, bank: int) -> BankContents:
    """Take one bank out of a vault's image."""
    spec = image.spec
    shape = (-1, spec.banks, spec.columns)
    words = image.words.reshape(*shape, spec.words_per_block)[:, bank]
    written = image.written.reshape(shape)[:, bank].reshape(-1)
    used = int(np.flatnonzero(written)[-1]) + 1 if written.any() else 0
    words = words.reshape(-1, spec.words_per_block)[:used]
    return BankContents(np.where(written[:used, None], words, 0).astype(np.uint16), written[:used])


def image_path(folder: str, bank: int, moment: str, kind: ImageFormat) -> str:
    """Name of an image; `moment` is ``before`` or ``after``."""
    return f"{folder}/bank{bank:02d}.{moment}.{kind}"


def write_images(
    sink: Sink, folder: str, moment: str, image: VaultImage, kinds: tuple[ImageFormat, ...]
) -> None:
    """Write every bank that holds anything, in every one of the formats."""
    for bank in range(image.spec.banks):
        contents = bank_contents(image, bank)
        if not contents.written.size:
            continue
        for kind in kinds:
            if kind is ImageFormat.MEM and image.spec.word_bits % BITS_OF_A_DIGIT:
                continue
            with sink.open(image_path(folder, bank, moment, kind)) as writer:
                WRITERS[kind](writer, contents, image.spec)


def write_hex(writer: Writer, contents: BankContents, spec: Spec) -> None:
    """Words, with the address of a word before every run of written blocks."""
    digits, per_block = word_digits(spec.word_bits), spec.words_per_block
    for first, past in runs(contents.written):
        writer.write(f"@{first * per_block:x}\n".encode())
        for block in contents.words[first:past].tolist():
            writer.write((" ".join(f"{word:0{digits}x}" for word in block) + "\n").encode())


def write_mem(writer: Writer, contents: BankContents, spec: Spec) -> None:
    """Blocks, with the address of a block before every run of written ones."""
    for first, past in runs(contents.written):
        writer.write(f"@{first:x}\n".encode())
        for block in contents.words[first:past].tolist():
            writer.write(f"{block_digits(block, spec)}\n".encode())


def write_coe(writer: Writer, contents: BankContents, spec: Spec) -> None:
    """Blocks from address 0, unwritten ones 0."""
    writer.write(b"memory_initialization_radix=16;\nmemory_initialization_vector=\n")
    last = len(contents.words) - 1
    for number, block in enumerate(contents.words.tolist()):
        end = ";" if number == last else ","
        writer.write(f"{block_digits(block, spec)}{end}\n".encode())


def write_bin(writer: Writer, contents: BankContents, spec: Spec) -> None:  # noqa: ARG001 - as the others
    """Words of 16 bits, little-endian."""
    for first in range(0, len(contents.words), PIECE):
        writer.write(contents.words[first : first + PIECE].astype("<u2").tobytes())


WRITERS = {
    ImageFormat.HEX: write_hex,
    ImageFormat.MEM: write_mem,
    ImageFormat.COE: write_coe,
    ImageFormat.BIN: write_bin,
}


def block_digits(block: list[int], spec: Spec) -> str:
    """A block as one number, word 0 in its lowest bits."""
    number = sum(word << (i * spec.word_bits) for i, word in enumerate(block))
    return f"{number:0{word_digits(spec.block_lines)}x}"


def runs(written: BoolArray) -> Iterator[tuple[int, int]]:
    """(first, past) of every run of written blocks."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], written, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
