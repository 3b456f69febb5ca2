"""Every committed package by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.golden import derived, networks, policies, requantize, shapes, windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.golden import Recipe

__all__ = ["RECIPES"]

RECIPES: dict[str, Callable[[], Recipe]] = {
    name: recipe
    for module in (derived, windows, policies, requantize, shapes, networks)
    for name, recipe in module.RECIPES.items()
}
