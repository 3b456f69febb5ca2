"""The machine as data: geometry, data path and timing of a processing-in-memory stack."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from qpim_emu.arith.integers import is_integer
from qpim_emu.errors import InputError, SpecError
from qpim_emu.hardware.timing import Timing
from qpim_emu.hardware.validate import INTEGERS, find_problems

if TYPE_CHECKING:
    from qpim_emu.hardware.sources import Source

__all__ = ["PartnerRule", "Place", "RowPolicy", "Spec", "check_spec"]


class PartnerRule(StrEnum):
    """Which blocks one read command may return together."""

    ALIGNED = "aligned"
    """k blocks whose first column is a multiple of k."""
    NEXT = "next"
    """Any k consecutive blocks of a row."""


class RowPolicy(StrEnum):
    """What happens to a row when the visit that opened it ends."""

    OPEN = "open"
    """It stays open until another row of its bank is needed."""
    CLOSED = "closed"
    """It is precharged as early as legal."""


class Place(NamedTuple):
    """Where a block lies inside its vault."""

    bank: int
    row: int
    column: int


def metadata(unit: str, doc: str) -> dict[str, str]:
    """Metadata of a field."""
    return {"unit": unit, "doc": doc}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A complete machine.

    Every field carries its unit and its meaning as `metadata`, and `sources` says where the
    values come from. Equality and hash ignore `sources`. Enumerations are accepted as strings.

    Raises
    ------
    SpecError
        Naming every field that is wrong and every rule between fields that is broken
        (`qpim_emu.hardware.validate`).

    Examples
    --------
    >>> from qpim_emu.hardware import PAPER
    >>> PAPER.banks, PAPER.columns, PAPER.words_per_block, PAPER.place(77)
    (8, 8, 16, Place(bank=1, row=1, column=5))
    """

    name: str = field(default="custom", metadata=metadata("", "what reports call the machine"))
    vaults: int = field(metadata=metadata("1", "vaults of the stack, each with its own bus"))
    layers: int = field(metadata=metadata("1", "DRAM layers of a vault"))
    banks_per_layer: int = field(metadata=metadata("1", "banks of a vault in one layer"))
    row_bytes: int = field(metadata=metadata("bytes", "a row, which one ACT opens"))
    block_bytes: int = field(metadata=metadata("bytes", "a block, which one column access moves"))
    bank_bytes: int = field(metadata=metadata("bytes", "capacity of a bank"))
    word_bits: int = field(metadata=metadata("bits", "a data word, W"))
    timing: Timing = field(metadata=metadata("ns", "DRAM timing parameters"))
    max_blocks_per_read: int = field(
        default=2, metadata=metadata("blocks", "most blocks one read returns; 1 switches it off")
    )
    filters_per_pass: int = field(
        default=1, metadata=metadata("filters", "filters that share one streamed block, F")
    )
    pe_buffer_words: int = field(metadata=metadata("words", "PE buffer of a vault"))
    max_accumulator_bits: int = field(
        default=64, metadata=metadata("bits", "widest accumulator a layer may ask for")
    )
    gate_granularity: int = field(
        default=1, metadata=metadata("lines", "data lines that are switched together")
    )
    partner_rule: PartnerRule = field(
        default=PartnerRule.ALIGNED, metadata=metadata("", "which blocks are read together")
    )
    row_policy: RowPolicy = field(
        default=RowPolicy.OPEN, metadata=metadata("", "when rows are precharged")
    )
    look_ahead: int = field(
        default=2, metadata=metadata("row visits", "visits whose rows are opened in advance")
    )
    sources: tuple[Source, ...] = field(
        default=(), repr=False, compare=False, metadata=metadata("", "origin of each value")
    )

    def __post_init__(self) -> None:
        problems = find_problems({item.name: getattr(self, item.name) for item in fields(self)})
        if problems:
            raise SpecError(problems)
        for name in INTEGERS:
            object.__setattr__(self, name, int(getattr(self, name)))
        object.__setattr__(self, "partner_rule", PartnerRule(self.partner_rule))
        object.__setattr__(self, "row_policy", RowPolicy(self.row_policy))
        object.__setattr__(self, "sources", tuple(self.sources))

    @property
    def banks(self) -> int:
        """Banks of a vault."""
        return self.layers * self.banks_per_layer

    @property
    def columns(self) -> int:
        """Blocks of a row."""
        return self.row_bytes // self.block_bytes

    @property
    def rows(self) -> int:
        """Rows of a bank."""
        return self.bank_bytes // self.row_bytes

    @property
    def stripe(self) -> int:
        """Blocks of one row across all banks of a vault."""
        return self.columns * self.banks

    @property
    def blocks(self) -> int:
        """Blocks of a vault."""
        return self.stripe * self.rows

    @property
    def words_per_block(self) -> int:
        """Words of a block, which is also the number of lanes of an array."""
        return self.block_bytes * 8 // self.word_bits

    @property
    def block_lines(self) -> int:
        """Data lines of the column path: one per bit of a block."""
        return self.word_bits * self.words_per_block

    @property
    def word_mask(self) -> int:
        """All bits of a word."""
        return (1 << self.word_bits) - 1

    @property
    def lane_arrays(self) -> int:
        """Lane arrays of a vault: one per filter of a pass and block of a read."""
        return self.filters_per_pass * self.max_blocks_per_read

    def place(self, block: int) -> Place:
        """Decode a block address of a vault: column fastest, then bank, then row.

        Raises
        ------
        InputError
            If the vault has no such block.
        """
        require("block", block, self.blocks)
        rest, column = divmod(block, self.columns)
        row, bank = divmod(rest, self.banks)
        return Place(bank, row, column)

    def address(self, bank: int, row: int, column: int) -> int:
        """Encode a place of a vault as its block address, the inverse of `place`.

        Raises
        ------
        InputError
            If the vault has no such bank, row or column.
        """
        require("bank", bank, self.banks)
        require("row", row, self.rows)
        require("column", column, self.columns)
        return (row * self.banks + bank) * self.columns + column

    def replace(self, **changes: Any) -> Spec:  # noqa: ANN401 - any field, checked on construction
        """Copy the machine with some fields changed, and drop what is no longer true of it.

        Unlike `dataclasses.replace`, the sources of fields whose value changes are dropped
        unless `sources` is given, and a changed machine is called ``custom`` unless `name` is.

        Raises
        ------
        SpecError
            If a field does not exist or the new machine is not valid.
        """
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        unknown = [
            f"{name} must be a field of Spec, got an unknown name"
            for name in changes
            if name not in values
        ]
        if unknown:
            raise SpecError(unknown)
        spec = Spec(**{**values, **changes})
        changed = find_changes(self, spec)
        kept = tuple(source for source in self.sources if source.field not in changed)
        return Spec(
            **{
                **values,
                "sources": kept,
                "name": "custom" if changed else self.name,
                **changes,
            }
        )


def find_changes(old: Spec, new: Spec) -> frozenset[str]:
    """Names of the fields, ``timing.<field>`` for times, whose values differ."""
    plain = [item.name for item in fields(Spec) if item.name not in {"name", "timing", "sources"}]
    times = [item.name for item in fields(Timing) if item.init]
    return frozenset(
        [name for name in plain if getattr(old, name) != getattr(new, name)]
        + [
            f"timing.{name}"
            for name in times
            if getattr(old.timing, name) != getattr(new.timing, name)
        ]
    )


def check_spec(value: object) -> None:
    """Refuse what is no machine.

    Raises
    ------
    SpecError
        If `value` is no `Spec`.
    """
    if not isinstance(value, Spec):
        raise SpecError([f"spec must be a Spec such as PAPER, got {value!r}"])


def require(field_name: str, value: int, count: int) -> None:
    """Raise InputError unless `value` is an integer and ``0 <= value < count``."""
    if not is_integer(value) or not 0 <= value < count:
        msg = f"{field_name} must be in 0..{count - 1}, got {value!r}"
        raise InputError(msg)
