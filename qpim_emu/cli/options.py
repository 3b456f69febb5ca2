"""Options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from qpim_emu.hardware.spec import Spec

__all__ = ["MOST_WORKERS", "machine_options", "path_type", "read_machine", "workers_option"]

MOST_WORKERS = 256
"""As of `qpim_emu.engine.workers`, which brings more than help needs."""


def machine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--preset`` and ``--spec``."""
    preset = click.option(
        "--preset", metavar="NAME", help="Machine preset: paper (default) or toy."
    )
    spec = click.option(
        "--spec", "spec_file", metavar="FILE", type=path_type(), help="Machine specification, TOML."
    )
    return preset(spec(command))


def workers_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--workers``."""
    return click.option(
        "--workers",
        metavar="N",
        type=click.IntRange(min=1, max=MOST_WORKERS),
        default=1,
        show_default=True,
        help="Processes that share the work, at most one per processor; results are the same.",
    )(command)


def path_type() -> click.Path:
    """Make a `pathlib.Path`; whether it exists is checked when it is opened."""
    import pathlib

    return click.Path(path_type=pathlib.Path)


def read_machine(preset: str | None, spec_file: Path | None) -> Spec:
    """Read the machine that the options name.

    Raises
    ------
    InputError
        If both are given, or neither names a valid machine.
    """
    from qpim_emu.errors import InputError
    from qpim_emu.hardware.presets import preset as find_preset
    from qpim_emu.hardware.toml import load_spec

    if preset is not None and spec_file is not None:
        msg = f"--preset and --spec must not both be given, got {preset} and {spec_file}"
        raise InputError(msg)
    if spec_file is not None:
        return load_spec(spec_file)
    return find_preset("paper" if preset is None else preset)
