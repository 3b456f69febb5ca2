"""``qpim info``: version, environment, machine presets."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("info", help="Show the version, the environment and the machine presets.")
def command() -> None:
    """Print what a bug report should contain."""
    import platform
    from importlib.metadata import version

    from qpim_emu import __version__
    from qpim_emu.engine.run import SEMANTICS_VERSION
    from qpim_emu.hardware.presets import PRESETS

    click.echo(f"qpim-emu    {__version__} (semantics {SEMANTICS_VERSION})")
    click.echo(f"python      {platform.python_version()} on {platform.platform()}")
    for package in ("numpy", "bitarray", "click", "rich"):
        click.echo(f"{package:<11} {version(package)}")
    for name, spec in PRESETS.items():
        click.echo(
            f"preset      {name}: {spec.vaults} vaults x {spec.banks} banks, rows of "
            f"{spec.row_bytes} B, blocks of {spec.block_bytes} B, W = {spec.word_bits}"
        )
