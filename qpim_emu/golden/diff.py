"""Where two packages part, or a package and the memory that a simulator left behind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.errors import PackageError
from qpim_emu.golden.build import DERIVATION, MANIFEST, REPLAY
from qpim_emu.golden.contents import read_memory
from qpim_emu.golden.locate import Place, place_of_record, place_of_word, read_table
from qpim_emu.golden.manifest import read_manifest

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["Divergence", "diff_memory", "diff_packages"]

ORDER = (
    "network.npz", "machine.txt", "weights.bin", "bias.bin", "layer.txt", "filters.txt",
    "thresholds.txt", "before.hex", "commands.txt", "bus.txt", "buffer.txt", "starts.txt",
    "macs.txt", "adds.txt", "drains.txt", "accumulators.bin", "output.bin", "after.hex",
)  # fmt: skip
"""Ends of file names in the order in which a node would go wrong."""

TEXTS = {DERIVATION, REPLAY}
"""Text files that are no tables."""

SHOWN = 4
"""How many images a message lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first thing in which two results differ.

    Attributes
    ----------
    file
        Path in the package.
    what
        Record and column, address or element.
    first, second
        What each of them has there.
    place
        Where that is in memory, if it is anywhere.
    """

    file: str
    what: str
    first: str
    second: str
    place: Place | None = None

    def __str__(self) -> str:
        where = f", at {self.place}" if self.place else ""
        return f"{self.file}: {self.what}: {self.first} and {self.second}{where}"


def diff_packages(
    first: str | os.PathLike[str], second: str | os.PathLike[str]
) -> Divergence | None:
    """Find the first divergence of two packages, in the order in which things happen.

    Constants come first, then set after set, node after node: memory before it, commands, bus
    images, lanes, outputs, memory after it. Manifests are compared last, but for the library that
    they name.

    Parameters
    ----------
    first, second
        The packages.

    Raises
    ------
    PackageError
        If one of them is none.
    """
    folders = Path(first), Path(second)
    manifests = [read_manifest(folder) for folder in folders]
    names = sorted({*manifests[0]["files"], *manifests[1]["files"]}, key=order_of)
    for name in names:
        found = diff_file(folders, name, manifests[0])
        if found is not None:
            return found
    return next(diff_manifests(manifests[0], manifests[1], ""), None)


def diff_manifests(first: Any, second: Any, field: str) -> Iterator[Divergence]:  # noqa: ANN401 - JSON
    """Find what two manifests say otherwise, but for the library that made them."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in (*first, *(second.keys() - first.keys())):
            if (field, key) != ("", "library"):
                inner = f"{field}.{key}" if field else key
                yield from diff_manifests(first.get(key), second.get(key), inner)
    elif first != second:
        yield Divergence(
            file=MANIFEST, what=field, first=f"{first!r:.60}", second=f"{second!r:.60}"
        )


def order_of(name: str) -> tuple[Any, ...]:
    """Order of the files of a package."""
    parts = name.split("/")
    kind = next((i for i, end in enumerate(ORDER) if name.endswith(end)), len(ORDER))
    if parts[0] != "sets":
        return (parts[0] in {"onnx", "replay.txt"}, 0, 0, kind, name)
    node = number_of(parts[2]) if len(parts) > 3 else -1  # noqa: PLR2004 - below a node
    return (False, 1 + number_of(parts[1]), node, kind, name)


def number_of(folder: str) -> int:
    """Number before the name of a folder, -1 if there is none."""
    digits = folder.partition("-")[0]
    return int(digits) if digits.isdecimal() else -1


def diff_file(folders: tuple[Path, Path], name: str, manifest: dict[str, Any]) -> Divergence | None:
    """Find the first divergence of a file, None if there is none."""
    files = [folder / name for folder in folders]
    for file, other in (files, files[::-1]):
        if not file.is_file():
            texts = ("nothing", "a file") if file is files[0] else ("a file", "nothing")
            return Divergence(file=name, what="file", first=texts[0], second=texts[1])
        if other.is_file() and file.read_bytes() == other.read_bytes():
            return None
    if name.endswith(".txt") and name not in TEXTS:
        return diff_tables(folders, name)
    if name.endswith(".hex"):
        machine = manifest["packing"]["word_bits"], manifest["packing"]["words_per_block"]
        memories = [read_memory(file, word_bits=machine[0], words=machine[1]) for file in files]
        return diff_words(name, memories[0], memories[1], manifest)
    return diff_bytes(files, name, manifest)


def diff_tables(folders: tuple[Path, Path], name: str) -> Divergence | None:
    """Find the first record that differs."""
    (names, mine), (_, theirs) = (read_table(folder / name) for folder in folders)
    for number, (one, other) in enumerate(zip_longest(mine, theirs)):
        if one == other:
            continue
        what = f"record {number}"
        if one is None or other is None:
            texts = ["nothing" if record is None else "a record" for record in (one, other)]
            return Divergence(file=name, what=what, first=texts[0], second=texts[1])
        at = next(i for i, pair in enumerate(zip_longest(one, other)) if pair[0] != pair[1])
        if at >= min(len(one), len(other), len(names)):
            return Divergence(
                file=name, what=what, first=f"{len(one)} columns", second=f"{len(other)} columns"
            )
        place = place_of_record(
            folders[0], name, number, column=names[at], wrong_bits=one[at] ^ other[at]
        )
        return Divergence(
            file=name,
            what=f"{what}, {names[at]}",
            first=f"{one[at]:#x}",
            second=f"{other[at]:#x}",
            place=place,
        )
    return None


def diff_words(
    name: str, mine: dict[int, int | None], theirs: dict[int, int | None], manifest: dict[str, Any]
) -> Divergence | None:
    """Find the first word of the first memory that the second has otherwise."""
    columns = manifest["machine"]["row_bytes"] // manifest["machine"]["block_bytes"]
    words = manifest["packing"]["words_per_block"]
    for address in sorted(mine):
        one, other = mine[address], theirs.get(address)
        if one == other:
            continue
        wrong = 0 if one is None or other is None else one ^ other
        bit = (wrong & -wrong).bit_length() - 1 if wrong else None
        return Divergence(
            file=name,
            what=f"word {address:#x}",
            first=shown(one),
            second=shown(other) if address in theirs else "nothing",
            place=place_of_word(name, address, columns=columns, words=words, bit=bit),
        )
    return None


def shown(word: int | None) -> str:
    """A word as text."""
    return "unknown" if word is None else f"{word:#x}"


def diff_bytes(files: list[Path], name: str, manifest: dict[str, Any]) -> Divergence:
    """Find the first element of a tensor, or the first byte, that differs."""
    mine, theirs = (file.read_bytes() for file in files)
    at = next((i for i, pair in enumerate(zip_longest(mine, theirs)) if pair[0] != pair[1]), 0)
    tensor = next((one for one in tensors_of(manifest) if one["file"] == name), None)
    if tensor is None or len(mine) != len(theirs):
        return Divergence(
            file=name, what=f"byte {at}", first=f"{len(mine)} bytes", second=f"{len(theirs)} bytes"
        )
    kind = np.dtype(tensor["dtype"]).newbyteorder("<")
    element = at // kind.itemsize
    index = [int(i) for i in np.unravel_index(element, tensor["shape"])]
    values = [int(np.frombuffer(data, kind)[element]) for data in (mine, theirs)]
    return Divergence(
        file=name,
        what=f"element {index}",
        first=str(values[0]),
        second=str(values[1]),
        place=output_place(files[0], index, tensor["shape"], values[0] ^ values[1]),
    )


def output_place(file: Path, index: list[int], shape: list[int], wrong_bits: int) -> Place | None:
    """Place of an output of a layer, which the drains of its vaults name."""
    pixel = int(np.ravel_multi_index(index[2:], shape[2:])) if len(index) > 2 else 0  # noqa: PLR2004
    wanted = (index[0], index[1] if len(index) > 1 else 0, pixel)
    if file.name != "output.bin":
        return None
    for drains in sorted(file.parent.glob("vault*/drains.txt")):
        _, records = read_table(drains)
        for number, record in enumerate(records):
            if record[2:5] == wanted:
                folder = file.parents[3]
                name = drains.relative_to(folder).as_posix()
                return place_of_record(folder, name, number, wrong_bits=wrong_bits)
    return None


def tensors_of(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every tensor that a manifest describes."""
    for layer in manifest["layers"]:
        yield from (layer[key] for key in ("weights", "bias") if key in layer)
    for one in manifest["sets"]:
        yield from one["inputs"].values()
        for node in one["nodes"]:
            yield from (node[key] for key in ("accumulators", "output") if key in node)


def diff_memory(
    package: str | os.PathLike[str], dump: str | os.PathLike[str], image: str
) -> Divergence | None:
    """Compare a memory image of a package with what a simulator dumped by ``$writememh``.

    Words that the package's image does not hold may be anything in the dump.

    Parameters
    ----------
    package
        The package.
    dump
        The file that the simulator wrote, of the memory of one bank, in words or in blocks.
    image
        Which image to compare with: its path in the package.

    Raises
    ------
    PackageError
        If one of them cannot be read, or the package has no such image.
    """
    folder = Path(package)
    manifest = read_manifest(folder)
    images = [name for name in manifest["files"] if name.endswith(".hex")]
    if image not in images:
        some = ", ".join(images[:SHOWN]) or "none"
        more = f" or {len(images) - SHOWN} more" if len(images) > SHOWN else ""
        msg = f"image must be one of {some}{more}, got {image!r}"
        raise PackageError(msg)
    bits, words = manifest["packing"]["word_bits"], manifest["packing"]["words_per_block"]
    mine, theirs = (
        read_memory(file, word_bits=bits, words=words) for file in (folder / image, Path(dump))
    )
    return diff_words(image, mine, theirs, manifest)
