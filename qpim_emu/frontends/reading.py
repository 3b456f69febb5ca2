"""What a frontend made of each operator of a file, so that everything refused is named at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpim_emu.workload.network import Node

__all__ = ["OperatorReading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorReading:
    """One operator of a file.

    Attributes
    ----------
    name, kind
        Its name (or that of its first output), and its operator as the format spells it.
    nodes
        What it became, in order; nothing where it was folded into another, or refused.
    note
        What was done with it where `nodes` does not show it.
    refusal
        Why it cannot be computed exactly, and what to do; empty where it can.
    """

    name: str
    kind: str
    nodes: tuple[Node, ...] = ()
    note: str = ""
    refusal: str = ""
