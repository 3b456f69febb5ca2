"""Do machines survive a TOML file exactly, and is everything wrong with a file reported?"""

from __future__ import annotations

import os
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.errors import SpecError
from qpim_emu.hardware import PAPER, PRESETS, TOY, PartnerRule, Provenance, RowPolicy, Source, Spec
from qpim_emu.hardware.timing import Timing
from qpim_emu.hardware.toml import MAX_BYTES, dump_spec, dumps, load_spec, loads

if TYPE_CHECKING:
    from pathlib import Path

TIMES = [item.name for item in fields(Timing) if item.init]
NAMED = [source.field for source in PAPER.sources]


def problems_of(text: str) -> tuple[str, ...]:
    """List what a file is refused for."""
    with pytest.raises(SpecError) as caught:
        loads(text)
    return caught.value.problems


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    """Draw valid times with up to six decimal places, in plain and in exponent notation."""
    short = st.decimals(min_value="0.000001", max_value=50, places=6)
    times = {name: draw(short) for name in TIMES}
    times["tck_ns"] = draw(st.sampled_from([Decimal("0.8"), Decimal(1), Decimal("1E+1")]))
    times["trrd_ns"] = min(times["trrd_ns"], times["tras_ns"])
    times["tfaw_ns"] = min(times["tfaw_ns"], times["tras_ns"])
    times["trefi_ns"] = draw(st.sampled_from([Decimal("1E+4"), Decimal("3900.00")]))
    return Timing(**times)


@st.composite
def sources(draw: st.DrawFn) -> tuple[Source, ...]:
    """Draw sources of some fields, with any text."""
    names = draw(st.lists(st.sampled_from(NAMED), unique=True, max_size=3))
    return tuple(
        Source(
            field=name,
            unit=draw(st.text(max_size=4)),
            provenance=draw(st.sampled_from(Provenance)),
            reference=draw(st.text()),
        )
        for name in names
    )


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """Draw any valid machine of moderate size."""
    size = st.integers(1, 8)
    word_bits = 2 * draw(size)
    block_bytes = word_bits * draw(size)
    row_bytes = block_bytes * draw(size)
    filters = draw(size)
    group = draw(st.sampled_from([g for g in (1, 2, 4, 8, 16) if word_bits % g == 0]))
    most = draw(st.sampled_from([k for k in (1, 2, 4) if k <= word_bits]))
    return Spec(
        name=draw(st.text(min_size=1)),
        vaults=draw(size),
        layers=draw(size),
        banks_per_layer=draw(size),
        row_bytes=row_bytes,
        block_bytes=block_bytes,
        bank_bytes=row_bytes * draw(size),
        word_bits=word_bits,
        timing=draw(timings()),
        max_blocks_per_read=most,
        filters_per_pass=filters,
        pe_buffer_words=filters * 64 + draw(size),
        max_accumulator_bits=draw(st.integers(8, 64)),
        gate_granularity=group,
        partner_rule=draw(st.sampled_from(PartnerRule)),
        row_policy=draw(st.sampled_from(RowPolicy)),
        look_ahead=draw(st.integers(0, 5)),
        sources=draw(sources()),
    )


@given(specs())
def test_a_machine_survives_the_round_trip(spec: Spec) -> None:
    again = loads(dumps(spec))
    assert again == spec
    assert again.sources == spec.sources
    assert dumps(again) == dumps(spec)


@pytest.mark.parametrize("spec", PRESETS.values(), ids=PRESETS)
def test_presets_survive_a_file(spec: Spec, tmp_path: Path) -> None:
    dump_spec(spec, tmp_path / "machine.toml")
    again = load_spec(tmp_path / "machine.toml")
    assert (again, again.sources) == (spec, spec.sources)


def test_a_base_supplies_what_the_file_leaves_out() -> None:
    spec = loads('base = "paper"\nvaults = 8\n[timing]\ntrcd_ns = 11.2\ntcl_ns = "9.9"')
    assert spec.vaults == 8
    assert spec.timing.trcd_ns == Decimal("11.2")
    assert spec.timing.cycles.rcd == 14
    assert spec.timing.trp_ns == PAPER.timing.trp_ns
    assert spec.name == "custom"
    lost = {source.field for source in PAPER.sources} - {source.field for source in spec.sources}
    assert lost == {"vaults", "timing.trcd_ns"}


def test_a_file_with_nothing_but_a_base_is_the_base() -> None:
    spec = loads('base = "Toy"')
    assert (spec, spec.sources) == (TOY, TOY.sources)


def test_a_source_in_the_file_replaces_that_of_the_base() -> None:
    spec = loads(
        'base = "toy"\nname = "mine"\n[[sources]]\nfield = "vaults"\nunit = "1"\n'
        'provenance = "published"\nreference = "a book"'
    )
    (source,) = [source for source in spec.sources if source.field == "vaults"]
    assert source.reference == "a book"
    assert len(spec.sources) == len(TOY.sources)
    assert spec.name == "mine"


def test_fields_with_a_default_may_be_left_out_without_a_base() -> None:
    text = dumps(TOY.replace(name="custom", sources=()))
    lines = [line for line in text.splitlines() if not line.startswith(("look", "partner", "sour"))]
    assert loads("\n".join(lines)) == TOY.replace(name="custom")


def test_everything_wrong_with_a_file_is_reported_at_once() -> None:
    text = """
        base = "paper"
        valuts = 3
        word_bits = 7
        look_ahead = 2.0
        row_policy = "shut"
        [timing]
        trcd_ns = -1
        tck = 1
        [[sources]]
        field = "vaults"
        unit = "1"
        provenance = "guessed"
        reference = ""
        page = 4
        """
    found = problems_of(text)
    assert [problem.split()[0] for problem in found] == [
        "valuts",
        "timing.tck",
        "timing.trcd_ns",
        "sources[0].page",
        "sources[0]:",
        "look_ahead",
        "row_policy",
        "word_bits",
        "block_bytes",
    ]
    assert "look_ahead must be an integer in 0..65536, got 2.0" in found
    assert "timing.trcd_ns must be a number of nanoseconds in 1e-6..1e9, got -1" in found


def test_an_empty_file_lacks_every_field_without_a_default() -> None:
    needed = ["vaults", "layers", "banks_per_layer", "row_bytes", "block_bytes", "bank_bytes"]
    needed += ["word_bits", *(f"timing.{name}" for name in TIMES), "pe_buffer_words"]
    assert problems_of("") == tuple(f"{name} must be given, got nothing" for name in needed)


def test_an_unknown_base_does_not_blame_the_fields_it_would_give() -> None:
    assert problems_of('base = "hbm"\nvaults = 0') == (
        "base: preset must be one of paper, toy, got 'hbm'",
        "vaults must be an integer in 1..65536, got 0",
    )


def test_rules_between_times_hold_for_files_too() -> None:
    assert problems_of('base = "toy"\ntiming.trefi_ns = 35') == (
        "timing.trefi_ns must exceed the sum of the other times in cycles, got 35 cycles",
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ('base = "toy"\ntiming = 3', "timing must be a table, got 3"),
        ('base = "toy"\nsources = 3', "sources must be an array of tables, got 3"),
        ('base = "toy"\nsources = [3]', "sources must be an array of tables, got [3]"),
        ("base = 3", "base: preset must be one of paper, toy, got 3"),
        ('base = "toy"\ntiming.trcd_ns = nan', "timing.trcd_ns must be a number"),
        ('base = "toy"\ntiming.trcd_ns = 1979-05-27', "timing.trcd_ns must be a number"),
        ("vaults = ", "text must be TOML, got"),
        ("vaults = 1e99999999999999999999", "text must be TOML, got"),
        ("vaults = " + "9" * 5000, "text must be TOML, got"),
        ("vaults = " + "[" * 100_000, "text must be TOML, got"),
    ],
    ids=lambda value: value[:40],
)
def test_damage_is_a_spec_error(text: str, start: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith(start)


def test_a_file_that_cannot_be_read_is_a_spec_error(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    for name in ("missing.toml", "latin.toml"):
        with pytest.raises(SpecError, match="path must be a readable UTF-8 file, got .*" + name):
            load_spec(tmp_path / name)


def test_only_a_file_of_decent_size_is_read(tmp_path: Path) -> None:
    """A pipe would block, a device never end."""
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    for name in ("pipe.toml", "large.toml", "."):
        with pytest.raises(SpecError, match="path must be"):
            load_spec(tmp_path / name)


def test_byte_order_mark_of_some_editors(tmp_path: Path) -> None:
    (tmp_path / "marked.toml").write_bytes(b'\xef\xbb\xbfbase = "toy"\n')
    assert load_spec(tmp_path / "marked.toml") == TOY


def test_a_file_that_cannot_be_written_is_a_spec_error(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none" / "toy.toml"):
        with pytest.raises(SpecError, match="path must be a writable file, got "):
            dump_spec(TOY, place)
