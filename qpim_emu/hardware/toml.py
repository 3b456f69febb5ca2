"""Machine specifications as TOML; only this module knows the file format.

::

    base = "paper"            # optional: a preset that supplies what the file leaves out
    name = "four at once"
    max_blocks_per_read = 4

    [timing]
    trcd_ns = 11.25           # exact, never a binary fraction; "11.25" is accepted too

    [[sources]]
    field = "timing.trcd_ns"
    unit = "ns"
    provenance = "assumed"
    reference = "a slower array"

Keys are the fields of `Spec`.
"""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, asdict, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import tomli_w

from qpim_emu.errors import InputError, SpecError
from qpim_emu.files import read_bounded, write_whole
from qpim_emu.hardware.presets import preset
from qpim_emu.hardware.sources import Source
from qpim_emu.hardware.spec import Spec, find_changes
from qpim_emu.hardware.timing import Timing, find_time_problems
from qpim_emu.hardware.validate import find_problems

if TYPE_CHECKING:
    import os

__all__ = ["dump_spec", "dumps", "load_spec", "loads"]

MAX_BYTES = 1 << 20
DEFAULTS = {item.name: item.default for item in fields(Spec)}
TIMES = tuple(item.name for item in fields(Timing) if item.init)
SOURCE_KEYS = tuple(item.name for item in fields(Source))


def load_spec(path: str | os.PathLike[str]) -> Spec:
    """Read a machine from a TOML file.

    Raises
    ------
    SpecError
        If the file cannot be read; otherwise as `loads`.
    """
    try:
        text = read_bounded(path, most=MAX_BYTES).decode("utf-8-sig")
    except (OSError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SpecError([f"path must be a readable UTF-8 file, got {path}: {reason}"]) from error
    return loads(text)


def loads(text: str) -> Spec:
    """Read a machine from TOML text.

    A file with a ``base`` inherits the sources of the fields whose values it leaves alone, and
    its machine is called ``custom`` unless it is named or equal to its base.

    Raises
    ------
    SpecError
        If `text` is no TOML; otherwise naming every unknown or missing key and every bad value.
    """
    reader = Reader(parse(text))
    values = reader.read_values()
    reader.problems += find_problems(values)
    if reader.problems:
        raise SpecError(reader.problems)
    spec = Spec(**values)
    if reader.base is None:
        return spec
    changed = find_changes(reader.base, spec)
    settled = changed | {source.field for source in spec.sources}
    kept = tuple(source for source in reader.base.sources if source.field not in settled)
    name = "custom" if changed and "name" not in reader.table else spec.name
    return Spec(**values | {"name": name, "sources": (*kept, *spec.sources)})


def dump_spec(spec: Spec, path: str | os.PathLike[str]) -> None:
    """Write a machine to a TOML file that `load_spec` reads back exactly.

    Raises
    ------
    SpecError
        If the file cannot be written.
    """
    text = dumps(spec)
    try:
        write_whole(path, text)
    except (OSError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SpecError([f"path must be a writable file, got {path}: {reason}"]) from error


def dumps(spec: Spec) -> str:
    """Write a machine as TOML text that `loads` reads back exactly, sources included."""
    table: dict[str, Any] = {
        name: getattr(spec, name) for name in DEFAULTS if name not in {"timing", "sources"}
    }
    table["timing"] = {name: getattr(spec.timing, name) for name in TIMES}
    table["sources"] = [asdict(source) for source in spec.sources]
    return tomli_w.dumps(table)


def parse(text: str) -> dict[str, Any]:
    """Parse TOML with exact decimals.

    The parser reports damage as ValueError, decimals it cannot hold as ArithmeticError and
    brackets nested too deeply as RecursionError.
    """
    given: object = text
    if not isinstance(given, str):
        raise SpecError([f"text must be TOML, got {type(given).__name__}"])
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ArithmeticError, RecursionError, ValueError) as error:
        raise SpecError([f"text must be TOML, got {error}"]) from error


class Reader:
    """Collects the values of a machine from a parsed file, and every problem on the way."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.table = table
        self.problems: list[str] = []
        self.base = self.read_base()

    @property
    def is_complete(self) -> bool:
        """Whether the file must give every field itself."""
        return "base" not in self.table

    def read_base(self) -> Spec | None:
        """Look the preset up that the file builds on."""
        if "base" not in self.table:
            return None
        try:
            return preset(self.table["base"])
        except InputError as error:
            self.problems.append(f"base: {error}")
            return None

    def read_values(self) -> dict[str, Any]:
        """Take every field from the file, else from its base, else from its default.

        Fields that cannot be had are left out and reported.
        """
        self.report_unknown("", self.table, ("base", *DEFAULTS))
        values: dict[str, Any] = {}
        for name, default in DEFAULTS.items():
            if name == "sources":
                values[name] = self.read_sources()
            elif name == "timing":
                timing = self.read_timing()
                values |= {} if timing is None else {name: timing}
            elif name in self.table:
                values[name] = self.table[name]
            elif self.base is not None:
                values[name] = getattr(self.base, name)
            elif default is not MISSING:
                values[name] = default
            elif self.is_complete:
                self.problems.append(f"{name} must be given, got nothing")
        return values

    def read_timing(self) -> Timing | None:
        """Read the times; None if any of them is missing or wrong."""
        table = self.table.get("timing", {})
        if not isinstance(table, dict):
            self.problems.append(f"timing must be a table, got {table!r}")
            return None
        self.report_unknown("timing.", table, TIMES)
        times = {name: table[name] for name in TIMES if name in table}
        wrong = find_time_problems(times)
        if self.base is not None:
            times = {name: getattr(self.base.timing, name) for name in TIMES} | times
        missing = [name for name in TIMES if name not in times]
        self.problems += wrong
        if self.is_complete:
            self.problems += [f"timing.{name} must be given, got nothing" for name in missing]
        return None if wrong or missing else Timing(**times)

    def read_sources(self) -> tuple[Source, ...]:
        """Read the sources that can be read."""
        tables = self.table.get("sources", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.problems.append(f"sources must be an array of tables, got {tables!r}")
            return ()
        sources = []
        for index, table in enumerate(tables):
            self.report_unknown(f"sources[{index}].", table, SOURCE_KEYS)
            try:
                sources.append(Source(**{name: table.get(name) for name in SOURCE_KEYS}))
            except InputError as error:
                self.problems.append(f"sources[{index}]: {error}")
        return tuple(sources)

    def report_unknown(self, prefix: str, table: dict[str, Any], known: tuple[str, ...]) -> None:
        """Report the keys of a table that mean nothing."""
        self.problems += [
            f"{prefix}{name} must be one of {', '.join(known)}, got an unknown key"
            for name in table
            if name not in known
        ]
