"""A run as a JSON document that can be read again.

The schema is described in ``docs/run-report.md``; `VERSION` changes with it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from qpim_emu.errors import InputError
from qpim_emu.files import read_bounded
from qpim_emu.report.files import write_whole
from qpim_emu.report.rows import Row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FORMAT", "VERSION", "RunReport", "load_report", "save_report"]

FORMAT = "qpim-run-report"
VERSION = 2
MAX_BYTES = 1 << 26


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """Figures of a run.

    Attributes
    ----------
    network, machine, tier, semantics_version
        What ran, where, how, by which semantics.
    images
        Batch size.
    rows, total
        Figures per node and of the whole run.
    counters, baseline_counters
        Every counter summed over vaults and banks: of the run, and of the baseline with
        ungated reads of single blocks (None where there is none).
    macs_by_width, baseline_macs_by_width
        Multiply-accumulates by ``"<weight bits>x<activation bits>"``, likewise.
    baseline
        Name of the network that the baseline counts.
    baseline_cycles
        Its cycles.
    decisions, labels
        Decisions per image and their labels, where the network makes decisions.
    """

    network: str
    machine: Mapping[str, Any]
    tier: str
    semantics_version: str
    images: int
    rows: tuple[Row, ...]
    total: Row
    counters: Mapping[str, int]
    macs_by_width: Mapping[str, int]
    baseline: str | None = None
    baseline_counters: Mapping[str, int] | None = None
    baseline_macs_by_width: Mapping[str, int] | None = None
    baseline_cycles: int | None = None
    decisions: tuple[int, ...] | None = None
    labels: tuple[int, ...] | None = None

    @property
    def accuracy(self) -> float | None:
        """Share of right decisions, 0..1, where there are labels."""
        if self.decisions is None or self.labels is None:
            return None
        right = sum(a == b for a, b in zip(self.decisions, self.labels, strict=True))
        return right / len(self.labels)


def save_report(report: RunReport, path: Path) -> None:
    """Write a report as JSON: the whole file or nothing.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    document = {"format": FORMAT, "version": VERSION, **asdict(report)}
    write_whole(path, json.dumps(document, indent=2) + "\n", field="report file")


def load_report(path: Path) -> RunReport:
    """Read a report that `save_report` wrote.

    Raises
    ------
    InputError
        If the file is no such report or of another version.
    """
    try:
        document = json.loads(read_bounded(path, most=MAX_BYTES))
    except (OSError, ValueError) as error:
        msg = f"report file must be readable JSON, got {path}: {error}"
        raise InputError(msg) from error
    if not isinstance(document, dict) or document.pop("format", None) != FORMAT:
        msg = f"report file must have format {FORMAT!r}, got {path}"
        raise InputError(msg)
    if (version := document.pop("version", None)) != VERSION:
        msg = f"report version must be {VERSION}, got {version!r}"
        raise InputError(msg)
    known = {item.name for item in fields(RunReport)}
    if set(document) != known:
        msg = f"report keys must be {sorted(known)}, got {sorted(document)}"
        raise InputError(msg)
    try:
        return RunReport(
            **{
                **document,
                "rows": tuple(read_row(row) for row in document["rows"]),
                "total": read_row(document["total"]),
                "decisions": read_tuple(document["decisions"]),
                "labels": read_tuple(document["labels"]),
            }
        )
    except (TypeError, KeyError) as error:
        msg = f"report rows must hold the figures of a row, got {path}: {error}"
        raise InputError(msg) from error


def read_row(row: dict[str, Any]) -> Row:
    """Read a row back."""
    return Row(**{**row, "shape": tuple(row["shape"])})


def read_tuple(values: list[int] | None) -> tuple[int, ...] | None:
    """Read a list back as a tuple."""
    return None if values is None else tuple(values)
