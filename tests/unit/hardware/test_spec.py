"""Do the derived sizes and the block addresses of a machine follow from its fields?"""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, replace
from decimal import Decimal
from typing import Any

import pytest

from qpim_emu.errors import InputError, SpecError
from qpim_emu.hardware import (
    PAPER,
    TOY,
    PartnerRule,
    Place,
    RowPolicy,
    Source,
    Spec,
    Timing,
)


def test_derived_sizes_of_paper_by_hand() -> None:
    assert PAPER.banks == 8
    assert PAPER.columns == 8
    assert PAPER.words_per_block == 16
    assert PAPER.rows == 65536
    assert PAPER.stripe == 64
    assert PAPER.blocks == 4_194_304
    assert PAPER.lane_arrays == 2
    assert PAPER.word_mask == 0xFFFF
    assert PAPER.block_lines == 256
    assert PAPER.vaults * PAPER.banks * PAPER.bank_bytes == 2 * 2**30


def test_derived_sizes_of_toy_by_hand() -> None:
    assert (TOY.banks, TOY.columns, TOY.words_per_block, TOY.rows) == (2, 4, 4, 128)
    assert (TOY.stripe, TOY.blocks, TOY.lane_arrays, TOY.block_lines) == (8, 1024, 2, 64)


def test_lane_arrays_are_filters_times_blocks_per_read() -> None:
    assert TOY.replace(filters_per_pass=3, max_blocks_per_read=4).lane_arrays == 12


def test_column_runs_fastest_then_bank_then_row() -> None:
    places = [TOY.place(block) for block in (0, 3, 4, 7, 8, 13, 1023)]
    assert places == [
        Place(bank=0, row=0, column=0),
        Place(bank=0, row=0, column=3),
        Place(bank=1, row=0, column=0),
        Place(bank=1, row=0, column=3),
        Place(bank=0, row=1, column=0),
        Place(bank=1, row=1, column=1),
        Place(bank=1, row=127, column=3),
    ]


def test_address_inverts_place_on_every_block() -> None:
    places = [TOY.place(block) for block in range(TOY.blocks)]
    assert [TOY.address(*place) for place in places] == list(range(TOY.blocks))
    assert len(set(places)) == TOY.blocks


@pytest.mark.parametrize("block", [-1, 1024])
def test_a_block_outside_the_vault_is_refused(block: int) -> None:
    with pytest.raises(InputError, match=rf"block must be in 0\.\.1023, got {block}"):
        TOY.place(block)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ((2, 0, 0), r"bank must be in 0\.\.1, got 2"),
        ((0, 128, 0), r"row must be in 0\.\.127, got 128"),
        ((0, 0, 4), r"column must be in 0\.\.3, got 4"),
        ((0, -1, 0), r"row must be in 0\.\.127, got -1"),
    ],
)
def test_a_place_outside_the_vault_is_refused(place: tuple[int, int, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        TOY.address(*place)


def test_enumerations_are_accepted_as_strings() -> None:
    spec = TOY.replace(partner_rule="next", row_policy="closed")
    assert spec.partner_rule is PartnerRule.NEXT
    assert spec.row_policy is RowPolicy.CLOSED
    assert spec == TOY.replace(partner_rule=PartnerRule.NEXT, row_policy=RowPolicy.CLOSED)


def test_a_machine_is_immutable_and_hashable() -> None:
    with pytest.raises(FrozenInstanceError):
        TOY.vaults = 3  # type: ignore[misc]  # that is the point
    assert len({TOY, PAPER, replace(TOY)}) == 2


def test_a_machine_survives_copying_and_pickling() -> None:
    for same in (copy.deepcopy(PAPER), pickle.loads(pickle.dumps(PAPER))):  # noqa: S301 - our own
        assert same == PAPER
        assert same.sources == PAPER.sources
        assert same.timing.cycles == PAPER.timing.cycles


def test_sources_do_not_count_in_equality() -> None:
    bare = replace(PAPER, sources=())
    assert bare == PAPER
    assert hash(bare) == hash(PAPER)


def test_replace_drops_the_sources_and_the_name_of_what_changed() -> None:
    slower = replace(PAPER.timing, trcd_ns=Decimal(11))
    spec = PAPER.replace(vaults=8, row_bytes=256, timing=slower)
    lost = {source.field for source in PAPER.sources} - {source.field for source in spec.sources}
    assert lost == {"vaults", "timing.trcd_ns"}
    assert spec.name == "custom"
    assert PAPER.replace(vaults=8, name="half").name == "half"


def test_replace_without_a_change_is_the_same_machine() -> None:
    same = PAPER.replace(vaults=16)
    assert (same, same.sources) == (PAPER, PAPER.sources)


def test_replace_takes_new_sources_as_they_are() -> None:
    source = Source(
        field="vaults",
        unit="1",
        provenance="assumed",  # type: ignore[arg-type]  # strings are normalised
        reference="half a cube",
    )
    assert PAPER.replace(vaults=8, sources=[source]).sources == (source,)


def test_replace_refuses_fields_that_do_not_exist() -> None:
    with pytest.raises(SpecError) as caught:
        TOY.replace(valuts=3, banks=4)
    assert caught.value.problems == (
        "valuts must be a field of Spec, got an unknown name",
        "banks must be a field of Spec, got an unknown name",
    )


@pytest.mark.parametrize("kind", [Spec, Timing])
def test_every_field_says_its_unit_and_meaning(kind: Any) -> None:  # noqa: ANN401 - dataclass types
    for item in fields(kind):
        if item.init:
            assert set(item.metadata) == {"unit", "doc"}, item.name
            assert item.metadata["doc"], item.name
