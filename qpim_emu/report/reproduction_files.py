"""The comparison with the paper as a folder of files, written once everything is known."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, fields
from typing import TYPE_CHECKING

from qpim_emu.cost.reproduction import StudyRow
from qpim_emu.cost.terms import Term
from qpim_emu.errors import InputError
from qpim_emu.report.files import write_whole
from qpim_emu.report.reproduction import reproduction_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from qpim_emu.cost.reproduction import Reproduction

__all__ = ["reproduction_files", "write_folder"]

DIGITS = 6
HEADLINE = (
    "network",
    "filters_per_pass",
    "system_saving",
    "system_low",
    "system_high",
    "narrow_low",
    "narrow_high",
    "dram_saving",
    "dram_low",
    "dram_high",
    "lines_saved",
    "speed_up",
)


def reproduction_files(found: Reproduction, plots: Mapping[str, bytes]) -> dict[str, str | bytes]:
    """Make the contents of every file by name: text, figures, plots."""
    studies = (*found.anchors, *found.ablations, *found.sensitivity)
    return {
        "report.md": reproduction_markdown(found, tuple(plots)),
        "headline.csv": table(HEADLINE, headline_rows(found)),
        "terms.csv": table(
            ("network", "filters_per_pass", "term", "baseline_pj", "pj"), terms(found)
        ),
        "studies.csv": table([item.name for item in fields(StudyRow)], map(astuple, studies)),
        **plots,
    }


def write_folder(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files into a folder, each whole or not at all; the folder is made if need be.

    Raises
    ------
    InputError
        If the folder or a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"folder must be writable, got {folder}: {error.strerror}"
        raise InputError(msg) from error
    for name, content in files.items():
        write_whole(folder / name, content, field="file of the reproduction")


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write rows as CSV; shares and energies with six significant digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles)
    for row in rows:
        writer.writerow([f"{cell:.{DIGITS}g}" if isinstance(cell, float) else cell for cell in row])
    return text.getvalue()


def headline_rows(found: Reproduction) -> Iterable[Sequence[object]]:
    """Take the figures of the headline, in the order of `HEADLINE`."""
    for row in found.headline:
        yield (
            row.network,
            row.filters_per_pass,
            row.price.saving,
            *row.system_interval,
            *row.narrow_interval,
            row.price.dram_saving,
            *row.dram_interval,
            row.price.lines_saved,
            row.price.speed_up,
        )


def terms(found: Reproduction) -> Iterable[Sequence[object]]:
    """Take the energies by term of the headline."""
    for row in found.headline:
        for term in Term:
            energies = row.price.baseline.terms[term], row.price.energy.terms[term]
            yield row.network, row.filters_per_pass, str(term), *energies
