"""Verifying a package: every hash, and everything computed again."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qpim_emu.engine.run import SEMANTICS_VERSION, Tier, read_tier
from qpim_emu.errors import InputError, PackageError, QpimError
from qpim_emu.files import read_bounded
from qpim_emu.golden.build import MANIFEST, NETWORK, SUMS, build_package
from qpim_emu.golden.locate import describe_difference
from qpim_emu.golden.manifest import read_manifest, read_recipe
from qpim_emu.golden.sink import ComparingSink

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["Verification", "verify_package"]

PIECE = 1 << 20
MAX_SUMS_BYTES = 64 << 20
SUMS_COLUMNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What verifying a package found.

    Attributes
    ----------
    path
        The package.
    files, bytes
        How many files it has, and their size.
    problems
        One line each; none if the package is good.
    """

    path: Path
    files: int
    bytes: int
    problems: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify_package(
    path: str | os.PathLike[str], *, tier: Tier | str = Tier.LITERAL
) -> Verification:
    """Check the hash of every file of a package, and compute all of it again.

    Needs nothing but the library itself. Results must be the same byte for byte; the one thing
    that may differ is the version of the library that the manifest names.

    Parameters
    ----------
    path
        Folder of the package.
    tier
        How to compute tensors and counters; any gives the same.

    Raises
    ------
    PackageError
        If it is no package of a version that this library knows.
    """
    folder, chosen = Path(path), read_tier(tier)
    manifest = read_manifest(folder)
    if manifest["semantics_version"] != SEMANTICS_VERSION:
        found = manifest["semantics_version"]
        msg = f"semantics_version of {path} must be {SEMANTICS_VERSION}, got {found!r}"
        raise PackageError(msg)
    present = files_of(folder)
    sources = {MANIFEST, NETWORK, *source_files(manifest)}
    broken = dict(broken_hashes(folder, present))
    if sources & broken.keys():
        problems = [*broken.values(), "not computed again: network, inputs or manifest are damaged"]
    else:
        again = list(compute_again(folder, manifest, chosen, present))
        named = {name for name, _ in again}
        problems = [text for name, text in broken.items() if name not in named]
        problems += [text for _, text in again]
    return Verification(
        path=folder,
        files=len(present),
        bytes=sum(present.values()),
        problems=tuple(problems),
    )


def source_files(manifest: dict[str, Any]) -> Iterator[str]:
    """Files that a package is computed from, besides manifest and network."""
    for one in manifest["sets"]:
        yield from (tensor["file"] for tensor in one["inputs"].values())
    if manifest["derivation"] is not None:
        yield manifest["derivation"]


def files_of(folder: Path) -> dict[str, int]:
    """Sizes of everything in a folder but folders by its path; of links, their own."""
    return {
        file.relative_to(folder).as_posix(): file.lstat().st_size
        for file in sorted(folder.rglob("*"))
        if file.is_symlink() or not file.is_dir()
    }


def broken_hashes(folder: Path, present: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Files that are not what ``SHA256SUMS`` says, each with what is wrong."""
    listed = read_sums(folder)
    for name in sorted(present.keys() - listed.keys() - {SUMS}):
        yield name, f"{name}: not a file of this package"
    for name in sorted(listed.keys() - present.keys()):
        yield name, f"{name}: missing"
    for name in sorted(listed.keys() & present.keys()):
        if not (folder / name).is_file():
            yield name, f"{name}: not a regular file"
        elif hash_of(folder / name) != listed[name]:
            yield name, f"{name}: other bytes than {SUMS} says"


def read_sums(folder: Path) -> dict[str, str]:
    """Read ``SHA256SUMS``.

    Raises
    ------
    PackageError
        If it cannot be read.
    """
    try:
        lines = read_bounded(folder / SUMS, most=MAX_SUMS_BYTES).decode("ascii").splitlines()
    except (OSError, ValueError) as error:
        msg = f"{SUMS} of {folder} must be readable text, got {error}"
        raise PackageError(msg) from error
    listed = {}
    for line in lines:
        parts = line.split("  ", 1)
        if len(parts) == SUMS_COLUMNS:
            listed[parts[1]] = parts[0]
    return listed


def hash_of(file: Path) -> str:
    """SHA-256 of a file."""
    found = sha256()
    with file.open("rb") as stream:
        while piece := stream.read(PIECE):
            found.update(piece)
    return found.hexdigest()


def compute_again(
    folder: Path, manifest: dict[str, Any], tier: Tier, present: dict[str, int]
) -> Iterator[tuple[str, str]]:
    """Make the package again beside nothing, and name what came out otherwise."""
    sink = ComparingSink(folder)
    try:
        recipe = read_recipe(folder, manifest)
        build_package(recipe, sink, tier=tier, library=manifest["library"])
    except (InputError, QpimError) as error:
        yield MANIFEST, f"cannot be computed again: {error}"
        return
    for difference in sink.differences:
        yield difference.path, describe_difference(folder, difference)
    for name in sorted(present.keys() - sink.files.keys()):
        yield name, f"{name}: not a file of this package"
