"""Makes the committed core again, or packs a release.

::

    python -m tools.conformance --core          # golden/conformance/v1, whose diff is reviewed
    python -m tools.conformance --out FILE      # a release; minutes
    python -m tools.conformance --out FILE --record    # and keep its manifest

Run from the root of the repository.
"""
# ruff: noqa: T201 - a script

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from qpim_emu.files import write_whole
from tools.conformance.archive import CORE, NAME, RELEASE, write_archive
from tools.conformance.making import Kind, make_set
from tools.conformance.packages import make_closed

__all__ = ["main"]


def write_core() -> None:
    """Write the core in its place."""
    for name, content in make_set(Kind.CORE).items():
        path = CORE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)


def write_release(path: Path, *, record: bool) -> int:
    """Write a release, and say what it covers.

    Returns
    -------
    int
        1 if its tables are not those of the recorded release.
    """
    vectors = make_set(Kind.RELEASE)
    manifest = vectors["manifest.json"]
    if record:
        write_whole(RELEASE, manifest)
    with tempfile.TemporaryDirectory() as packages:
        of_packages = make_closed(Path(packages))
        size = write_archive(path, vectors, Path(packages))
    print(f"{path}: {size:,} bytes", *json.loads(manifest)["coverage"], of_packages, sep="\n")
    if RELEASE.read_bytes() == manifest:
        return 0
    print(f"the tables are not those of {RELEASE}")
    return 1


def main() -> int:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.conformance", description=__doc__)
    parser.add_argument("--core", action="store_true", help="make the committed core again")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"pack a release, {NAME}.tar.bz2")
    parser.add_argument("--record", action="store_true", help="keep the release's manifest")
    arguments = parser.parse_args()
    if arguments.core:
        write_core()
    return write_release(arguments.out, record=arguments.record) if arguments.out else 0


if __name__ == "__main__":
    raise SystemExit(main())
