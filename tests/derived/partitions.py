"""One convolution on two vaults, by pixels and by filters, derived by hand. origin: derived.

1x1, 4 channels, 3 pixels in a row, 3 filters, 8 bits. Either way both vaults hold the whole
row: blocks 0..2 (row 0); weights from block 8 (row 1), outputs from block 16 (row 2). Of three,
vault 0 owns [0, 1) and vault 1 owns [1, 3). All activations were produced in vault 0.
"""

from __future__ import annotations

import numpy as np

from qpim_emu.hardware import TOY
from qpim_emu.mapping.request import Mapping
from tests.derived.notation import (
    Program,
    VaultRun,
    act,
    conv,
    mode,
    phase,
    pre,
    rd,
    wr,
)

__all__ = ["BY_FILTERS", "BY_PIXELS"]

R0, R1, R2 = ((0, row) for row in range(3))


def counts(
    *, loaded: int, streamed: int, written: int, macs: int, outputs: int, cycles: int
) -> dict[str, int]:
    """Counters of a vault in blocks; 8 of 16 lines are enabled, 4 words per block."""
    return {
        "offered": (loaded + streamed) * 64,
        "enabled": (loaded + streamed) * 32,
        "gated": (loaded + streamed) * 32,
        "written_bits": written * 64,
        "tsv_bits": (loaded + streamed) * 32 + written * 64,
        "placed": 3,
        "streamed": streamed,
        "buffer_written_bits": loaded * 32,
        "buffer_read_bits": streamed * 32,
        "updates": macs // 4,
        "requantized": outputs,
        "cycles": cycles,
    }


LAYER = conv((3, 4, 1, 1), 8)
CODES = np.zeros((1, 4, 1, 3), np.int64)

# By pixels every vault runs all three filters, one per pass, and writes them at the end:
# pass f is LOAD of weight block 8 + f (ends at 8), then STREAM of its pixels, one run each:
#   vault 0: block 0, RD at 3, ends at 8; WRITE of one block: PRE at 3 + 6, ends at 11
#   vault 1: blocks 1 and 2, RD at 3 and 4, ends at max(6 + 2, 4 + 4) = 8;
#            WRITE of two blocks: PRE at 4 + 6, ends at 12
BY_PIXELS = Program(
    layer=LAYER,
    codes=CODES,
    spec=TOY,
    mapping=Mapping(partition="pixels"),
    homes=np.zeros(CODES.shape, np.int64),
    macs_width=(8, 8),
    cycles=3 * (8 + 8) + 12,  # the slower one
    vaults={
        0: VaultRun(
            trace=[
                *(
                    command
                    for f in range(3)
                    for command in (
                        *phase(16 * f, mode(0, "int8"), act(0, R1), rd(3, R1, f), pre(6, R1)),
                        *phase(16 * f + 8, mode(0, "int8"), act(0, R0), rd(3, R0, 0), pre(6, R0)),
                    )
                ),
                *phase(48, act(0, R2), wr(3, R2, 0), pre(9, R2)),
            ],
            banks={"act": [7, 0], "pre": [7, 0], "rd": [6, 0], "wr": [1, 0]},
            counts=counts(
                loaded=3, streamed=3, written=1, macs=1 * 3 * 4, outputs=3, cycles=48 + 11
            ),
            macs=1 * 3 * 4,
        ),
        1: VaultRun(
            trace=[
                *(
                    command
                    for f in range(3)
                    for command in (
                        *phase(16 * f, mode(0, "int8"), act(0, R1), rd(3, R1, f), pre(6, R1)),
                        *phase(
                            16 * f + 8, mode(0, "int8"), act(0, R0),
                            rd(3, R0, 1), rd(4, R0, 2), pre(6, R0),
                        ),
                    )
                ),
                *phase(48, act(0, R2), wr(3, R2, 0), wr(4, R2, 1), pre(10, R2)),
            ],
            banks={"act": [7, 0], "pre": [7, 0], "rd": [9, 0], "wr": [2, 0]},
            counts={
                **counts(
                    loaded=3, streamed=6, written=2, macs=2 * 3 * 4, outputs=6, cycles=48 + 12
                ),
                "vault_bits": 3 * 4 * 16,  # 12 codes, whole words
            },
            macs=2 * 3 * 4,
        ),
    },
)  # fmt: skip

# By filters every vault streams all three pixels past its own: RD at 3, 4, 5, ends at
# max(6 + 2, 5 + 4) = 9; a WRITE of three blocks: PRE at 5 + 6 = 11, ends at 13.
THREE_READS = (rd(3, R0, 0), rd(4, R0, 1), rd(5, R0, 2))
THREE_WRITES = (act(0, R2), wr(3, R2, 0), wr(4, R2, 1), wr(5, R2, 2), pre(11, R2))
BY_FILTERS = Program(
    layer=LAYER,
    codes=CODES,
    spec=TOY,
    mapping=Mapping(partition="filters"),
    macs_width=(8, 8),
    cycles=2 * (8 + 9) + 13,
    vaults={
        0: VaultRun(
            trace=[
                *phase(0, mode(0, "int8"), act(0, R1), rd(3, R1, 0), pre(6, R1)),
                *phase(8, mode(0, "int8"), act(0, R0), *THREE_READS, pre(6, R0)),
                *phase(17, *THREE_WRITES),
            ],
            banks={"act": [3, 0], "pre": [3, 0], "rd": [4, 0], "wr": [3, 0]},
            counts=counts(
                loaded=1, streamed=3, written=3, macs=3 * 1 * 4, outputs=3, cycles=17 + 13
            ),
            macs=3 * 1 * 4,
        ),
        1: VaultRun(
            trace=[
                *phase(0, mode(0, "int8"), act(0, R1), rd(3, R1, 0), pre(6, R1)),
                *phase(8, mode(0, "int8"), act(0, R0), *THREE_READS, pre(6, R0)),
                *phase(17, mode(0, "int8"), act(0, R1), rd(3, R1, 1), pre(6, R1)),
                *phase(25, mode(0, "int8"), act(0, R0), *THREE_READS, pre(6, R0)),
                *phase(34, *THREE_WRITES),
            ],
            banks={"act": [5, 0], "pre": [5, 0], "rd": [8, 0], "wr": [3, 0]},
            counts=counts(
                loaded=2, streamed=6, written=3, macs=3 * 2 * 4, outputs=6, cycles=34 + 13
            ),
            macs=3 * 2 * 4,
        ),
    },
)
