"""How the derived programs are written down; nothing here computes a cycle.

A row is ``(bank, row)``. Cycles count from the start of a phase, and `phase` moves them to where
the phase before ended. TOY's delays, in cycles::

    tRCD 3   tCL 3   tRP 2   tRAS 6   tRTP 1   tWR 2   tRRD 1   tFAW 6   tCCD 1   tRFC 10
    tREFI 200;   a read's data have arrived tCL + tCCD = 4 behind it;
    a bank may be closed tCL + tCCD + tWR = 6 behind a write
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from qpim_emu.arith.formats import Int
from qpim_emu.hardware import TOY
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.hardware import Spec
    from qpim_emu.mapping.request import Mapping
    from qpim_emu.typing import IntArray

__all__ = [
    "ONE_VAULT",
    "Program",
    "VaultRun",
    "act",
    "conv",
    "linear",
    "mode",
    "phase",
    "pre",
    "rd",
    "rd2",
    "rd4",
    "ref",
    "wr",
]

Row: TypeAlias = tuple[int, int]
Command: TypeAlias = tuple[int, str, int, int, int]

ONE_VAULT = TOY.replace(vaults=1)
TO_INT8 = Requantize(mode="shift", shift=0, low=-128, high=127)


@dataclass(frozen=True, kw_only=True)
class VaultRun:
    """What one vault does: its trace, commands per bank, and other counters (0 if absent)."""

    trace: list[Command]
    banks: dict[str, list[int]]
    counts: dict[str, int]
    macs: int


@dataclass(frozen=True, kw_only=True)
class Program:
    """A layer on a machine, and everything that was derived for it.

    `words` are final contents of blocks by (vault, block address), where derived.
    """

    layer: Conv2d | Linear
    codes: IntArray
    vaults: dict[int, VaultRun]
    cycles: int
    macs_width: tuple[int, int]
    spec: Spec = ONE_VAULT
    mapping: Mapping | None = None
    homes: IntArray | None = None
    words: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)


def phase(start: int, *commands: Command) -> list[Command]:
    """Commands of a phase that starts in cycle `start`."""
    return [(start + at, *rest) for at, *rest in commands]  # type: ignore[misc]


def mode(at: int, window: str) -> Command:
    """MODE: the window as it prints."""
    return (at, f"MODE {window}", -1, -1, -1)


def act(at: int, row: Row) -> Command:
    """ACT."""
    return (at, "ACT", *row, -1)


def pre(at: int, row: Row) -> Command:
    """PRE."""
    return (at, "PRE", *row, -1)


def ref(at: int) -> Command:
    """REF."""
    return (at, "REF", -1, -1, -1)


def rd(at: int, row: Row, column: int) -> Command:
    """RD."""
    return (at, "RD", *row, column)


def rd2(at: int, row: Row, column: int) -> Command:
    """RD2."""
    return (at, "RD2", *row, column)


def rd4(at: int, row: Row, column: int) -> Command:
    """RD4."""
    return (at, "RD4", *row, column)


def wr(at: int, row: Row, column: int) -> Command:
    """WR."""
    return (at, "WR", *row, column)


def linear(filters: int, channels: int, bits: int, **options: Any) -> Linear:  # noqa: ANN401
    """A fully connected layer of zeros with `bits` on both sides and 8-bit outputs."""
    return Linear(
        **{
            "weights": np.zeros((filters, channels), np.int64),
            "weight_type": Int(bits),
            "activation_type": Int(bits),
            "requantize": TO_INT8,
            **options,
        }
    )


def conv(shape: tuple[int, int, int, int], bits: int, **options: Any) -> Conv2d:  # noqa: ANN401
    """A convolution of zeros, weights of `shape`, like `linear`."""
    return Conv2d(
        **{
            "weights": np.zeros(shape, np.int64),
            "weight_type": Int(bits),
            "activation_type": Int(bits),
            "requantize": TO_INT8,
            **options,
        }
    )
