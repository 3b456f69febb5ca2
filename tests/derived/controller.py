"""What the controller does at refreshes and with open rows, derived by hand. origin: derived.

All are fully connected layers of one filter at 16 bits: LOAD, STREAM and WRITE of consecutive
blocks, one per read; nothing is gated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.hardware import TOY
from tests.derived.notation import (
    ONE_VAULT,
    Program,
    VaultRun,
    act,
    linear,
    mode,
    phase,
    pre,
    rd,
    ref,
    wr,
)

if TYPE_CHECKING:
    from qpim_emu.hardware import Spec
    from tests.derived.notation import Command

__all__ = ["CLOSED_ROWS", "OPEN_ROWS", "REFRESH_BETWEEN_ROWS", "REFRESH_IN_A_ROW"]


def times(**changes: Any) -> Any:  # noqa: ANN401 - any time, and a Timing comes back
    """TOY's timing with some times replaced."""
    return replace(TOY.timing, **changes)


def one_filter(
    blocks: int, spec: Spec, trace: list[Command], *, cycles: int, acts: list[int],
    reads: list[int], ref: int = 0,
) -> Program:  # fmt: skip
    """A layer of `blocks` blocks of activations and as many of weights, one output block."""
    idle = [0] * (len(acts) - 1)
    return Program(
        layer=linear(1, 4 * blocks, 16),
        codes=np.zeros((1, 4 * blocks), np.int64),
        spec=spec,
        macs_width=(16, 16),
        cycles=cycles,
        vaults={
            0: VaultRun(
                trace=trace,
                banks={"act": acts, "pre": acts, "rd": reads, "wr": [1, *idle]},
                counts={
                    "ref": ref,
                    "offered": 2 * blocks * 64,
                    "enabled": 2 * blocks * 64,
                    "written_bits": 64,
                    "tsv_bits": 2 * blocks * 64 + 64,
                    "placed": blocks,
                    "streamed": blocks,
                    "buffer_written_bits": blocks * 64,
                    "buffer_read_bits": blocks * 64,
                    "updates": blocks,
                    "requantized": 1,
                    "cycles": cycles,
                },
                macs=4 * blocks,
            )
        },
    )


# One bank, one column per row, tREFI = 36: every read opens a row. Visit i opens at 8 i (PRE at
# ACT + tRAS = 6, ACT tRP = 2 later) and reads at 8 i + 3: 3, 11, 19, 27, 35. The sixth would
# read at 43, past the deadline 36, so its row is not opened: PRE when legal, 32 + 6 = 38 (not
# before 36), REF at 38 + 2 = 40, ACT at 40 + tRFC = 50, RD at 53, PRE at 56, end at 58.
# LOAD takes rows 0..5, STREAM rows 6..11, WRITE row 12: T = 58 + 58 + 11 = 127.
# Two refreshes inside: R = 127 - 2 x 36 = 55; at the barrier m = 55 // (36 - 10) = 2.
def six_rows(start: int, first: int) -> list[Command]:
    """LOAD or STREAM of six rows."""
    rows = [(0, first + index) for index in range(6)]
    return phase(
        start, mode(0, "int16"),
        act(0, rows[0]), rd(3, rows[0], 0), pre(6, rows[0]),
        act(8, rows[1]), rd(11, rows[1], 0), pre(14, rows[1]),
        act(16, rows[2]), rd(19, rows[2], 0), pre(22, rows[2]),
        act(24, rows[3]), rd(27, rows[3], 0), pre(30, rows[3]),
        act(32, rows[4]), rd(35, rows[4], 0), pre(38, rows[4]),
        ref(40),
        act(50, rows[5]), rd(53, rows[5], 0), pre(56, rows[5]),
    )  # fmt: skip


REFRESH_BETWEEN_ROWS = one_filter(
    6,
    ONE_VAULT.replace(banks_per_layer=1, row_bytes=8, timing=times(trefi_ns=36)),
    [
        *six_rows(0, 0),
        *six_rows(58, 6),
        *phase(116, act(0, (0, 12)), wr(3, (0, 12), 0), pre(9, (0, 12))),
        ref(127),
        ref(127 + 10),
    ],
    cycles=127 + 2 * 10,
    acts=[6 + 6 + 1],
    reads=[12],
    ref=2 + 2,
)


# One bank, 16 columns per row, tCCD = 4, tREFI = 43: reads at 3, 7, .. 39; the eleventh would
# come at 43, which is the deadline and so too late. PRE at max(43, 39 + tRTP = 40) = 43, REF at
# 45, the same row again at 55, reads at 58, 62, 66; PRE at max(55 + 6, 66 + 1) = 67; the last
# data arrive at 66 + tCL + tCCD = 73, behind 67 + 2. WRITE: PRE at 3 + (3 + 4 + 2) = 12, end 14.
# T = 73 + 73 + 14 = 160; R = 160 - 2 x 43 = 74; m = 74 // (43 - 10) = 2.
def one_long_row(start: int, row: int) -> list[Command]:
    """LOAD or STREAM of 13 blocks of a row."""
    here = (0, row)
    return phase(
        start, mode(0, "int16"), act(0, here),
        *(rd(3 + 4 * column, here, column) for column in range(10)),
        pre(43, here), ref(45), act(55, here),
        rd(58, here, 10), rd(62, here, 11), rd(66, here, 12), pre(67, here),
    )  # fmt: skip


REFRESH_IN_A_ROW = one_filter(
    13,
    ONE_VAULT.replace(banks_per_layer=1, row_bytes=128, timing=times(trefi_ns=43, tccd_ns=4)),
    [
        *one_long_row(0, 0),
        *one_long_row(73, 1),
        *phase(146, act(0, (0, 2)), wr(3, (0, 2), 0), pre(12, (0, 2))),
        ref(160),
        ref(160 + 10),
    ],
    cycles=160 + 2 * 10,
    acts=[2 + 2 + 1],
    reads=[26],
    ref=2 + 2,
)


# Look-ahead 0, 12 blocks: visits bank 0, bank 1, bank 0 again (the row below), four reads each.
# The gate of a visit is the last read of the visit before it.
#   open:    ACT 0, reads 3..6 | gate 6: ACT 6, reads 9..12 | gate 12: PRE max(12, 7) = 12,
#            ACT 14, reads 17..20 | bank 1: PRE max(12, 13); bank 0: PRE max(20, 21);
#            end max(21 + 2, 20 + 4) = 24
#   closed:  PRE of bank 0 at max(6, 6 + 1) = 7, of bank 1 at max(6 + 6, 12 + 1) = 13; the third
#            visit opens at its gate, 12, reads 15..18, PRE max(12 + 6, 19); end 18 + 4 = 22
def reads_from(at: int, row: tuple[int, int]) -> list[Command]:
    """Four reads, one per cycle."""
    return [rd(at + column, row, column) for column in range(4)]


def three_visits(start: int, stripe: int, *, closed: bool) -> list[Command]:
    """LOAD or STREAM of 12 blocks from a stripe on."""
    a, b, c = (0, stripe), (1, stripe), (0, stripe + 1)
    third = (
        [pre(7, a), act(12, c), *reads_from(15, c), pre(19, c)]
        if closed
        else [pre(12, a), act(14, c), *reads_from(17, c), pre(21, c)]
    )
    return phase(
        start, mode(0, "int16"), act(0, a), *reads_from(3, a),
        act(6, b), *reads_from(9, b), pre(13, b), *third,
    )  # fmt: skip


def write_at(start: int) -> list[Command]:
    """WRITE of one block: activations took stripes 0 and 1, weights 2 and 3."""
    return phase(start, act(0, (0, 4)), wr(3, (0, 4), 0), pre(9, (0, 4)))


OPEN_ROWS = one_filter(
    12,
    ONE_VAULT.replace(look_ahead=0),
    [*three_visits(0, 0, closed=False), *three_visits(24, 2, closed=False), *write_at(48)],
    cycles=24 + 24 + 11,
    acts=[2 + 2 + 1, 1 + 1],
    reads=[8 + 8, 4 + 4],
)
CLOSED_ROWS = one_filter(
    12,
    ONE_VAULT.replace(look_ahead=0, row_policy="closed"),
    [*three_visits(0, 0, closed=True), *three_visits(22, 2, closed=True), *write_at(44)],
    cycles=22 + 22 + 11,
    acts=[2 + 2 + 1, 1 + 1],
    reads=[8 + 8, 4 + 4],
)
