"""The console that commands print to."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["make_console"]

PLAIN_WIDTH = 110


def make_console() -> Console:
    """Make a console as wide as the terminal, or wide enough for a table in a file or pipe.

    It prints text as it stands: names out of files are no markup, and characters that the
    output cannot encode become question marks.
    """
    from rich.console import Console

    class PlainConsole(Console):
        """Leaves a reader that has gone to the entry point."""

        def on_broken_pipe(self) -> NoReturn:
            self.quiet = True
            raise  # noqa: PLE0704 - called while the BrokenPipeError is handled

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = PlainConsole(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console
