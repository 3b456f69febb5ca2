"""A release: the set of vectors, and all that is needed to use it, in one file."""

from __future__ import annotations

import bz2
import io
import tarfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from qpim_emu.files import write_whole
from tools.conformance.making import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["CONFORMANCE", "CORE", "NAME", "RELEASE", "write_archive"]

ROOT = Path(__file__).parents[2]
CONFORMANCE = ROOT / "golden" / "conformance"
CORE = CONFORMANCE / f"v{VERSION}"
RELEASE = CONFORMANCE / f"v{VERSION}-release.json"
"""The manifest of the release, which is committed without its tables."""

NAME = f"quant-pim-vectors-{VERSION}"
DOCUMENTS = {
    "README.md": "golden/conformance/README.md",
    "SEMANTICS.md": "docs/semantics.md",
    "PACKAGES.md": "golden/README.md",
    "LICENSE": "LICENSE",
}
FOLDERS = {
    "": CONFORMANCE / "kit",
    "replay/": ROOT / "golden" / "replay",
    "packages/": ROOT / "golden" / "packages",
}


def files_in(folder: Path, prefix: str) -> Iterator[tuple[str, bytes]]:
    """All files of a folder, their names behind a prefix."""
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"{prefix}{path.relative_to(folder).as_posix()}", path.read_bytes()


def kit_files() -> Iterator[tuple[str, bytes]]:
    """Everything beside the tables: documents, checkers, the model, packages."""
    for name, document in DOCUMENTS.items():
        yield name, (ROOT / document).read_bytes()
    for prefix, folder in FOLDERS.items():
        yield from files_in(folder, prefix)


def write_archive(path: Path, vectors: Mapping[str, bytes], packages: Path | None = None) -> int:
    """Write a release, and return how large it is.

    The file is a tar archive compressed by bzip2, of which there is one implementation, so that
    the bytes depend on nothing else (deflate has several, which differ).

    Parameters
    ----------
    path
        The file.
    vectors
        Files of the set.
    packages
        A folder of golden packages to add to the committed ones.
    """
    files = dict(kit_files()) | {f"vectors/{name}": data for name, data in vectors.items()}
    if packages is not None:
        files |= dict(files_in(packages, "packages/"))
    sums = (f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    files["SHA256SUMS"] = "".join(sums).encode()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(f"{NAME}/{name}")
            entry.size, entry.mode = len(files[name]), 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    write_whole(path, bz2.compress(stream.getvalue()))
    return path.stat().st_size
