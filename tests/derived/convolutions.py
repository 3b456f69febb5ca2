"""Convolutions, derived by hand. origin: derived.

A convolution places its image first, then the weights, then its output region, each from column
0 of bank 0 (TOY: 8 blocks per stripe, so block addresses 8, 16, 24 start rows 1, 2, 3).
"""

from __future__ import annotations

import numpy as np

from tests.derived.notation import (
    ONE_VAULT,
    Program,
    VaultRun,
    act,
    conv,
    mode,
    phase,
    pre,
    rd,
    rd2,
    rd4,
    wr,
)

__all__ = ["DEPTHWISE", "FOUR_BLOCKS", "NINE_BITS", "PADDED", "PAIRS"]

R0, R1, R2, R3, R4, R5 = ((0, row) for row in range(6))
S0, S1, S3 = (1, 0), (1, 1), (1, 3)  # rows of bank 1

# 1x1, 8 channels (2 blocks), two pixels, one filter. Image: blocks 0..3, a run of two blocks
# per pixel; weights: blocks 8, 9; outputs: blocks 16, 17.
# 8 bits: 2 x 8 lines fit the word, so every run is one RD2.
PAIRS = Program(
    layer=conv((1, 8, 1, 1), 8),
    codes=np.zeros((1, 8, 1, 2), np.int64),
    macs_width=(8, 8),
    cycles=8 + 8 + 12,
    vaults={
        0: VaultRun(
            trace=[
                # PRE at max(6, 3 + 1), ends at max(6 + 2, 3 + 4) = 8
                *phase(0, mode(0, "int8"), act(0, R1), rd2(3, R1, 0), pre(6, R1)),
                # PRE at max(6, 4 + 1), ends at max(6 + 2, 4 + 4) = 8
                *phase(8, mode(0, "int8"), act(0, R0), rd2(3, R0, 0), rd2(4, R0, 2), pre(6, R0)),
                # PRE at 4 + 6 = 10, ends at 12
                *phase(16, act(0, R2), wr(3, R2, 0), wr(4, R2, 1), pre(10, R2)),
            ],
            banks={"act": [3, 0], "pre": [3, 0], "rd2": [3, 0], "wr": [2, 0]},
            counts={
                "offered": 6 * 64,
                "enabled": 6 * 4 * 8,
                "gated": 6 * 4 * 8,
                "written_bits": 2 * 64,
                "tsv_bits": 192 + 128,
                "placed": 4,
                "streamed": 4,
                "buffer_written_bits": 2 * 4 * 8,
                "buffer_read_bits": 4 * 4 * 8,
                "updates": 4,
                "requantized": 2,
                "cycles": 28,
            },
            macs=16,
        )
    },
)

# The same with 9 bits: 2 x 9 lines do not fit into 16.
NINE_BITS = Program(
    layer=conv((1, 8, 1, 1), 9),
    codes=np.zeros((1, 8, 1, 2), np.int64),
    macs_width=(9, 9),
    cycles=8 + 10 + 12,
    vaults={
        0: VaultRun(
            trace=[
                *phase(0, mode(0, "int9"), act(0, R1), rd(3, R1, 0), rd(4, R1, 1), pre(6, R1)),
                # PRE at max(6, 6 + 1) = 7, ends at max(7 + 2, 6 + 4) = 10
                *phase(
                    8, mode(0, "int9"), act(0, R0),
                    rd(3, R0, 0), rd(4, R0, 1), rd(5, R0, 2), rd(6, R0, 3), pre(7, R0),
                ),
                *phase(18, act(0, R2), wr(3, R2, 0), wr(4, R2, 1), pre(10, R2)),
            ],
            banks={"act": [3, 0], "pre": [3, 0], "rd": [6, 0], "wr": [2, 0]},
            counts={
                "offered": 6 * 64,
                "enabled": 6 * 4 * 9,  # 216
                "gated": 6 * 4 * 7,
                "written_bits": 2 * 64,
                "tsv_bits": 216 + 128,
                "placed": 4,
                "streamed": 4,
                "buffer_written_bits": 2 * 4 * 9,
                "buffer_read_bits": 4 * 4 * 9,
                "updates": 4,
                "requantized": 2,
                "cycles": 30,
            },
            macs=16,
        )
    },
)  # fmt: skip

# 3x3, 4 channels (one block per tap), input 1 x 3, padding 1: three padded rows of 5 blocks.
# Pitch: smallest even n >= 5 with (n // 4) mod 2 = 1: 6. Rows start at blocks 0, 6, 12.
# Blocked needs 9 blocks per pixel, unfolded ceil(36 / 4) = 9: the tie goes to blocked.
# Image: 18 blocks; weights: blocks 24..32 (rows 3, 4); outputs: blocks 40..42 (row 5).
# Pixel x reads the runs x..x+2, x+6..x+8, x+12..x+14; pairs start at even columns:
#   visit   row     reads               visit   row     reads
#    0     b0 r0    RD2 0, RD 2          7     b1 r1    RD 1, RD2 2
#    1     b1 r0    RD2 2                8     b0 r0    RD2 2
#    2     b0 r1    RD 0                 9     b1 r0    RD 0
#    3     b1 r1    RD2 0, RD 2         10     b0 r1    RD2 0, RD 2
#    4     b0 r0    RD 1, RD2 2         11     b1 r1    RD2 2
#    5     b1 r0    RD 3                12     b0 r2    RD 0
#    6     b0 r1    RD2 0
# Gate of visit i: the last column command of visit i - 3. A bank is closed at
# max(gate, ACT + 6, last column + 1), opened 2 later (and 1 after the ACT before it), read 3
# later (and 1 after the read before it):
#   visit    gate   PRE                     ACT                  reads
#    0        0     -                        0                    3, 4
#    1        0     -                       0 + 1 = 1             max(1 + 3, 5) = 5
#    2        0     max(0 + 6, 4 + 1) = 6    8                   11
#    3        4     max(1 + 6, 5 + 1) = 7    9 (= 8 + 1)         12, 13
#    4        5     max(8 + 6, 12) = 14     16                   19, 20
#    5       11     max(9 + 6, 14) = 15     17                   max(20, 21) = 21
#    6       13     max(16 + 6, 21) = 22    24                   27
#    7       20     max(17 + 6, 22) = 23    25                   28, 29
#    8       21     max(24 + 6, 28) = 30    32                   35
#    9       27     max(25 + 6, 30) = 31    33                   36
#   10       29     max(32 + 6, 36) = 38    40                   43, 44
#   11       35     max(33 + 6, 37) = 39    41                   max(44, 45) = 45
#   12       36     max(40 + 6, 45) = 46    48                   51
#   end             b1: max(41 + 6, 46) = 47; b0: max(48 + 6, 52) = 54;  54 + 2 = 56 > 51 + 4
PADDED = Program(
    layer=conv((1, 4, 3, 3), 8, padding=1),
    codes=np.zeros((1, 4, 1, 3), np.int64),
    macs_width=(8, 8),
    cycles=16 + 56 + 13,
    vaults={
        0: VaultRun(
            trace=[
                # LOAD, a run of 9 blocks: ACT of bank 1 at 1, its reads at max(4, 5) = 5 and 6;
                # bank 0 again: PRE at max(6, 4 + 1) = 6, ACT at 8, RD at 11;
                # PREs at max(1 + 6, 6 + 1) = 7 and max(8 + 6, 12) = 14; ends at 16
                *phase(
                    0, mode(0, "int8"), act(0, R3), act(1, S3), rd2(3, R3, 0), rd2(4, R3, 2),
                    rd2(5, S3, 0), pre(6, R3), rd2(6, S3, 2), pre(7, S3), act(8, R4),
                    rd(11, R4, 0), pre(14, R4),
                ),
                *phase(
                    16, mode(0, "int8"),
                    act(0, R0), rd2(3, R0, 0), rd(4, R0, 2), pre(6, R0),
                    act(1, S0), rd2(5, S0, 2), pre(7, S0),
                    act(8, R1), rd(11, R1, 0), pre(14, R1),
                    act(9, S1), rd2(12, S1, 0), rd(13, S1, 2), pre(15, S1),
                    act(16, R0), rd(19, R0, 1), rd2(20, R0, 2), pre(22, R0),
                    act(17, S0), rd(21, S0, 3), pre(23, S0),
                    act(24, R1), rd2(27, R1, 0), pre(30, R1),
                    act(25, S1), rd(28, S1, 1), rd2(29, S1, 2), pre(31, S1),
                    act(32, R0), rd2(35, R0, 2), pre(38, R0),
                    act(33, S0), rd(36, S0, 0), pre(39, S0),
                    act(40, R1), rd2(43, R1, 0), rd(44, R1, 2), pre(46, R1),
                    act(41, S1), rd2(45, S1, 2), pre(47, S1),
                    act(48, R2), rd(51, R2, 0), pre(54, R2),
                ),
                # PRE at 5 + 6 = 11, ends at 13
                *phase(
                    16 + 56, act(0, R5), wr(3, R5, 0), wr(4, R5, 1), wr(5, R5, 2), pre(11, R5)
                ),
            ],
            banks={
                "act": [2 + 7 + 1, 1 + 6],
                "pre": [2 + 7 + 1, 1 + 6],
                "rd": [1 + 5, 4],  # visits 0, 2, 4, 10, 12 and 3, 5, 7, 9
                "rd2": [2 + 5, 2 + 4],  # visits 0, 4, 6, 8, 10 and 1, 3, 7, 11
                "wr": [3, 0],
            },
            counts={
                "offered": (9 + 27) * 64,
                "enabled": (9 + 27) * 32,
                "gated": (9 + 27) * 32,
                "written_bits": 3 * 64,
                "tsv_bits": 1152 + 192,
                "placed": 3 * 5,  # gaps up to the pitch hold nothing
                "streamed": 27,
                "buffer_written_bits": 9 * 32,
                "buffer_read_bits": 27 * 32,
                "updates": 27,
                "requantized": 3,
                "cycles": 85,
            },
            macs=27 * 4,  # border taps included
        )
    },
)  # fmt: skip

# Depthwise, 6 channels: planes of 4 lanes and of 2; 1x2 taps, one pixel. Each plane has its
# image (2 blocks), weights (one tap per block) and output: rows 0, 1, 2, then 3, 4, 5.
DEPTHWISE = Program(
    layer=conv((6, 1, 1, 2), 8, groups=6),
    codes=np.zeros((1, 6, 1, 2), np.int64),
    macs_width=(8, 8),
    cycles=2 * (8 + 8 + 11),
    vaults={
        0: VaultRun(
            trace=[
                *phase(0, mode(0, "int8"), act(0, R1), rd2(3, R1, 0), pre(6, R1)),
                *phase(8, mode(0, "int8"), act(0, R0), rd2(3, R0, 0), pre(6, R0)),
                *phase(16, act(0, R2), wr(3, R2, 0), pre(9, R2)),
                *phase(27, mode(0, "int8"), act(0, R4), rd2(3, R4, 0), pre(6, R4)),
                *phase(35, mode(0, "int8"), act(0, R3), rd2(3, R3, 0), pre(6, R3)),
                *phase(43, act(0, R5), wr(3, R5, 0), pre(9, R5)),
            ],
            banks={"act": [6, 0], "pre": [6, 0], "rd2": [4, 0], "wr": [2, 0]},
            counts={
                "offered": 8 * 64,
                "enabled": 8 * 32,
                "gated": 8 * 32,
                "written_bits": 2 * 64,
                "tsv_bits": 256 + 128,
                "placed": 2 + 2,
                "streamed": 2 + 2,
                "buffer_written_bits": 4 * 32,
                "buffer_read_bits": 4 * 32,
                "idle": 0 + 2 * 2,  # two lanes without a channel, two blocks
                "updates": 4 * 4,  # every lane of every block
                "requantized": 6,
                "cycles": 54,
            },
            macs=2 * 4 + 2 * 2,
        )
    },
)

# Four 4-bit blocks per read, rows of 8 columns, 28 channels: runs of 7 blocks, two pixels.
# Image: blocks 0..13 (row 0 of banks 0 and 1); weights: blocks 16..22; outputs: 32, 33.
# The second pixel starts at column 7: RD 7; then RD4 0, RD2 4 in bank 1.
FOUR_BLOCKS = Program(
    layer=conv((1, 28, 1, 1), 4),
    codes=np.zeros((1, 28, 1, 2), np.int64),
    spec=ONE_VAULT.replace(max_blocks_per_read=4, row_bytes=64),
    macs_width=(4, 4),
    cycles=9 + 12 + 12,
    vaults={
        0: VaultRun(
            trace=[
                # PRE at max(6, 5 + 1) = 6, ends at max(6 + 2, 5 + 4) = 9
                *phase(
                    0, mode(0, "int4"), act(0, R1),
                    rd4(3, R1, 0), rd2(4, R1, 4), rd(5, R1, 6), pre(6, R1),
                ),
                # bank 1 opens at tRRD; PREs at max(6, 6 + 1) and max(1 + 6, 8 + 1);
                # ends at max(9 + 2, 8 + 4) = 12
                *phase(
                    9, mode(0, "int4"), act(0, R0), act(1, S0),
                    rd4(3, R0, 0), rd2(4, R0, 4), rd(5, R0, 6), rd(6, R0, 7),
                    pre(7, R0), rd4(7, S0, 0), rd2(8, S0, 4), pre(9, S0),
                ),
                *phase(9 + 12, act(0, R2), wr(3, R2, 0), wr(4, R2, 1), pre(10, R2)),
            ],
            banks={
                "act": [3, 1], "pre": [3, 1], "rd": [1 + 2, 0], "rd2": [1 + 1, 1],
                "rd4": [1 + 1, 1], "wr": [2, 0],
            },
            counts={
                "offered": (7 + 14) * 64,
                "enabled": (7 + 14) * 16,
                "gated": (7 + 14) * 48,
                "written_bits": 2 * 64,
                "tsv_bits": 336 + 128,
                "placed": 14,
                "streamed": 14,
                "buffer_written_bits": 7 * 16,
                "buffer_read_bits": 14 * 16,
                "updates": 14,
                "requantized": 2,
                "cycles": 33,
            },
            macs=2 * 28,
        )
    },
)  # fmt: skip
