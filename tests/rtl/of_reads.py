"""Bugs to plant in what a read brings to the lanes, with the packages that must notice."""

from __future__ import annotations

from tests.rtl.planted import bug

__all__ = ["BUGS"]

BUGS = (
    bug(
        "qpim_gate",
        "mask one line too long",
        "5'(line) < past",
        "5'(line) <= past",
        by="windows-two-blocks",
    ),
    bug(
        "qpim_gate",
        "mask begins one line late",
        "first <= 5'(line)",
        "first < 5'(line)",
        by="windows-two-blocks",
    ),
    bug(
        "qpim_gate",
        "groups not closed",
        "precision + WITHIN_GROUP) & ~WITHIN_GROUP",
        "precision)",
        by="windows-two-blocks-groups-of-4",
    ),
    bug(
        "qpim_gate",
        "groups not opened",
        "first = shift & ~WITHIN_GROUP",
        "first = shift",
        by="windows-two-blocks-groups-of-4",
    ),
    bug(
        "qpim_gate",
        "half the word is too much for a pair",
        "<= 5'(W / 2)",
        "< 5'(W / 2)",
        by="windows-two-blocks-groups-of-4",
    ),
    bug(
        "qpim_gate",
        "half the word is enough for four",
        "<= 5'(W / 4)",
        "<= 5'(W / 2)",
        by="windows-four-blocks",
    ),
    bug(
        "qpim_steer",
        "halves swapped",
        "moved[0] | moved[1] << W / 2",
        "moved[1] | moved[0] << W / 2",
        by="windows-four-blocks",
    ),
    bug(
        "qpim_steer",
        "quarters swapped",
        "moved[2] << 2 * (W / 4)",
        "moved[2] << 3 * (W / 4)",
        by="windows-four-blocks",
    ),
    bug(
        "qpim_steer",
        "lines not moved to the block's start",
        ">> first",
        "",
        by="windows-two-blocks",
    ),
    bug(
        "qpim_steer",
        "gated lines reach the bus",
        "word*W+:W] & mask;",
        "word*W+:W];",
        by="windows-two-blocks",
    ),
    bug(
        "qpim_steer",
        "gated lines of a pair leak",
        "+word)*W+:W] & mask)",
        "+word)*W+:W])",
        by="windows-four-blocks",
    ),
    bug(
        "qpim_unpack",
        "no sign extension",
        "sign ? field | ~field_mask : field",
        "field",
        by="windows-two-blocks",
    ),
    bug(
        "qpim_unpack",
        "unsigned read as signed",
        "encoding == SIGNED ?",
        "encoding != BIPOLAR ?",
        by="windows-two-blocks",
    ),
    bug(
        "qpim_unpack",
        "bipolar 0 read as 0",
        "OPERAND'(1) : ~OPERAND'(0)",
        "OPERAND'(1) : '0",
        by="windows-two-blocks",
    ),
    bug(
        "qpim_unpack",
        "lines of the group reach the operand",
        " & field_mask;",
        ";",
        by="windows-two-blocks",
    ),
    bug(
        "qpim_unpack",
        "shift of the window not undone",
        "pitch + shift - first",
        "pitch + first",
        by="windows-two-blocks",
    ),
    bug(
        "qpim_unpack",
        "four blocks at the distance of two",
        "5'(W / 4)",
        "5'(W / 2)",
        by="windows-four-blocks",
    ),
)
