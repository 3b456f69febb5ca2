"""Names out of files, as a terminal may show them."""

from __future__ import annotations

__all__ = ["visible"]


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
