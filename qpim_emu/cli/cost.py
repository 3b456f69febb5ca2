"""``qpim cost``: what runs and networks cost; its commands are loaded when they are called."""

from __future__ import annotations

import click

from qpim_emu.cli.lazy import LazyGroup

__all__ = ["command"]

MODULES = {
    "energy": (
        "qpim_emu.cli.cost_energy",
        "Price a network at a precision profile, beside 16 bits, term by term.",
    ),
    "reproduce": (
        "qpim_emu.cli.cost_reproduce",
        "Write the paper's comparison, ablations and sensitivities as files.",
    ),
    "trace": ("qpim_emu.cli.trace", "Write the commands of a layer for other tools to read."),
}


@click.group("cost", cls=LazyGroup, modules=MODULES)
def command() -> None:
    """Energy and time: what runs and networks cost."""
