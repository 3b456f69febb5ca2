"""Do the presets hold the published values, and does every value say where it comes from?"""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from qpim_emu.errors import InputError
from qpim_emu.hardware import PAPER, PRESETS, TOY, Provenance, Spec, Timing, preset


def test_the_geometry_of_paper() -> None:
    values = {item.name: getattr(PAPER, item.name) for item in fields(Spec)}
    del values["timing"], values["sources"]
    assert values == {
        "name": "paper",
        "vaults": 16,
        "layers": 4,
        "banks_per_layer": 2,
        "row_bytes": 256,
        "block_bytes": 32,
        "bank_bytes": 16_777_216,
        "word_bits": 16,
        "max_blocks_per_read": 2,
        "filters_per_pass": 1,
        "pe_buffer_words": 32768,
        "max_accumulator_bits": 64,
        "gate_granularity": 1,
        "partner_rule": "aligned",
        "row_policy": "open",
        "look_ahead": 2,
    }


def test_toy_differs_from_paper_in_size_only() -> None:
    same = ["word_bits", "max_blocks_per_read", "filters_per_pass", "max_accumulator_bits"]
    same += ["gate_granularity", "partner_rule", "row_policy", "look_ahead"]
    assert [getattr(TOY, name) for name in same] == [getattr(PAPER, name) for name in same]
    assert (TOY.vaults, TOY.layers, TOY.banks_per_layer) == (2, 1, 2)
    assert (TOY.row_bytes, TOY.block_bytes, TOY.bank_bytes) == (32, 8, 4096)
    assert TOY.pe_buffer_words == 256


@pytest.mark.parametrize("spec", PRESETS.values(), ids=PRESETS)
def test_every_value_has_one_source_with_its_unit(spec: Spec) -> None:
    units = {item.name: item.metadata["unit"] for item in fields(Spec)}
    del units["name"], units["timing"], units["sources"]
    units |= {f"timing.{item.name}": "ns" for item in fields(Timing) if item.init}
    assert len(spec.sources) == len(units)
    assert {source.field: source.unit for source in spec.sources} == units
    assert all(source.reference for source in spec.sources)


def test_only_the_word_and_the_two_blocks_come_from_the_paper() -> None:
    stated = {source.field for source in PAPER.sources if "Quant-PIM" in source.reference}
    assert stated == {"word_bits", "max_blocks_per_read"}


def test_what_is_not_published_says_so() -> None:
    kinds = {source.field: source.provenance for source in PAPER.sources}
    assert {field for field, kind in kinds.items() if kind is Provenance.DERIVED} == {"bank_bytes"}
    assert {field for field, kind in kinds.items() if kind is Provenance.ASSUMED} == {
        "filters_per_pass",
        "pe_buffer_words",
        "max_accumulator_bits",
        "gate_granularity",
        "partner_rule",
        "row_policy",
        "look_ahead",
    }
    assert {source.provenance for source in TOY.sources} == {Provenance.ASSUMED}


def test_presets_are_found_in_any_case() -> None:
    assert preset("paper") is preset("PAPER") is PAPER
    assert preset("Toy") is TOY


@pytest.mark.parametrize("name", ["", "hbm", 3])
def test_an_unknown_preset_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=rf"^preset must be one of paper, toy, got {name!r}$"):
        preset(name)


@pytest.mark.parametrize("spec", PRESETS.values(), ids=PRESETS)
def test_presets_pass_their_own_validation(spec: Spec) -> None:
    assert replace(spec) == spec
