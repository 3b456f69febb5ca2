"""Fully connected layers, derived by hand. origin: derived.

A linear layer places its activations first, then the weights, then one output region per batch
row, each from column 0 of bank 0. TOY has 4 words per block, 4 columns per row and 2 banks, so
a stripe is 8 blocks and block address 8 is row 1 of bank 0.
"""

from __future__ import annotations

import numpy as np

from qpim_emu.arith.formats import Int
from qpim_emu.arith.window import Window
from qpim_emu.hardware import TOY
from qpim_emu.workload.requantize import Requantize
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
    rd2,
    wr,
)

__all__ = ["FILTERS_PER_PASS", "GRANULARITY", "K_CHUNKS", "ONE_BLOCK", "WIDE_OUTPUT"]

R0, R1, R2, R3, R4 = ((0, row) for row in range(5))
B1R1 = (1, 1)

# One filter of three 4-bit weights on 3-bit activations. Of two vaults, vault v owns filters
# v * 1 // 2 up to (v + 1) * 1 // 2: vault 0 none, vault 1 the only one.
# activations: block 0 (row 0); weights: block 8 (row 1); output: block 16 (row 2)
ONE_BLOCK = Program(
    layer=linear(1, 3, 4, activation_type=Int(3)),
    codes=np.zeros((1, 3), np.int64),
    spec=TOY,
    macs_width=(4, 3),
    cycles=8 + 8 + 11,
    vaults={
        1: VaultRun(
            trace=[
                # LOAD: RD at tRCD = 3; PRE at max(tRAS = 6, 3 + tRTP) = 6; ends at
                # max(6 + tRP, 3 + 4) = 8
                *phase(0, mode(0, "int3"), act(0, R0), rd(3, R0, 0), pre(6, R0)),
                # STREAM: the same in row 1
                *phase(8, mode(0, "int4"), act(0, R1), rd(3, R1, 0), pre(6, R1)),
                # WRITE: PRE at max(6, 3 + 6) = 9; ends at max(9 + 2, 3 + 4) = 11
                *phase(8 + 8, act(0, R2), wr(3, R2, 0), pre(9, R2)),
            ],
            banks={"act": [3, 0], "pre": [3, 0], "rd": [2, 0], "wr": [1, 0]},
            counts={
                "offered": 2 * 64,
                "enabled": 4 * 3 + 4 * 4,  # words x lines: 28
                "gated": 128 - 28,
                "written_bits": 64,
                "tsv_bits": 28 + 64,
                "placed": 1,
                "streamed": 1,
                "buffer_written_bits": 4 * 3,
                "buffer_read_bits": 4 * 3,
                "idle": 1,  # the fourth word only fills the block
                "updates": 1,
                "requantized": 1,
                "cycles": 27,
            },
            macs=3,
        )
    },
)

# Two filters of 12 channels (3 blocks) on x = (1, 2, .. 12), and a PE buffer of 8 words: chunks
# of 2 blocks and 1.
# activations: blocks 0..2; weights: blocks 8..10 and 11..13; output: block 16
K_CHUNKS = Program(
    layer=linear(2, 12, 8, weights=[[1] * 12, [0] * 8 + [1] * 4]),
    codes=np.arange(1, 13).reshape(1, 12),
    spec=ONE_VAULT.replace(pe_buffer_words=8),
    macs_width=(8, 8),
    cycles=8 + 9 + 8 + 9 + 11,
    vaults={
        0: VaultRun(
            trace=[
                # LOAD chunk 0: blocks 0 and 1 fit the bus together (2 x 8 lines = W)
                *phase(0, mode(0, "int8"), act(0, R0), rd2(3, R0, 0), pre(6, R0)),
                # STREAM chunk 0: filter 0 is blocks 8 and 9; filter 1 is block 11 (column 3)
                # and block 12 (bank 1). ACT of bank 1 at tRRD = 1, its RD at
                # max(1 + 3, 4 + 1) = 5; PREs at max(6, 4 + 1) and max(1 + 6, 5 + 1);
                # ends at max(7 + 2, 5 + 4) = 9
                *phase(
                    8, mode(0, "int8"), act(0, R1), act(1, B1R1),
                    rd2(3, R1, 0), rd(4, R1, 3), rd(5, B1R1, 0), pre(6, R1), pre(7, B1R1),
                ),
                # LOAD chunk 1: block 2
                *phase(8 + 9, mode(0, "int8"), act(0, R0), rd(3, R0, 2), pre(6, R0)),
                # STREAM chunk 1: blocks 10 and 13; RD of bank 1 at max(1 + 3, 3 + 1) = 4;
                # ends at max(7 + 2, 4 + 4) = 9
                *phase(
                    8 + 9 + 8, mode(0, "int8"), act(0, R1), act(1, B1R1),
                    rd(3, R1, 2), rd(4, B1R1, 1), pre(6, R1), pre(7, B1R1),
                ),
                *phase(8 + 9 + 8 + 9, act(0, R2), wr(3, R2, 0), pre(9, R2)),
            ],
            banks={"act": [5, 2], "pre": [5, 2], "rd": [3, 2], "rd2": [2, 0], "wr": [1, 0]},
            counts={
                "offered": (3 + 6) * 64,
                "enabled": (3 + 6) * 32,
                "gated": (3 + 6) * 32,
                "written_bits": 64,
                "tsv_bits": 288 + 64,
                "placed": 3,
                "streamed": 6,
                "buffer_written_bits": 3 * 32,
                "buffer_read_bits": 6 * 32,
                "updates": 6,
                "requantized": 2,
                "cycles": 45,
            },
            macs=24,
        )
    },
    # 1 + 2 + .. + 12 over both chunks; 9 + 10 + 11 + 12 in the second alone
    words={(0, 16): (78, 42, 0, 0)},
)  # fmt: skip

# Accumulators of 48 bits are the outputs: ceil(48 / 16) = 3 blocks per block of filters, low
# words first. x = (1, 2, 3, 4): filter 0 gives -10, filter 1 gives 2**40 + 10.
# activations: block 0; weights: blocks 8 and 9, one run each, so no dual read; outputs: 16..18
WIDE_OUTPUT = Program(
    layer=linear(2, 4, 4, weights=[[-1] * 4, [1] * 4], bias=[0, 2**40], requantize=Requantize()),
    codes=np.array([[1, 2, 3, 4]]),
    macs_width=(4, 4),
    cycles=8 + 8 + 13,
    vaults={
        0: VaultRun(
            trace=[
                *phase(0, mode(0, "int4"), act(0, R0), rd(3, R0, 0), pre(6, R0)),
                # ends at max(6 + 2, 4 + 4) = 8
                *phase(8, mode(0, "int4"), act(0, R1), rd(3, R1, 0), rd(4, R1, 1), pre(6, R1)),
                # PRE at 5 + 6 = 11, ends at 13
                *phase(16, act(0, R2), wr(3, R2, 0), wr(4, R2, 1), wr(5, R2, 2), pre(11, R2)),
            ],
            banks={"act": [3, 0], "pre": [3, 0], "rd": [3, 0], "wr": [3, 0]},
            counts={
                "offered": 3 * 64,
                "enabled": 3 * 16,
                "gated": 3 * 48,
                "written_bits": 3 * 64,
                "tsv_bits": 48 + 192,
                "placed": 1,
                "streamed": 2,
                "buffer_written_bits": 16,
                "buffer_read_bits": 2 * 16,
                "updates": 2,
                "cycles": 29,  # and nothing is requantized
            },
            macs=8,
        )
    },
    words={
        (0, 16): (0x10000 - 10, 10, 0, 0),
        (0, 17): (0xFFFF, 0, 0, 0),
        (0, 18): (0xFFFF, 2 ** (40 - 32), 0, 0),
    },
)

# Lines are switched in groups of 4. Activations are bits 2..5 of 16-bit words: lines 0..7, so
# 2 x 8 lines fit and a pair is read; 9-bit weights take lines 0..11 and never pair.
GRANULARITY = Program(
    layer=linear(1, 8, 9, activation_type=Int(16), activation_window=Window(Int(4), shift=2)),
    codes=np.zeros((1, 8), np.int64),
    spec=ONE_VAULT.replace(gate_granularity=4),
    macs_width=(9, 4),
    cycles=8 + 8 + 11,
    vaults={
        0: VaultRun(
            trace=[
                *phase(0, mode(0, "int4<<2"), act(0, R0), rd2(3, R0, 0), pre(6, R0)),
                *phase(8, mode(0, "int9"), act(0, R1), rd(3, R1, 0), rd(4, R1, 1), pre(6, R1)),
                *phase(16, act(0, R2), wr(3, R2, 0), pre(9, R2)),
            ],
            banks={"act": [3, 0], "pre": [3, 0], "rd": [2, 0], "rd2": [1, 0], "wr": [1, 0]},
            counts={
                "offered": 4 * 64,
                "enabled": 2 * 4 * 8 + 2 * 4 * 12,  # 64 + 96
                "gated": 256 - 160,
                "written_bits": 64,
                "tsv_bits": 160 + 64,
                "placed": 2,
                "streamed": 2,
                "buffer_written_bits": 8 * 4,  # the precision, not the lines
                "buffer_read_bits": 2 * 4 * 4,
                "updates": 2,
                "requantized": 1,
                "cycles": 27,
            },
            macs=8,
        )
    },
)

# F = 2 with a batch of three: passes of rows 0 and 1, then row 2; each batch row is a run of
# its own (no dual read) and an output region of its own.
# activations: blocks 0..2; weights: blocks 8, 9; outputs: blocks 16, 24, 32 (rows 2, 3, 4)
FILTERS_PER_PASS = Program(
    layer=linear(2, 4, 4),
    codes=np.zeros((3, 4), np.int64),
    spec=ONE_VAULT.replace(filters_per_pass=2),
    macs_width=(4, 4),
    cycles=8 + 8 + 11 + 11 + 8 + 8 + 11,
    vaults={
        0: VaultRun(
            trace=[
                *phase(0, mode(0, "int4"), act(0, R0), rd(3, R0, 0), rd(4, R0, 1), pre(6, R0)),
                *phase(8, mode(0, "int4"), act(0, R1), rd(3, R1, 0), rd(4, R1, 1), pre(6, R1)),
                *phase(16, act(0, R2), wr(3, R2, 0), pre(9, R2)),
                *phase(27, act(0, R3), wr(3, R3, 0), pre(9, R3)),
                *phase(38, mode(0, "int4"), act(0, R0), rd(3, R0, 2), pre(6, R0)),
                *phase(46, mode(0, "int4"), act(0, R1), rd(3, R1, 0), rd(4, R1, 1), pre(6, R1)),
                *phase(54, act(0, R4), wr(3, R4, 0), pre(9, R4)),
            ],
            banks={"act": [7, 0], "pre": [7, 0], "rd": [2 + 2 + 1 + 2, 0], "wr": [3, 0]},
            counts={
                "offered": 7 * 64,
                "enabled": 7 * 16,
                "gated": 7 * 48,
                "written_bits": 3 * 64,
                "tsv_bits": 112 + 192,
                "placed": 3,
                "streamed": 2 + 2,
                "buffer_written_bits": 3 * 16,
                "buffer_read_bits": (2 * 2 + 2 * 1) * 16,  # streamed blocks x vectors held
                "updates": 2 * 2 + 2 * 1,
                "requantized": 6,
                "cycles": 65,
            },
            macs=2 * 3 * 4,
        )
    },
)
