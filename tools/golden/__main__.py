"""Make committed packages again: ``python -m tools.golden [NAME ...]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from qpim_emu.golden import make_package
from tools.golden.catalogue import RECIPES

PACKAGES = Path(__file__).parents[2] / "golden" / "packages"


def main() -> None:
    """Make the packages that are named, all of them if none is."""
    parser = argparse.ArgumentParser(prog="python -m tools.golden", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="packages to make; all if none")
    parser.add_argument("--out", type=Path, default=PACKAGES, help="folder they are made in")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or RECIPES:
        make_package(RECIPES[name](), arguments.out / name, replace=True)
        print(name)  # noqa: T201 - says how far it is


if __name__ == "__main__":
    main()
