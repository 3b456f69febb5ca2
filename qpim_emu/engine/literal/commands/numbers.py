"""The numbers of a command: a bank or a cycle of 1.5 is refused before anything is looked up."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from qpim_emu.arith.integers import is_integer
from qpim_emu.errors import IllegalCommandError
from qpim_emu.hardware.commands import Act, Drain, Mac, Mode, Pre, Rd, Ref, Wr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qpim_emu.hardware.commands import Command

__all__ = ["require_numbers"]

NUMBERS: Mapping[type, tuple[str, ...]] = {
    kind: tuple(item.name for item in fields(kind) if item.type == "int")
    for kind in (Act, Drain, Mac, Mode, Pre, Rd, Ref, Wr)
}


def require_numbers(command: Command, at: int | None) -> None:
    """Refuse a command, or a cycle, with something else where an integer belongs."""
    for name in NUMBERS[type(command)]:
        value = getattr(command, name)
        if type(value) is not int and not is_integer(value):
            msg = f"{type(command).__name__.upper()} {name} must be an integer, got {value!r}"
            raise IllegalCommandError(msg)
    if at is not None and type(at) is not int and not is_integer(at):
        msg = f"at must be a cycle or None, got {at!r}"
        raise IllegalCommandError(msg)
