"""``qpim golden verify``: a package checked and computed again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qpim_emu.cli.options import workers_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qpim_emu.golden import Verification

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
@workers_option
def command(*, packages: tuple[Path, ...], tier: str, workers: int) -> int:
    """Check every hash of golden packages, and compute everything in them again."""
    from qpim_emu.report.names import visible

    wrong = 0
    for package, found in zip(packages, verified(packages, tier, workers), strict=True):
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


def verified(packages: Sequence[Path], tier: str, workers: int) -> Iterator[Verification]:
    """Verify packages, each as a whole in a process; yields what was found in their order."""
    from qpim_emu.engine.workers import PartFailedError, Workers
    from qpim_emu.golden import verify_package

    done = 0
    with Workers(min(workers, len(packages))) as crew:
        if crew.count > 1:
            try:
                for found in crew.results(verify, tier, packages):
                    yield found
                    done += 1
            except PartFailedError:
                crew.end()  # the error is raised below, by the package that is due
    for package in packages[done:]:
        yield verify_package(package, tier=tier)


def verify(tier: str, package: Path, tell: Callable[[str, int], None]) -> Verification:  # noqa: ARG001 - nothing to tell
    """Verify a package (in a worker)."""
    from qpim_emu.golden import verify_package

    return verify_package(package, tier=tier)
