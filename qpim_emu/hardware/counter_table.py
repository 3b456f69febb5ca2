"""Tables of counters by name, held in one array, so that copies and sums are quickly made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

from qpim_emu.errors import InputError
from qpim_emu.hardware.switching import BANK_TOGGLES, VAULT_TOGGLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qpim_emu.typing import IntArray

__all__ = ["DATA_COUNTERS", "CounterTable"]

DATA_COUNTERS: Mapping[str, str] = {
    "overflows": "wrap: outputs whose exact total is outside; saturate: clipped additions",
    "clamped": "outputs the requantize unit clamped",
}


Default = TypeVar("Default")


class CounterTable(Mapping[str, "IntArray"]):
    """Counters by name, which may be set; asking for one that was not counted says so.

    Parameters
    ----------
    rows
        Row of each counter in `block`.
    block
        ``int64[rows, ...]``.
    beside
        Counters beside those of the block, or instead of them: arrays that somebody set.

    Raises
    ------
    InputError
        On access to a name that is not there: the ``count`` tier sees no data, so it cannot
        count what depends on them, and toggles are counted on request.
    """

    __slots__ = ("beside", "block", "rows", "views")

    def __init__(
        self, rows: Mapping[str, int], block: IntArray, beside: Mapping[str, IntArray]
    ) -> None:
        self.rows = rows
        self.block = block
        self.beside = dict(beside)
        self.views: dict[str, IntArray] = {}

    @classmethod
    def zeros(
        cls, rows: Mapping[str, int], shape: tuple[int, ...], *, beside: Iterable[str]
    ) -> CounterTable:
        """Nothing counted yet."""
        others = {name: np.zeros(shape, np.int64) for name in beside}
        return cls(rows, np.zeros((len(rows), *shape), np.int64), others)

    def __getitem__(self, name: str) -> IntArray:
        if name in self.beside:
            return self.beside[name]
        if name not in self.views:
            if name not in self.rows:
                raise self.refusal(name)
            self.views[name] = self.block[self.rows[name]]
        return self.views[name]

    def __setitem__(self, name: str, count: IntArray) -> None:
        if self.views.get(name) is not count:  # otherwise it was changed in place
            self.beside[name] = count

    @overload
    def get(self, name: str, /) -> IntArray | None: ...
    @overload
    def get(self, name: str, /, default: IntArray | Default) -> IntArray | Default: ...
    def get(self, name: str, /, default: object = None) -> object:
        """Counter of a name, or `default` where there is none."""
        if name in self:
            return self[name]
        return default

    def __contains__(self, name: object) -> bool:
        return name in self.rows or name in self.beside

    def __iter__(self) -> Iterator[str]:
        return iter({**self.rows, **self.beside})

    def __len__(self) -> int:
        return len({**self.rows, **self.beside})

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[object, ...]:
        return CounterTable, (self.rows, self.block, self.beside)  # views would no longer be any

    def refusal(self, name: str) -> InputError:
        """Say why a counter is not there."""
        reason = ""
        if name in DATA_COUNTERS:
            reason = " (it depends on data; count it with another tier)"
        elif name in {*BANK_TOGGLES, *VAULT_TOGGLES}:
            reason = " (it depends on data; request it by running with switching='measured')"
        return InputError(f"counter must be one of {', '.join(self)}, got {name!r}{reason}")

    def copy(self) -> CounterTable:
        """The same counts, to be changed without changing these."""
        beside = {name: count.copy() for name, count in self.beside.items()}
        return CounterTable(self.rows, self.block.copy(), beside)

    def without(self, names: Mapping[str, str]) -> CounterTable:
        """Leave counters that are beside the block out; the others are shared."""
        beside = {name: count for name, count in self.beside.items() if name not in names}
        return CounterTable(self.rows, self.block, beside)

    @classmethod
    def sum_of(cls, tables: Sequence[CounterTable]) -> CounterTable:
        """Add up what all of some tables counted, which hold the same counters in their blocks."""
        first = tables[0]
        beside = {name: None for table in tables for name in table.beside}
        return cls(
            first.rows,
            np.add.reduce([table.block for table in tables]),
            {
                name: np.add.reduce([table[name] for table in tables])
                for name in beside
                if all(name in table for table in tables)
            },
        )
