"""``qpim golden diff``: where two packages, or a package and a dumped memory, part."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command("diff")
@click.argument("first", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("second", metavar="DIR|DUMP", type=click.Path(path_type=Path))
@click.option(
    "--image",
    metavar="PATH",
    help="For a dump: the image of DIR that it should be, such as "
    "sets/0-given/00-conv/vault00/bank00.after.hex.",
)
def command(*, first: Path, second: Path, image: str | None) -> int:
    """Find the first divergence of two golden packages, with its place in memory.

    Instead of a second package, compare with what a simulator wrote by $writememh: the memory of
    one bank, in words or in blocks.
    """
    from qpim_emu.errors import InputError
    from qpim_emu.golden import diff_memory, diff_packages

    if second.is_dir() and image is not None:
        msg = f"--image must not be given for two packages, got {image}"
        raise InputError(msg)
    if not second.exists():
        msg = f"DIR|DUMP must be a package or a dump, got {second}, which does not exist"
        raise InputError(msg)
    if not second.is_dir() and image is None:
        msg = f"--image must name the image that {second} is compared with, got none"
        raise InputError(msg)
    found = diff_packages(first, second) if image is None else diff_memory(first, second, image)
    click.echo("no difference" if found is None else str(found))
    return 0 if found is None else 1
