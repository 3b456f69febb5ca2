"""The two machines that ship: `PAPER`, as close to Quant-PIM as is published, and `TOY`, for tests.

The full text of the Quant-PIM paper was not available: only the word width and the two blocks
per read are stated by its abstract. Everything else is built on published stacks, or assumed;
`Spec.sources` says which, field by field.
"""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

from qpim_emu.errors import InputError
from qpim_emu.hardware.sources import Provenance, Source
from qpim_emu.hardware.spec import PartnerRule, RowPolicy, Spec
from qpim_emu.hardware.timing import Timing

__all__ = ["PAPER", "PRESETS", "TOY", "preset"]

PUBLISHED, DERIVED, ASSUMED = Provenance.PUBLISHED, Provenance.DERIVED, Provenance.ASSUMED

GEM5 = "gem5, HMC_2500_1x32"
ABSTRACT = "Quant-PIM (IEEE Embedded Systems Letters 13(4):162-165, 2021), abstract"

PAPER_SOURCES: dict[str, tuple[Provenance, str]] = {
    "vaults": (PUBLISHED, GEM5),
    "layers": (PUBLISHED, GEM5),
    "banks_per_layer": (PUBLISHED, GEM5),
    "row_bytes": (PUBLISHED, GEM5),
    "block_bytes": (PUBLISHED, f"{GEM5}: bursts of 8 over 32 TSVs"),
    "bank_bytes": (DERIVED, "2 GiB per cube / (16 vaults x 8 banks); CasHMC has 16 MB as well"),
    "word_bits": (PUBLISHED, f"{ABSTRACT}: compared with the same system at 16 bits"),
    "max_blocks_per_read": (PUBLISHED, f"{ABSTRACT}: one read returns two data blocks"),
    "filters_per_pass": (
        ASSUMED,
        "Neurocube-like streaming, known to favour the headline; 16 models reuse as in TETRIS",
    ),
    "pe_buffer_words": (ASSUMED, "64 KiB of 16-bit words"),
    "max_accumulator_bits": (ASSUMED, "holds the accumulators of the common quantized formats"),
    "gate_granularity": (ASSUMED, "every data line has its own gate"),
    "partner_rule": (ASSUMED, "the blocks of a read differ in the lowest column bits only"),
    "row_policy": (ASSUMED, "streams read whole rows"),
    "look_ahead": (ASSUMED, "rows of two visits ahead are opened while one is read"),
    "timing.tck_ns": (PUBLISHED, f"{GEM5}; CasHMC"),
    "timing.trcd_ns": (PUBLISHED, f"{GEM5}; CasHMC"),
    "timing.tcl_ns": (PUBLISHED, f"{GEM5}; CasHMC"),
    "timing.trp_ns": (PUBLISHED, f"{GEM5}; CasHMC"),
    "timing.tras_ns": (PUBLISHED, f"{GEM5}; CasHMC"),
    "timing.trtp_ns": (PUBLISHED, f"{GEM5}; CasHMC"),
    "timing.twr_ns": (PUBLISHED, f"{GEM5}; CasHMC"),
    "timing.trrd_ns": (PUBLISHED, f"{GEM5}, which assumes four cycles; CasHMC"),
    "timing.tfaw_ns": (PUBLISHED, "CasHMC (gem5 sets no such limit)"),
    "timing.tccd_ns": (PUBLISHED, f"CasHMC; {GEM5} as tBURST"),
    "timing.trfc_ns": (PUBLISHED, f"{GEM5}; CasHMC"),
    "timing.trefi_ns": (PUBLISHED, f"{GEM5} (CasHMC refreshes half as often)"),
}
"""Origin of every field of `PAPER`."""


def collect_sources(reasons: dict[str, tuple[Provenance, str]]) -> tuple[Source, ...]:
    """Build the sources of a machine; units come from the metadata of the fields."""
    units = {item.name: str(item.metadata["unit"]) for item in fields(Spec)}
    units |= {
        f"timing.{item.name}": str(item.metadata["unit"]) for item in fields(Timing) if item.init
    }
    return tuple(
        Source(field=field, unit=units[field], provenance=provenance, reference=reference)
        for field, (provenance, reference) in reasons.items()
    )


PAPER = Spec(
    name="paper",
    vaults=16,
    layers=4,
    banks_per_layer=2,
    row_bytes=256,
    block_bytes=32,
    bank_bytes=16 * 2**20,
    word_bits=16,
    timing=Timing(
        tck_ns=Decimal("0.8"),
        trcd_ns=Decimal("10.2"),
        tcl_ns=Decimal("9.9"),
        trp_ns=Decimal("7.7"),
        tras_ns=Decimal("21.6"),
        trtp_ns=Decimal("4.9"),
        twr_ns=Decimal(8),
        trrd_ns=Decimal("3.2"),
        tfaw_ns=Decimal("19.2"),
        tccd_ns=Decimal("3.2"),
        trfc_ns=Decimal(59),
        trefi_ns=Decimal(3900),
    ),
    max_blocks_per_read=2,
    filters_per_pass=1,
    pe_buffer_words=32768,
    max_accumulator_bits=64,
    gate_granularity=1,
    partner_rule=PartnerRule.ALIGNED,
    row_policy=RowPolicy.OPEN,
    look_ahead=2,
    sources=collect_sources(PAPER_SOURCES),
)
"""Quant-PIM on an HMC-like cube: 16 vaults of 4 x 2 banks, 16-bit words."""

SMALL = (ASSUMED, "small, for tests")

TOY = Spec(
    name="toy",
    vaults=2,
    layers=1,
    banks_per_layer=2,
    row_bytes=32,
    block_bytes=8,
    bank_bytes=4 * 2**10,
    word_bits=16,
    timing=Timing(
        tck_ns=Decimal(1),
        trcd_ns=Decimal(3),
        tcl_ns=Decimal(3),
        trp_ns=Decimal(2),
        tras_ns=Decimal(6),
        trtp_ns=Decimal(1),
        twr_ns=Decimal(2),
        trrd_ns=Decimal(1),
        tfaw_ns=Decimal(6),
        tccd_ns=Decimal(1),
        trfc_ns=Decimal(10),
        trefi_ns=Decimal(200),
    ),
    max_blocks_per_read=2,
    filters_per_pass=1,
    pe_buffer_words=256,
    max_accumulator_bits=64,
    gate_granularity=1,
    partner_rule=PartnerRule.ALIGNED,
    row_policy=RowPolicy.OPEN,
    look_ahead=2,
    sources=collect_sources(dict.fromkeys(PAPER_SOURCES, SMALL)),
)
"""Two vaults of two 4 KiB banks: every mechanism of `PAPER`, within reach of a hand calculation."""

PRESETS = {spec.name: spec for spec in (PAPER, TOY)}
"""The machines by name."""


def preset(name: str) -> Spec:
    """Look a preset up by name, in any case.

    Raises
    ------
    InputError
        If there is no such preset.
    """
    spec = PRESETS.get(str(name).lower())
    if spec is None:
        msg = f"preset must be one of {', '.join(PRESETS)}, got {name!r}"
        raise InputError(msg)
    return spec
