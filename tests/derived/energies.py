"""The energy of every derived program, term by term in pJ, at the default parameters.

Written out as arithmetic from the commands of the derivations beside it; nothing is imported, so
that neither the engine nor the cost model can lend a number. The parameters ``hmc-lit`` are
literals here::

    activation      rows opened x bits of a row x 0.1115625   (TOY: 32 bytes are 256 bits)
    column_array    lines enabled x 1.51
    column_bus      lines enabled x 1.17
    read_fixed      bits of the blocks read x 0.05 x (1.51 + 1.17 = 2.68)
    tsv             (lines enabled + bits written) x 0.80
    write           bits written x 2.68
    network         bits moved between vaults x 0.20
    buffer          (operand bits written + read) x 0.042
    mac             MACs x energy at the product of their widths; straight lines between
                    4: 0.057, 16: 0.120, 64: 0.298, 256: 0.947
    background      cycles of the slowest vault x 1 ns x vaults x 30 mW
    refresh         the same x 3.625 mW; a REF command itself costs nothing here
    logic_static    the same x 7.5 mW

A block of TOY has 4 words of 16 bits, 64 bits. Terms that are not written are 0. origin: derived.
"""

from __future__ import annotations

__all__ = ["ENERGIES"]

ENERGIES: dict[str, dict[str, float]] = {
    # two blocks read, of 3 and 4 lines a word; 4 x 3 = 12 lies 8 / 12 of the way from 4 to 16
    "one_block": {
        "activation": 3 * 256 * 0.1115625,
        "column_array": (4 * 3 + 4 * 4) * 1.51,
        "column_bus": (4 * 3 + 4 * 4) * 1.17,
        "read_fixed": 2 * 64 * 0.05 * 2.68,
        "tsv": (4 * 3 + 4 * 4 + 64) * 0.80,
        "write": 64 * 2.68,
        "buffer": (4 * 3 + 4 * 3) * 0.042,
        "mac": 3 * (0.057 + 8 / 12 * (0.120 - 0.057)),
        "background": 27 * 2 * 30,
        "refresh": 27 * 2 * 3.625,
        "logic_static": 27 * 2 * 7.5,
    },
    # nine blocks read at 8 of 16 lines: LOADs of 2 + 1, STREAMs of 4 + 2
    "k_chunks": {
        "activation": (5 + 2) * 256 * 0.1115625,
        "column_array": 9 * 32 * 1.51,
        "column_bus": 9 * 32 * 1.17,
        "read_fixed": 9 * 64 * 0.05 * 2.68,
        "tsv": (9 * 32 + 64) * 0.80,
        "write": 64 * 2.68,
        "buffer": (3 + 6) * 32 * 0.042,
        "mac": 24 * 0.298,
        "background": 45 * 30,
        "refresh": 45 * 3.625,
        "logic_static": 45 * 7.5,
    },
    # three blocks read at 4 lines a word, three written: outputs of 48 bits
    "wide_output": {
        "activation": 3 * 256 * 0.1115625,
        "column_array": 3 * 16 * 1.51,
        "column_bus": 3 * 16 * 1.17,
        "read_fixed": 3 * 64 * 0.05 * 2.68,
        "tsv": (3 * 16 + 3 * 64) * 0.80,
        "write": 3 * 64 * 2.68,
        "buffer": (1 + 2) * 16 * 0.042,
        "mac": 8 * 0.120,
        "background": 29 * 30,
        "refresh": 29 * 3.625,
        "logic_static": 29 * 7.5,
    },
    # two blocks at 8 lines a word, two at 12; the buffer holds 4 bits a word; 9 x 4 = 36 lies
    # 20 / 48 of the way from 16 to 64
    "granularity": {
        "activation": 3 * 256 * 0.1115625,
        "column_array": (2 * 4 * 8 + 2 * 4 * 12) * 1.51,
        "column_bus": (2 * 4 * 8 + 2 * 4 * 12) * 1.17,
        "read_fixed": 4 * 64 * 0.05 * 2.68,
        "tsv": (2 * 4 * 8 + 2 * 4 * 12 + 64) * 0.80,
        "write": 64 * 2.68,
        "buffer": (2 + 2) * 4 * 4 * 0.042,
        "mac": 8 * (0.120 + 20 / 48 * (0.298 - 0.120)),
        "background": 27 * 30,
        "refresh": 27 * 3.625,
        "logic_static": 27 * 7.5,
    },
    # seven blocks read at 4 lines a word; a streamed block meets two held vectors, then one
    "filters_per_pass": {
        "activation": 7 * 256 * 0.1115625,
        "column_array": 7 * 16 * 1.51,
        "column_bus": 7 * 16 * 1.17,
        "read_fixed": 7 * 64 * 0.05 * 2.68,
        "tsv": (7 * 16 + 3 * 64) * 0.80,
        "write": 3 * 64 * 2.68,
        "buffer": (3 + 2 * 2 + 2 * 1) * 16 * 0.042,
        "mac": 2 * 3 * 4 * 0.120,
        "background": 65 * 30,
        "refresh": 65 * 3.625,
        "logic_static": 65 * 7.5,
    },
    # six blocks read in pairs; a pair costs what its two blocks cost
    "pairs": {
        "activation": 3 * 256 * 0.1115625,
        "column_array": 6 * 4 * 8 * 1.51,
        "column_bus": 6 * 4 * 8 * 1.17,
        "read_fixed": 6 * 64 * 0.05 * 2.68,
        "tsv": (6 * 4 * 8 + 2 * 64) * 0.80,
        "write": 2 * 64 * 2.68,
        "buffer": (2 + 4) * 4 * 8 * 0.042,
        "mac": 16 * 0.298,
        "background": 28 * 30,
        "refresh": 28 * 3.625,
        "logic_static": 28 * 7.5,
    },
    # the same one by one; 9 x 9 = 81 lies 17 / 192 of the way from 64 to 256
    "nine_bits": {
        "activation": 3 * 256 * 0.1115625,
        "column_array": 6 * 4 * 9 * 1.51,
        "column_bus": 6 * 4 * 9 * 1.17,
        "read_fixed": 6 * 64 * 0.05 * 2.68,
        "tsv": (6 * 4 * 9 + 2 * 64) * 0.80,
        "write": 2 * 64 * 2.68,
        "buffer": (2 + 4) * 4 * 9 * 0.042,
        "mac": 16 * (0.298 + 17 / 192 * (0.947 - 0.298)),
        "background": 30 * 30,
        "refresh": 30 * 3.625,
        "logic_static": 30 * 7.5,
    },
    # LOAD of 9 blocks, STREAM of 27, borders included; 10 rows of bank 0, 7 of bank 1
    "padded": {
        "activation": (10 + 7) * 256 * 0.1115625,
        "column_array": (9 + 27) * 32 * 1.51,
        "column_bus": (9 + 27) * 32 * 1.17,
        "read_fixed": (9 + 27) * 64 * 0.05 * 2.68,
        "tsv": ((9 + 27) * 32 + 3 * 64) * 0.80,
        "write": 3 * 64 * 2.68,
        "buffer": (9 + 27) * 32 * 0.042,
        "mac": 3 * 9 * 4 * 0.298,
        "background": 85 * 30,
        "refresh": 85 * 3.625,
        "logic_static": 85 * 7.5,
    },
    # two planes of 2 + 2 blocks; the two idle lanes of the second cost no MAC
    "depthwise": {
        "activation": 6 * 256 * 0.1115625,
        "column_array": 8 * 32 * 1.51,
        "column_bus": 8 * 32 * 1.17,
        "read_fixed": 8 * 64 * 0.05 * 2.68,
        "tsv": (8 * 32 + 2 * 64) * 0.80,
        "write": 2 * 64 * 2.68,
        "buffer": (4 + 4) * 32 * 0.042,
        "mac": (2 * 4 + 2 * 2) * 0.298,
        "background": 54 * 30,
        "refresh": 54 * 3.625,
        "logic_static": 54 * 7.5,
    },
    # rows of 64 bytes, 512 bits; 7 blocks loaded and 14 streamed at 4 lines a word
    "four_blocks": {
        "activation": (3 + 1) * 512 * 0.1115625,
        "column_array": (7 + 14) * 16 * 1.51,
        "column_bus": (7 + 14) * 16 * 1.17,
        "read_fixed": (7 + 14) * 64 * 0.05 * 2.68,
        "tsv": ((7 + 14) * 16 + 2 * 64) * 0.80,
        "write": 2 * 64 * 2.68,
        "buffer": (7 + 14) * 16 * 0.042,
        "mac": 2 * 28 * 0.120,
        "background": 33 * 30,
        "refresh": 33 * 3.625,
        "logic_static": 33 * 7.5,
    },
    # rows of 8 bytes, 64 bits; nothing gated; the 20 cycles of the barrier's refreshes count
    "refresh_between_rows": {
        "activation": (6 + 6 + 1) * 64 * 0.1115625,
        "column_array": 12 * 64 * 1.51,
        "column_bus": 12 * 64 * 1.17,
        "read_fixed": 12 * 64 * 0.05 * 2.68,
        "tsv": (12 * 64 + 64) * 0.80,
        "write": 64 * 2.68,
        "buffer": (6 + 6) * 64 * 0.042,
        "mac": 24 * 0.947,
        "background": (127 + 20) * 30,
        "refresh": (127 + 20) * 3.625,
        "logic_static": (127 + 20) * 7.5,
    },
    # rows of 128 bytes, 1024 bits; each of LOAD and STREAM opens its row twice
    "refresh_in_a_row": {
        "activation": (2 + 2 + 1) * 1024 * 0.1115625,
        "column_array": 26 * 64 * 1.51,
        "column_bus": 26 * 64 * 1.17,
        "read_fixed": 26 * 64 * 0.05 * 2.68,
        "tsv": (26 * 64 + 64) * 0.80,
        "write": 64 * 2.68,
        "buffer": (13 + 13) * 64 * 0.042,
        "mac": 52 * 0.947,
        "background": (160 + 20) * 30,
        "refresh": (160 + 20) * 3.625,
        "logic_static": (160 + 20) * 7.5,
    },
    # three visits in LOAD and in STREAM, and the row that is written
    "open_rows": {
        "activation": (3 + 3 + 1) * 256 * 0.1115625,
        "column_array": 24 * 64 * 1.51,
        "column_bus": 24 * 64 * 1.17,
        "read_fixed": 24 * 64 * 0.05 * 2.68,
        "tsv": (24 * 64 + 64) * 0.80,
        "write": 64 * 2.68,
        "buffer": (12 + 12) * 64 * 0.042,
        "mac": 48 * 0.947,
        "background": 59 * 30,
        "refresh": 59 * 3.625,
        "logic_static": 59 * 7.5,
    },
    # the same in four cycles less
    "closed_rows": {
        "activation": (3 + 3 + 1) * 256 * 0.1115625,
        "column_array": 24 * 64 * 1.51,
        "column_bus": 24 * 64 * 1.17,
        "read_fixed": 24 * 64 * 0.05 * 2.68,
        "tsv": (24 * 64 + 64) * 0.80,
        "write": 64 * 2.68,
        "buffer": (12 + 12) * 64 * 0.042,
        "mac": 48 * 0.947,
        "background": 55 * 30,
        "refresh": 55 * 3.625,
        "logic_static": 55 * 7.5,
    },
    # vault 0 reads 3 + 3 blocks, vault 1 3 + 6; vault 0 waits for the 60 cycles of vault 1;
    # 12 codes of whole words come from the other vault
    "by_pixels": {
        "activation": (7 + 7) * 256 * 0.1115625,
        "column_array": (6 + 9) * 32 * 1.51,
        "column_bus": (6 + 9) * 32 * 1.17,
        "read_fixed": (6 + 9) * 64 * 0.05 * 2.68,
        "tsv": ((6 + 9) * 32 + (1 + 2) * 64) * 0.80,
        "write": (1 + 2) * 64 * 2.68,
        "network": 12 * 16 * 0.20,
        "buffer": (6 + 9) * 32 * 0.042,
        "mac": 3 * 3 * 4 * 0.298,
        "background": 60 * 2 * 30,
        "refresh": 60 * 2 * 3.625,
        "logic_static": 60 * 2 * 7.5,
    },
    # vault 0 reads 1 + 3 blocks, vault 1 2 + 6; no input has a producer
    "by_filters": {
        "activation": (3 + 5) * 256 * 0.1115625,
        "column_array": (4 + 8) * 32 * 1.51,
        "column_bus": (4 + 8) * 32 * 1.17,
        "read_fixed": (4 + 8) * 64 * 0.05 * 2.68,
        "tsv": ((4 + 8) * 32 + (3 + 3) * 64) * 0.80,
        "write": (3 + 3) * 64 * 2.68,
        "buffer": (4 + 8) * 32 * 0.042,
        "mac": 3 * 3 * 4 * 0.298,
        "background": 47 * 2 * 30,
        "refresh": 47 * 2 * 3.625,
        "logic_static": 47 * 2 * 7.5,
    },
}
