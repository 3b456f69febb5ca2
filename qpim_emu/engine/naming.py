"""Errors inside a network say which node they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.errors import AccumulatorOverflowError, InputError, SpecError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["of_node"]


class of_node:  # noqa: N801 - used like a function
    """Let the message of an error begin with the node's name; its class stays the same.

    Parameters
    ----------
    name
        Of the node.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, SpecError):
            return  # about the machine, whatever the node
        if isinstance(error, InputError | AccumulatorOverflowError):
            msg = f"node {self.name!r}: {error}"
            raise type(error)(msg) from error
