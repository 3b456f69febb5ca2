"""Where a plane's operands lie: in memory once for all vaults, or in each vault's own words.

A placed image that nobody has looked at is described (`qpim_emu.mapping.shared`): its vaults show
the same words, which are then read in place. A settled image has words of each vault, of which
none can be taken for another's without comparing them.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from qpim_emu.engine.fast.kept import kept_weights
from qpim_emu.engine.fast.kernels.filling import NOTHING
from qpim_emu.engine.fast.kernels.records import address_of
from qpim_emu.engine.fast.placing import PaddedOperands
from qpim_emu.engine.fast.streams import padded_reads_of, reads_of
from qpim_emu.mapping.shared import (
    Operands,
    activation_base,
    filters_of_table,
    first_row,
    slab_of,
    slab_shape,
    table_row,
    weight_base,
)
from qpim_emu.workload.geometry import ConvGeometry

if TYPE_CHECKING:
    from qpim_emu.engine.fast.placing import Filling
    from qpim_emu.engine.fast.streams import Reads
    from qpim_emu.engine.fast.tables import Table
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import WordArray

__all__ = ["Memory", "SettledMemory", "SharedMemory", "memory_of"]


class Memory(Protocol):
    """Words of all operands."""

    @property
    def is_kept(self) -> bool:
        """Whether what is found of the weights may be kept: nobody can write them."""
        ...  # pragma: no cover

    @property
    def words(self) -> WordArray:
        """Words in which all activations lie, ``uint16[n]``.

        Raises
        ------
        CodeError
            If a code that was still to be placed does not belong to its type.
        """
        ...  # pragma: no cover

    @property
    def place(self) -> tuple[int, int]:
        """Address and number of these words; some of them may still be to be placed."""
        ...  # pragma: no cover

    @property
    def filler(self) -> tuple[int, int, int, int]:
        """What places those, written down (`qpim_emu.engine.fast.kernels.records`)."""
        ...  # pragma: no cover

    def finish(self) -> None:
        """Have all of them placed; errors as `words`."""
        ...  # pragma: no cover

    @property
    def tables(self) -> dict[tuple[int, int], Table]:
        """Tables read so far, by their columns."""
        ...  # pragma: no cover

    def reads(self, plane: Plane) -> Reads:
        """Find a plane's streamed vectors, in words.

        Raises
        ------
        UnwrittenReadError
            If a block among them was never written.
        """
        ...  # pragma: no cover

    def table(self, planes: tuple[Plane, ...]) -> WordArray:
        """Weights of planes, ``uint16[vectors of weights, words of a vector]``."""
        ...  # pragma: no cover

    def have_equal_tables(self, one: Plane, other: Plane) -> bool:
        """Whether planes of the same filters hold the same words for them."""
        ...  # pragma: no cover

    def have_equal_activations(self, one: Plane, other: Plane) -> bool:
        """Whether planes of the same image and pixels hold the same words for them."""
        ...  # pragma: no cover


def memory_of(plan: Plan, image: BankImage, filling: Filling | None = None) -> Memory:
    """Find the operands of a placed layer, or of one whose activations are still to be placed."""
    if isinstance(image.contents, PaddedOperands):
        return PaddedMemory(plan, image.contents, filling)
    if isinstance(image.contents, Operands):
        return SharedMemory(plan, image.contents, filling)
    return SettledMemory(plan, image)


class SharedMemory:
    """Operands as an image describes them."""

    def __init__(self, plan: Plan, operands: Operands, filling: Filling | None) -> None:
        self.plan = plan
        self.operands = operands
        self.filling = filling
        self.is_kept = not operands.weights.flags.writeable

    @cached_property
    def known(self) -> Known:
        """Reads followed so far."""
        return Known()

    @cached_property
    def tables(self) -> dict[tuple[int, int], Table]:
        """Tables read so far; kept with the weights unless these can be written."""
        return kept_weights(self.plan).tables if self.is_kept else {}

    @property
    def words(self) -> WordArray:
        """All padded images, placed by now."""
        self.finish()
        return self.images.reshape(-1)

    @property
    def images(self) -> WordArray:
        """All padded images."""
        return self.operands.activations

    @property
    def place(self) -> tuple[int, int]:
        """Where these are; who places them knows it."""
        if self.filling is not None:
            return self.filling.place
        return address_of(self.images), self.images.size

    @property
    def filler(self) -> tuple[int, int, int, int]:
        """What places activations."""
        return NOTHING if self.filling is None else self.filling.numbers

    def finish(self) -> None:
        """Have all activations placed."""
        if self.filling is not None:
            self.filling.finish()
            self.filling = None

    def start(self, plane: Plane) -> int:
        """Block at which a plane's activations begin."""
        shape = slab_shape(self.plan)
        row = slab_of(self.plan, plane) * shape.rows + first_row(self.plan, plane)
        return int(row * shape.pitch)

    def reads(self, plane: Plane) -> Reads:
        """Find a plane's vectors; all blocks of the rows that its region shows are written."""
        found = self.known.of(plane)
        row, column = np.divmod(found.first_and_last, plane.pitch)
        assert 0 <= row.min() <= row.max() < plane.rows  # noqa: S101 - walks stay inside
        assert column.max() < plane.row_blocks  # noqa: S101 - likewise
        return found.moved(self.start(plane), self.plan.spec.words_per_block)

    def table(self, planes: tuple[Plane, ...]) -> WordArray:
        """Weights of planes whose filters follow each other."""
        first, past = table_row(planes[0]), table_row(planes[-1]) + filters_of_table(planes[-1])[1]
        return self.operands.weights[first:past].reshape(past - first, -1)

    def have_equal_tables(self, one: Plane, other: Plane) -> bool:
        """Whether both show the same words."""
        return table_row(one) == table_row(other)

    def have_equal_activations(self, one: Plane, other: Plane) -> bool:
        """Whether both show the same words."""
        return self.start(one) == self.start(other)


class PaddedMemory(SharedMemory):
    """Operands of an unfolded layout as an image describes them."""

    operands: PaddedOperands

    @property
    def images(self) -> WordArray:
        """All padded images, their channels beside each other."""
        return self.operands.images

    def reads(self, plane: Plane) -> Reads:
        """Find a plane's vectors."""
        geometry = self.plan.geometry
        assert isinstance(geometry, ConvGeometry)  # noqa: S101 - no other layer is unfolded
        return padded_reads_of(plane, geometry)


class SettledMemory:
    """Words of the vaults of an image, behind one another."""

    def __init__(self, plan: Plan, image: BankImage) -> None:
        self.plan = plan
        self.image = image
        vaults = sorted({plane.vault for plane in plan.planes})
        sizes = [image[vault].allocated_blocks for vault in vaults]
        self.firsts = dict(zip(vaults, np.cumsum([0, *sizes]).tolist(), strict=False))
        self.words: WordArray = np.concatenate([image[v].words for v in vaults]).reshape(-1)
        self.known = Known()

    @property
    def is_kept(self) -> bool:
        """No: vaults may be written."""
        return False

    @property
    def place(self) -> tuple[int, int]:
        """Where these are."""
        return address_of(self.words), self.words.size

    @property
    def filler(self) -> tuple[int, int, int, int]:
        """None: all activations are placed."""
        return NOTHING

    def finish(self) -> None:
        """Do nothing: all activations are placed."""

    @property
    def tables(self) -> dict[tuple[int, int], Table]:
        """None: vaults may hold different words for the same filters."""
        return {}

    def reads(self, plane: Plane) -> Reads:
        """Find a plane's vectors, and refuse blocks that were never written."""
        found, base = self.known.of(plane), activation_base(plane)
        self.image[plane.vault].require_written(found.blocks + base)
        return found.moved(self.firsts[plane.vault] + base, self.plan.spec.words_per_block)

    def table(self, planes: tuple[Plane, ...]) -> WordArray:
        """Weights of planes, each from its own vault."""
        tables = []
        for plane in planes:
            base, (_, count) = weight_base(plane), filters_of_table(plane)
            words = self.image[plane.vault].read(base, count * plane.vector_blocks)
            tables.append(words.reshape(count, -1))
        return np.concatenate(tables)

    def have_equal_tables(self, one: Plane, other: Plane) -> bool:
        """Whether both vaults hold the same words, written alike."""
        blocks = filters_of_table(one)[1] * one.vector_blocks
        return self.are_equal((one, weight_base(one)), (other, weight_base(other)), blocks)

    def have_equal_activations(self, one: Plane, other: Plane) -> bool:
        """Whether both vaults hold the same words, written alike."""
        if (one.rows, one.pitch) != (other.rows, other.pitch):
            return False
        blocks = (one.rows - 1) * one.pitch + one.row_blocks
        return self.are_equal((one, activation_base(one)), (other, activation_base(other)), blocks)

    def are_equal(self, one: tuple[Plane, int], other: tuple[Plane, int], blocks: int) -> bool:
        """Compare words and flags of `blocks` blocks from an address of each plane's vault."""
        if (one[0].vault, one[1]) == (other[0].vault, other[1]):
            return True
        parts = [
            (self.image[plane.vault], slice(base, base + blocks)) for plane, base in (one, other)
        ]
        (mine, here), (theirs, there) = parts
        return np.array_equal(mine.written[here], theirs.written[there]) and np.array_equal(
            mine.words[here], theirs.words[there]
        )


class Known:
    """Reads of planes, followed once for all planes of the same walks."""

    def __init__(self) -> None:
        self.reads: dict[int, Reads] = {}

    def of(self, plane: Plane) -> Reads:
        """Reads of a plane, in blocks from its own first on."""
        key = id(plane.chunks)
        if key not in self.reads:
            self.reads[key] = reads_of(plane)
        return self.reads[key]
