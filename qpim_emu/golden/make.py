"""Making a package: run, write, and let it appear under its name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from qpim_emu.engine.run import Tier, read_tier
from qpim_emu.errors import PackageError
from qpim_emu.golden.build import MANIFEST, build_package
from qpim_emu.golden.folder import new_folder
from qpim_emu.golden.sink import FolderSink
from qpim_emu.golden.size import least_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from qpim_emu.golden.recipe import Recipe

__all__ = ["MAX_BYTES", "make_package"]

MAX_BYTES = 64 << 20
"""What a package may take unless the caller says otherwise: 64 MiB."""


def make_package(
    recipe: Recipe,
    path: Path,
    *,
    tier: Tier | str = Tier.LITERAL,
    max_bytes: int = MAX_BYTES,
    replace: bool = False,
    library: str = "",
) -> dict[str, Any]:
    """Make a golden package; ``golden/README.md`` specifies what is in it.

    Parameters
    ----------
    recipe
        What to run and what to write of it.
    path
        The folder to make.
    tier
        How tensors and counters are computed; streams are always recorded command by command,
        and must agree. No byte depends on it.
    max_bytes
        What it may take on disk; no more is ever written. What cannot fit is refused at once,
        anything else when all of it was counted.
    replace
        Whether a package of that name may be replaced.
    library
        Version of the library that the manifest names; the installed one if empty.

    Returns
    -------
    dict
        Its manifest.

    Raises
    ------
    PackageError
        If it would be larger, or `path` is taken.
    InputError
        If the network does not fit the machine, or the inputs the network.
    AccumulatorOverflowError
        If an accumulator traps.
    MismatchError
        If tiers or oracle disagree.
    """
    chosen = read_tier(tier)
    least = least_bytes(recipe)
    if least > max_bytes:
        msg = f"max_bytes must be at least {least} for the streams alone, got {max_bytes}"
        raise PackageError(msg)
    with new_folder(path, marker=MANIFEST, replace=replace) as folder:
        sink = FolderSink(folder, max_bytes=max_bytes)
        manifest = build_package(recipe, sink, tier=chosen, library=library or library_version())
        if sink.is_full:
            msg = f"max_bytes must be at least the {sink.bytes} that are needed, got {max_bytes}"
            raise PackageError(msg)
    return manifest


def library_version() -> str:
    """Version of the library; the top of the package knows it, and is loaded whenever this is."""
    version: str = sys.modules["qpim_emu"].__version__
    return version
