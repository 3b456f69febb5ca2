"""The bank image: packed data words of a vault, allocated as far as they are used.

Blocks are held in address order (column fastest, then bank, then row), so the rows of all banks
with the same row number (a stripe) lie beside each other. Storage grows to the highest row in
use; a cube of 2 GiB with a small layer in it costs a few pages of memory.

Vaults hold copies of one another's words: of the weights, or of the activations. While nobody looks
at a vault, an image may therefore be *described*: every region of every vault as a view of words
that lie in memory once. Looking at any vault settles the image: each vault gets words of its own,
which may be written.
"""

from __future__ import annotations

import os
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from qpim_emu.errors import CapacityError, UnwrittenReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import BoolArray, IntArray, WordArray

__all__ = ["BankImage", "Contents", "Region", "VaultImage"]


class VaultImage:
    """Words of the banks of one vault, and which blocks were ever written.

    Parameters
    ----------
    spec
        The machine; gives the sizes of block, row and bank.

    Attributes
    ----------
    words
        ``uint16[allocated blocks, words per block]`` in address order.
    written
        ``bool[allocated blocks]``.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.words: WordArray = np.zeros((0, spec.words_per_block), np.uint16)
        self.written: BoolArray = np.zeros(0, np.bool_)

    @property
    def allocated_blocks(self) -> int:
        """Blocks that storage exists for."""
        return int(self.words.shape[0])

    def reserve(self, blocks: int) -> None:
        """Make storage for the first `blocks` blocks, in whole stripes.

        Raises
        ------
        CapacityError
            If the vault has fewer blocks.
        """
        if blocks <= self.allocated_blocks:
            return
        if blocks > self.spec.blocks:
            msg = f"vault capacity is {self.spec.blocks} blocks, got {blocks}"
            raise CapacityError(msg)
        stripes = -(-blocks // self.spec.stripe)
        grown = min(max(stripes * self.spec.stripe, 2 * self.allocated_blocks), self.spec.blocks)
        words = np.zeros((grown, self.spec.words_per_block), np.uint16)
        written = np.zeros(grown, np.bool_)
        words[: self.allocated_blocks] = self.words
        written[: self.allocated_blocks] = self.written
        self.words, self.written = words, written

    def write(self, block: int, words: WordArray) -> None:
        """Write consecutive whole blocks from address `block`.

        Parameters
        ----------
        block
            Address of the first block.
        words
            ``uint16[blocks, words per block]``, or one block.
        """
        rows = words.reshape(-1, self.spec.words_per_block)
        self.reserve(block + rows.shape[0])
        self.words[block : block + rows.shape[0]] = rows
        self.written[block : block + rows.shape[0]] = True

    def write_rows(self, block: int, rows: WordArray, *, pitch: int) -> None:
        """Write rows of whole blocks, the first blocks of two rows `pitch` blocks apart.

        Parameters
        ----------
        block
            Address of the first block.
        rows
            ``uint16[rows, blocks, words per block]``, at most `pitch` blocks in each. The last
            row, too, needs room for `pitch` blocks.
        """
        self.open_rows(block, *rows.shape[:2], pitch=pitch)[:] = rows

    def open_rows(self, block: int, count: int, blocks: int, *, pitch: int) -> WordArray:
        """Mark `count` rows of `blocks` blocks as written, for a caller that fills them itself.

        Parameters
        ----------
        block, pitch
            As for `write_rows`.

        Returns
        -------
        WordArray
            View ``uint16[count, blocks, words per block]``, every word of which is to be written.
            Storage that grows leaves views behind: open rows of storage that is reserved.
        """
        region = slice(block, block + count * pitch)
        self.reserve(region.stop)
        self.written[region].reshape(count, pitch)[:, :blocks] = True
        return self.words[region].reshape(count, pitch, -1)[:, :blocks]

    def read(self, block: int, count: int = 1) -> WordArray:
        """Copy `count` consecutive blocks, ``uint16[count, words per block]``.

        Raises
        ------
        UnwrittenReadError
            If one of them was never written.
        """
        self.require_written(np.arange(block, block + count))
        return self.words[block : block + count].copy()

    def require_written(self, blocks: IntArray) -> None:
        """Raise unless every block of `blocks` was written.

        Raises
        ------
        UnwrittenReadError
            Naming the first block that was not, with its bank, row and column.
        """
        flat = blocks.reshape(-1)
        inside = flat < self.allocated_blocks
        bad = ~inside
        bad[inside] = ~self.written[flat[inside]]
        if bad.any():
            place = self.spec.place(int(flat[int(np.argmax(bad))]))
            msg = (
                f"read must touch written words only, got bank {place.bank}, row {place.row}, "
                f"column {place.column}"
            )
            raise UnwrittenReadError(msg)

    def is_row_written(self, first_block: int) -> BoolArray:
        """Which blocks of the row starting at address `first_block` were written."""
        columns = self.spec.columns
        if first_block >= self.allocated_blocks:
            return np.zeros(columns, np.bool_)
        return self.written[first_block : first_block + columns].copy()

    def row(self, first_block: int) -> WordArray:
        """Copy one row of a bank, ``uint16[columns, words per block]``; zeros where unwritten."""
        columns = self.spec.columns
        if first_block >= self.allocated_blocks:
            return np.zeros((columns, self.spec.words_per_block), np.uint16)
        return self.words[first_block : first_block + columns].copy()

    def restore_row(self, first_block: int, words: WordArray, written: BoolArray) -> None:
        """Put a row back as a precharge does; does nothing if no word of it was ever written."""
        if not written.any():
            return
        columns = self.spec.columns
        self.reserve(first_block + columns)
        self.words[first_block : first_block + columns] = words
        self.written[first_block : first_block + columns] = written

    def equals(self, other: VaultImage) -> bool:
        """Whether both images hold the same words in the same written blocks."""
        mine, theirs = np.flatnonzero(self.written), np.flatnonzero(other.written)
        return np.array_equal(mine, theirs) and np.array_equal(self.words[mine], other.words[mine])


def renew_lock() -> None:
    """Forget who held the lock: in a fork there is nobody else."""
    settling[0] = RLock()


settling = [RLock()]
"""Held by who settles an image."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew_lock)


class Region(NamedTuple):
    """Rows of written blocks in a vault, as a view of words that other regions may share.

    Attributes
    ----------
    vault, base
        Where the first row begins.
    rows
        ``uint16[rows, blocks, words per block]``.
    pitch
        Distance of the first blocks of two rows.
    """

    vault: int
    base: int
    rows: WordArray
    pitch: int


class Contents(Protocol):
    """What an image holds, described."""

    def regions(self) -> Iterator[Region]:
        """Everything that was written."""
        ...  # pragma: no cover

    def reserved(self) -> Iterator[tuple[int, int]]:
        """Every vault in use, and how many blocks of storage it will need."""
        ...  # pragma: no cover


class BankImage:
    """The images of all vaults; `image[v]` is created when first used.

    Parameters
    ----------
    spec
        The machine.
    contents
        Description of what the image holds; nothing if not given.

    Attributes
    ----------
    contents
        The description, ``None`` once the image is settled. It must not change while it is there,
        except that more may be described.

    Examples
    --------
    >>> from qpim_emu.hardware import PAPER
    >>> image = BankImage(PAPER)
    >>> image[3].allocated_blocks, len(image.vaults)
    (0, 1)
    """

    def __init__(self, spec: Spec, contents: Contents | None = None) -> None:
        self.spec = spec
        self.contents = contents
        self.settled: dict[int, VaultImage] = {}

    @property
    def vaults(self) -> dict[int, VaultImage]:
        """Vaults in use by number; the image is settled."""
        self.settle()
        return self.settled

    def __getitem__(self, vault: int) -> VaultImage:
        self.settle()
        if vault not in self.settled:
            self.settled[vault] = VaultImage(self.spec)
        return self.settled[vault]

    def settle(self) -> None:
        """Give every vault words of its own, as described; does nothing the second time.

        Threads may look at an image at once; what is described stays so where this fails.
        """
        if self.contents is not None:
            with settling[0]:
                self.settle_alone()

    def settle_alone(self) -> None:
        """Do what `settle` says while no other thread does."""
        contents, vaults = self.contents, dict(self.settled)
        if contents is None:  # another thread was faster
            return
        for vault, blocks in contents.reserved():
            vaults.setdefault(vault, VaultImage(self.spec)).reserve(blocks)
        for region in contents.regions():
            image = vaults.setdefault(region.vault, VaultImage(self.spec))
            image.write_rows(region.base, region.rows, pitch=region.pitch)
        self.settled = vaults
        self.contents = None

    def equals(self, other: BankImage) -> bool:
        """Whether every vault of both holds the same words."""
        return all(self[v].equals(other[v]) for v in set(self.vaults) | set(other.vaults))
