"""``qpim golden show``: what is in a package."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command("show")
@click.argument("package", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--bins", is_flag=True, help="List every bin of the coverage.")
def command(*, package: Path, bins: bool) -> None:
    """Say what a golden package holds, and which bins of functional coverage it hits."""
    from qpim_emu.golden.manifest import read_manifest
    from qpim_emu.golden.show import describe_bins, describe_package
    from qpim_emu.report.names import visible

    manifest = read_manifest(package)
    for line in describe_package(manifest):
        click.echo(visible(line))
    for line in describe_bins(manifest) if bins else ():
        click.echo(visible(line))
