"""What golden packages have to replay, and the parameters a bench must be compiled for."""
# ruff: noqa: INP001 - `golden` is a folder of files, not a package to install

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "GOLDEN",
    "Parameters",
    "Replay",
    "find_packages",
    "has_replays",
    "read_records",
    "read_replays",
]

GOLDEN = Path(__file__).resolve().parents[1]
ANY_ACCUMULATOR = 32
"""Operations beside the lanes have none; their replays go with any."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Parameters:
    """Parameters of ``tb_package``, by their names there.

    Attributes
    ----------
    W, WPB, K, G, F
        Bits of a word, words per block, most blocks per read, gate granularity, filters per pass.
    A
        Bits of the accumulator.
    BANKS, COLUMNS, WORDS
        Banks, blocks per row, and words that are kept of a bank.
    """

    W: int
    WPB: int
    K: int
    G: int
    F: int
    A: int
    BANKS: int
    COLUMNS: int
    WORDS: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One line of a ``replay.txt``: what one vault does in one run.

    Attributes
    ----------
    package
        Folder of the package.
    vault, layer
        Folders in it; an operation beside the lanes has ``-`` for the layer.
    is_layer
        Whether it is a MAC layer.
    parameters
        What the bench must be compiled for.
    """

    package: Path
    vault: str
    layer: str
    is_layer: bool
    parameters: Parameters


def find_packages(root: Path = GOLDEN) -> list[Path]:
    """List the packages below a folder."""
    return sorted(path.parent for path in root.rglob("replay.txt"))


def has_replays(package: Path) -> bool:
    """Whether a package has something to replay; one without streams has not."""
    listed = package / "replay.txt"
    return listed.is_file() and listed.stat().st_size > 0


def read_records(path: Path) -> Iterator[dict[str, int]]:
    """Read a table record by record, by the names in its header; all columns are unsigned."""
    with path.open(encoding="ascii") as file:
        names = file.readline().split()[1:]
        for line in file:
            values = [int(text, 16) for text in line.split()]
            yield dict(zip(names, values, strict=True))


def read_replays(package: Path) -> Iterator[Replay]:
    """Read what a package has to replay."""
    machine = package / "machine.txt"
    for line in (package / "replay.txt").read_text(encoding="ascii").splitlines():
        vault, layer, is_layer = line.split()
        source = package / layer / "layer.txt" if is_layer == "1" else machine
        yield Replay(
            package=package,
            vault=vault,
            layer=layer,
            is_layer=is_layer == "1",
            parameters=parameters_of(next(read_records(source)), package / vault),
        )


def parameters_of(record: dict[str, int], vault: Path) -> Parameters:
    """Parameters for a record of ``layer.txt`` or ``machine.txt`` and the memory of a vault."""
    return Parameters(
        W=record["word_bits"],
        WPB=record["wpb"],
        K=record["max_blocks"],
        G=record["granularity"],
        F=record["slots"],
        A=record.get("acc_bits", ANY_ACCUMULATOR),
        BANKS=record["banks"],
        COLUMNS=record["columns"],
        WORDS=words_of_bank(vault, record["columns"] * record["wpb"]),
    )


def words_of_bank(vault: Path, row: int) -> int:
    """Words that a bank must keep for the images of a vault: rows doubled until they fit."""
    past = max(map(past_address, vault.glob("bank*.*.hex")), default=0)
    words = row
    while words < past:
        words *= 2
    return words


def past_address(image: Path) -> int:
    """Address behind the last word of a ``$readmemh`` file."""
    past = address = 0
    for token in image.read_text(encoding="ascii").split():
        if token.startswith("@"):
            address = int(token[1:], 16)
        else:
            address += 1
            past = max(past, address)
    return past
