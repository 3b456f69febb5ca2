"""Errors inside a network say which node they are about."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from qpim_emu.errors import AccumulatorOverflowError, InputError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["of_node"]


@contextmanager
def of_node(name: str) -> Iterator[None]:
    """Let the message of an error begin with the node's name; its class stays the same."""
    try:
        yield
    except SpecError:
        raise  # about the machine, whatever the node
    except (InputError, AccumulatorOverflowError) as error:
        msg = f"node {name!r}: {error}"
        raise type(error)(msg) from error
