"""Larger golden packages for a release: inputs that close the coverage of the committed ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qpim_emu.golden import ImageFormat, Part, make_package
from qpim_emu.golden.vectors import Case, make_sets
from tools.golden.catalogue import RECIPES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qpim_emu.golden import Recipe

__all__ = ["CLOSED", "make_closed"]

SEED = 1
PREFIX = "closed-"

CLOSED = (
    *(
        name
        for name in RECIPES
        if name.startswith(("windows-", "overflow-")) and name != "overflow-trap"
    ),
    *("convolutions", "depthwise", "passes"),
)
"""Committed packages of which a release has a larger one; those that trap would end a run."""


def closed(name: str) -> Recipe:
    """The network of a committed package on inputs that close its coverage."""
    recipe = RECIPES[name]()
    sets = make_sets(recipe.network, recipe.spec, list(Case), seed=SEED)
    parts = (Part.PARAMETERS, Part.MEMORY, Part.STREAMS)
    return replace(recipe, sets=sets, seed=SEED, parts=parts, images=(ImageFormat.HEX,))


def make_closed(folder: Path, names: Iterable[str] = CLOSED) -> str:
    """Make the larger packages in a folder.

    Returns
    -------
    str
        How many of the bins that are not proven to be out of reach they hit.
    """
    made = [make_package(closed(name), folder / f"{PREFIX}{name}") for name in names]
    found = [one for manifest in made for one in manifest["coverage"]]
    hit = sum(one["hit"] for one in found)
    within = hit + sum(len(one["missed"]) for one in found)
    return f"packages/{PREFIX}*  {hit} of {within}  bins that are within reach"
