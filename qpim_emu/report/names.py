"""Names out of files, as a terminal may show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["counted", "short_names", "visible"]

ELLIPSIS = "..."


def visible(name: str) -> str:
    r"""Write characters that would move the cursor or worse as escapes.

    Examples
    --------
    >>> visible("conv1"), visible("a\nb\x1b[2J")
    ('conv1', 'a\\nb\\x1b[2J')
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in name
    )


def counted(number: int, noun: str) -> str:
    """A number of things, plural unless there is one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def short_names(names: Iterable[str], *, width: int) -> dict[str, str]:
    """Make names of at most `width` characters for a table, each of them different.

    Characters are shown as `visible` shows them. A longer name loses its middle; where that makes
    two of them equal, the later ones end in their number.

    Examples
    --------
    >>> short_names(["conv", "model/conv1/BiasAdd", "model/conv2/BiasAdd"], width=13)
    {'conv': 'conv', 'model/conv1/BiasAdd': 'model...asAdd', 'model/conv2/BiasAdd': 'mode...sAdd~2'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        short, number = elided(visible(name), width), 1
        while short in taken:
            number += 1
            short = elided(visible(name), width, ending=f"~{number}")
        taken.add(short)
        found[name] = short
    return found


def elided(text: str, width: int, *, ending: str = "") -> str:
    """Take out the middle of a text that is too long, and put an ending behind it."""
    room = width - len(ending)
    if len(text) <= room:
        return f"{text}{ending}"
    kept = room - len(ELLIPSIS)
    tail = kept // 2
    return f"{text[: kept - tail]}{ELLIPSIS}{text[len(text) - tail :]}{ending}"
