"""Entry point: commands are loaded when they are called, errors become exit statuses.

0 means success, 1 that results differ, 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from qpim_emu import __version__
from qpim_emu.cli.lazy import LazyGroup
from qpim_emu.errors import MismatchError, QpimError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

MODULES = {
    "check": (
        "qpim_emu.cli.check",
        "Compare every layer of a model with another engine, element by element.",
    ),
    "cost": (
        "qpim_emu.cli.cost",
        "Price networks and saved runs: energy, time, and the paper's comparison.",
    ),
    "golden": (
        "qpim_emu.cli.golden",
        "Make and verify golden packages: results that a test bench can be given.",
    ),
    "info": (
        "qpim_emu.cli.info",
        "Show the version, the kernels, the processor and the machine presets.",
    ),
    "inspect": (
        "qpim_emu.cli.inspect",
        "List the layers of a network and their number formats.",
    ),
    "run": (
        "qpim_emu.cli.run",
        "Run a network through the modelled memory and check it bit for bit.",
    ),
    "trace": ("qpim_emu.cli.trace", "Write the commands of a layer for other tools to read."),
}
MISMATCH, BAD_INPUT, INTERRUPTED = 1, 2, 130
HANDLED = (click.ClickException, click.Abort, KeyboardInterrupt, QpimError, OSError)


@click.group(
    cls=LazyGroup,
    modules=MODULES,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Bit-accurate emulator of the Quant-PIM processing-in-memory accelerator.",
)
@click.version_option(__version__, prog_name="qpim")
def qpim() -> None:
    """Group of all commands."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments
        Arguments after the program's name; those of the process if not given.
    """
    try:
        status = qpim.main(arguments, prog_name="qpim", standalone_mode=False)
    except HANDLED as error:
        with suppress(OSError):  # nobody listens on the error output either
            report(error)
        return status_of(error)
    except SystemExit:
        # click's way out where the reader has gone (`qpim run | head`), its only one here:
        # nothing is wrong; keep the interpreter from complaining about it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status if isinstance(status, int) else 0


def status_of(error: BaseException) -> int:
    """Exit status that an error stands for."""
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return INTERRUPTED
    return MISMATCH if isinstance(error, MismatchError) else BAD_INPUT


def report(error: BaseException) -> None:
    """Say what went wrong in one message; tracebacks are for our own bugs only."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message())
        case click.ClickException():
            error.show()
        case click.Abort() | KeyboardInterrupt():
            click.echo("qpim: interrupted", err=True)
        case MismatchError():
            say(f"mismatch: {error}")
        case QpimError():
            say(f"error: {error}")
        case OSError():
            what = "output" if error.filename is None else error.filename
            say(f"error: {what} must be accessible, got {error.strerror or error}")


def say(message: str) -> None:
    """Print a message; names of files in it do not reach the terminal as commands."""
    from qpim_emu.report.names import visible

    lines = [visible(line) for line in f"qpim: {message}".split("\n")]
    click.echo("\n".join(lines), err=True)
