"""DRAM timing: nanoseconds as a data sheet gives them, cycles as the vault controller counts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from qpim_emu.arith.integers import is_integer
from qpim_emu.errors import InputError, SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Cycles", "Timing", "find_time_problems"]

SHORTEST_NS = Decimal("1e-6")
LONGEST_NS = Decimal("1e9")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycles:
    """Timing parameters in whole clock cycles; the names are those of `Timing` without t and ns.

    A read's first data leaves tCL after the command and its burst lasts tCCD; a write's data
    follows the command by tCWL, which is taken equal to tCL.
    """

    rcd: int
    cl: int
    rp: int
    ras: int
    rtp: int
    wr: int
    rrd: int
    faw: int
    ccd: int
    rfc: int
    refi: int

    @property
    def read_latency(self) -> int:
        """Cycles from a read command to the end of its burst, tCL + tCCD."""
        return self.cl + self.ccd

    @property
    def write_recovery(self) -> int:
        """Cycles from a write command to the precharge of its bank, tCL + tCCD + tWR."""
        return self.cl + self.ccd + self.wr


def metadata(doc: str) -> dict[str, str]:
    """Metadata of a time."""
    return {"unit": "ns", "doc": doc}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """DRAM timing parameters in nanoseconds, held as exact decimals.

    Every parameter is accepted as `Decimal`, `int`, `str` or `float` (read as the shortest
    decimal that prints like it: ``0.8`` is eight tenths). `cycles` is computed once, each time
    as ceil(t / tCK) in exact rational arithmetic.

    Raises
    ------
    SpecError
        Naming every parameter that is not a number within 1e-6..1e9 ns. The rules between
        parameters are checked by `Spec`.

    Examples
    --------
    >>> from qpim_emu.hardware import PAPER
    >>> PAPER.timing.trcd_ns, PAPER.timing.tck_ns, PAPER.timing.cycles.rcd
    (Decimal('10.2'), Decimal('0.8'), 13)
    """

    tck_ns: Decimal = field(metadata=metadata("clock period"))
    trcd_ns: Decimal = field(metadata=metadata("ACT to column command, same bank"))
    tcl_ns: Decimal = field(metadata=metadata("RD to first data; WR to its data likewise"))
    trp_ns: Decimal = field(metadata=metadata("PRE to ACT, same bank"))
    tras_ns: Decimal = field(metadata=metadata("ACT to PRE, same bank"))
    trtp_ns: Decimal = field(metadata=metadata("RD to PRE, same bank"))
    twr_ns: Decimal = field(metadata=metadata("end of write data to PRE, same bank"))
    trrd_ns: Decimal = field(metadata=metadata("ACT to ACT, same vault"))
    tfaw_ns: Decimal = field(metadata=metadata("window of at most four ACTs, same vault"))
    tccd_ns: Decimal = field(metadata=metadata("column command to column command; a burst"))
    trfc_ns: Decimal = field(metadata=metadata("REF to ACT"))
    trefi_ns: Decimal = field(metadata=metadata("REF to REF, on average"))
    cycles: Cycles = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        given = {item.name: getattr(self, item.name) for item in fields(self) if item.init}
        problems = find_time_problems(given)
        if problems:
            raise SpecError(problems)
        times = {name: to_nanoseconds(value) for name, value in given.items()}
        for name, time in times.items():
            object.__setattr__(self, name, time)
        object.__setattr__(self, "cycles", count_cycles(times))


def find_time_problems(values: Mapping[str, object]) -> list[str]:
    """Name every value that is not a time."""
    problems = []
    for name, value in values.items():
        try:
            to_nanoseconds(value)
        except InputError:
            problems.append(
                f"timing.{name} must be a number of nanoseconds in 1e-6..1e9, got {value!s}"
            )
    return problems


def to_nanoseconds(value: object) -> Decimal:
    """Read a time exactly; InputError if it is no number or out of range."""
    try:
        value = int(value) if is_integer(value) else value
        if isinstance(value, Decimal | int | float | str) and not isinstance(value, bool):
            time = Decimal(str(value) if isinstance(value, float) else value)
            if time.is_finite() and SHORTEST_NS <= time <= LONGEST_NS:
                return time
    except (ArithmeticError, ValueError):
        pass  # no decimal number at all: the same message as for one out of range
    msg = f"time must be a number of nanoseconds in 1e-6..1e9, got {value!s}"
    raise InputError(msg)


def count_cycles(times: Mapping[str, Decimal]) -> Cycles:
    """Round every time up to whole clock cycles.

    Fractions, because dividing two Decimals rounds to the precision of the current context.
    """
    period = Fraction(times["tck_ns"])
    counts = {
        name.removeprefix("t").removesuffix("_ns"): math.ceil(Fraction(time) / period)
        for name, time in times.items()
        if name != "tck_ns"
    }
    return Cycles(**counts)
