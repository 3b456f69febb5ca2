"""A row of the table of targets: what was compared, what was found, and whether it is enough."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["HEADER", "Bound", "Row", "Target"]

WIDTHS = 52, 20, 40, 10, 10


class Bound(StrEnum):
    """Which side of its target a value must lie on."""

    MOST = "<="
    LEAST = ">="


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is aimed at.

    Attributes
    ----------
    bound
        Which side of `value` is good.
    value
        In the unit of the row.
    """

    bound: Bound
    value: float

    def is_met(self, found: float) -> bool:
        """Whether a value is good enough."""
        return found <= self.value if self.bound is Bound.MOST else found >= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison.

    Attributes
    ----------
    what
        What both did.
    ours, other
        What was measured of each, with its unit; `other` is empty where a target is absolute.
    found
        Ratio of the two, or the absolute value; None where nothing could be measured.
    unit
        Of `found` and of the target.
    target
        None for rows that inform only.
    """

    what: str
    ours: str = ""
    other: str = ""
    found: float | None = None
    unit: str = "x"
    target: Target | None = None

    def __str__(self) -> str:
        value = "" if self.found is None else f"{format_value(self.found)} {self.unit}"
        wanted, met = "", ""
        if self.target is not None:
            wanted = f"{self.target.bound} {format_value(self.target.value)}"
            if self.found is not None:
                met = "yes" if self.target.is_met(self.found) else "NO"
        return line(self.what, self.ours, self.other, value, wanted, met)


def format_value(value: float) -> str:
    """Two digits behind the point of what is small, none of what is large."""
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"


def line(*cells: str) -> str:
    """Set cells in columns."""
    wide = [f"{cell:{width}}" for cell, width in zip(cells, (*WIDTHS, 0), strict=True)]
    return " ".join(wide).rstrip()


HEADER = line("what", "ours", "other", "ratio", "target", "met")
