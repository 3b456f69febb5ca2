"""Entry point: commands are loaded when they are called, errors become exit statuses.

0 means success, 1 that results differ, 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from qpim_emu import __version__
from qpim_emu.errors import MismatchError, QpimError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

COMMANDS = {
    "info": "Show the version, the kernels, the processor and the machine presets.",
    "inspect": "List the layers of a network and their number formats.",
    "run": "Run a network through the modelled memory and check it bit for bit.",
}
MISMATCH, BAD_INPUT, INTERRUPTED = 1, 2, 130
HANDLED = (click.ClickException, click.Abort, KeyboardInterrupt, QpimError, BrokenPipeError)


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"qpim_emu.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
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
        return report(error)
    return status if isinstance(status, int) else 0


def report(error: BaseException) -> int:
    """Say what went wrong in one message; tracebacks are for our own bugs only."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message())
        case click.ClickException():
            error.show()
        case click.Abort() | KeyboardInterrupt():
            click.echo("qpim: interrupted", err=True)
            return INTERRUPTED
        case MismatchError():
            click.echo(f"qpim: mismatch: {error}", err=True)
            return MISMATCH
        case QpimError():
            click.echo(f"qpim: error: {error}", err=True)
        case BrokenPipeError():
            # the reader has gone: keep the interpreter from complaining about it at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
    return BAD_INPUT
