"""``qpim golden``: results that a test bench can be given; commands load when they are called."""

from __future__ import annotations

import click

from qpim_emu.cli.lazy import LazyGroup

__all__ = ["command"]

MODULES = {
    "diff": (
        "qpim_emu.cli.golden_diff",
        "Find the first divergence of two packages, or of a dump.",
    ),
    "make": ("qpim_emu.cli.golden_make", "Run a network and write everything a test bench needs."),
    "show": ("qpim_emu.cli.golden_show", "Say what is in a package, and what it covers."),
    "verify": ("qpim_emu.cli.golden_verify", "Check every hash, and compute everything again."),
}


@click.group("golden", cls=LazyGroup, modules=MODULES)
def command() -> None:
    """Golden packages: bit-exact results with memory images, bus images and command traces."""
