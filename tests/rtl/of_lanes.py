"""Bugs to plant in the lanes and the vault around them, with the packages that must notice."""

from __future__ import annotations

from tests.rtl.planted import Planted, bug

__all__ = ["BUGS"]

BUGS = (
    bug(
        "qpim_array",
        "tail words multiplied",
        "(lane) < live ? product : '0",
        "(0) < live ? product : '0",
        by="passes",
    ),
    bug("qpim_array", "one tail word multiplied", "(lane) < live", "(lane) <= live", by="passes"),
    bug(
        "qpim_array",
        "sign of the streamed zero point",
        "- streamed_zero",
        "+ streamed_zero",
        by="passes",
    ),
    bug("qpim_array", "sign of the resident zero point", "- w_zero", "+ w_zero", by="passes"),
    bug(
        "qpim_array",
        "one zero point for all lanes",
        "resident_zeros[lane*ZERO",
        "resident_zeros[0",
        by="depthwise",
    ),
    bug(
        "qpim_array",
        "product cut to 16 bits",
        "PRODUCT'(w_centred);",
        "PRODUCT'(w_centred) <<< 19 >>> 19;",
        by="windows-one-block",
    ),
    bug(
        "qpim_lanes",
        "second block of a read not added",
        "3'(block) < count",
        "3'(block) < 3'd1",
        by="passes",
    ),
    bug(
        "qpim_lanes",
        "lane 0 adds its product only",
        "lane == 0 ? sum : '0",
        "lane == 0 ? SUM'(product) : '0",
        by="passes",
    ),
    bug(
        "qpim_lanes",
        "lanes add the sum",
        "per_lane ? SUM'(product) : of_block",
        "per_lane ? sum : of_block",
        by="depthwise",
    ),
    bug(
        "qpim_lanes",
        "no sign extension",
        "wire signed [PRODUCT-1:0] product",
        "wire [PRODUCT-1:0] product",
        by="overflow-saturate",
    ),
    Planted(
        "qpim_lanes",
        "B added before A",
        (
            ("streamed[block*BLOCK+:BLOCK]", "streamed[(count-1-block)*BLOCK+:BLOCK]"),
            ("resident[block*BLOCK+:BLOCK]", "resident[(count-1-block)*BLOCK+:BLOCK]"),
            ("live[block*LIVE+:LIVE]", "live[(count-1-block)*LIVE+:LIVE]"),
        ),
        "passes",
    ),
    bug(
        "qpim_accumulate",
        "clips where it should wrap",
        "saturate & ~fits",
        "~fits",
        by="overflow-wrap",
    ),
    bug(
        "qpim_accumulate",
        "wraps where it should clip",
        "saturate & ~fits",
        "1'b0",
        by="overflow-saturate",
    ),
    bug(
        "qpim_accumulate",
        "limits swapped",
        "negative ? MOST_NEGATIVE : MOST_POSITIVE",
        "negative ? MOST_POSITIVE : MOST_NEGATIVE",
        by="overflow-saturate",
    ),
    bug(
        "qpim_accumulate",
        "clips symmetrically",
        "{1'b1, {A - 1{1'b0}}}",
        "{1'b1, {A - 2{1'b0}}, 1'b1}",
        by="overflow-saturate",
    ),
    bug(
        "qpim_accumulate",
        "looks at the accumulator's bits only",
        "EXACT'(addend)",
        "EXACT'($signed(A'(addend)))",
        by="overflow-saturate",
    ),
    bug(
        "qpim_vault",
        "second block of a read not buffered",
        "load && 3'(part) < count",
        "load && part == 0",
        by="passes",
    ),
    bug(
        "qpim_vault",
        "every slot meets the first vector",
        "resident[slot*AT+:AT]",
        "resident[0+:AT]",
        by="passes",
    ),
    bug(
        "qpim_vault",
        "one zero point for all slots",
        "[slot*WPB*ZERO+:WPB*ZERO]",
        "[0+:WPB*ZERO]",
        by="passes",
    ),
    bug(
        "qpim_vault",
        "window kept",
        "window_shift <= shift",
        "window_shift <= 5'd0",
        by="windows-two-blocks",
    ),
)
