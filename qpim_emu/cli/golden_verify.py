"""``qpim golden verify``: a package checked and computed again."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]

SHOWN = 20


@click.command("verify")
@click.argument(
    "packages", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--tier",
    metavar="NAME",
    default="literal",
    show_default=True,
    help="literal or fast; either must give the same.",
)
def command(*, packages: tuple[Path, ...], tier: str) -> int:
    """Check every hash of golden packages, and compute everything in them again."""
    from qpim_emu.golden import verify_package
    from qpim_emu.report.names import visible

    wrong = 0
    for package in packages:
        found = verify_package(package, tier=tier)
        verdict = "good" if found.is_good else f"{len(found.problems)} problems"
        click.echo(
            f"{visible(str(package))}: {found.files} files, {found.bytes:,} bytes: {verdict}"
        )
        for problem in found.problems[:SHOWN]:
            click.echo(f"  {visible(problem)}")
        if len(found.problems) > SHOWN:
            click.echo(f"  ... and {len(found.problems) - SHOWN} more")
        wrong += not found.is_good
    return 1 if wrong else 0
