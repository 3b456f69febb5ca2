"""Do parameters carry unit, range and source, and does TOML read back or name every problem?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qpim_emu.cost import PRESETS, Parameter, Parameters, preset
from qpim_emu.cost.parameters import UNITS
from qpim_emu.cost.presets import DS3_IDD, HMC_LIT
from qpim_emu.cost.toml import dump_parameters, dumps, load_parameters, loads, read_parameters
from qpim_emu.errors import InputError, SpecError
from qpim_emu.hardware.sources import Provenance

if TYPE_CHECKING:
    from pathlib import Path

ASSUMED = Provenance.ASSUMED


@pytest.mark.parametrize("parameters", PRESETS.values(), ids=PRESETS.keys())
def test_every_parameter_has_a_unit_a_source_and_a_range_around_it(parameters: Parameters) -> None:
    assert list(parameters.values) == list(UNITS)
    for one in parameters.values.values():
        low, high = one.bounds
        assert low <= one.value <= high
        assert one.source


def test_idd_formulas() -> None:
    vdd, tck = 1.2, 0.8
    row = vdd * (25 * (34 + 17) - 21 * 34 - 19 * 17) * tck
    assert DS3_IDD["activation_pj_per_row_bit"] * 2048 == pytest.approx(row)
    assert DS3_IDD["column_array_pj_per_bit"] * 512 == pytest.approx(vdd * 43 * 8 * tck, rel=1e-4)
    assert DS3_IDD["write_pj_per_bit"] * 512 == pytest.approx(vdd * 40 * 8 * tck)
    assert DS3_IDD["refresh_pj_per_ref"] == pytest.approx(vdd * 129 * 420 * tck)
    assert DS3_IDD["background_mw_per_vault"] == pytest.approx(vdd * 21)


def test_watts_of_the_stack() -> None:
    names = ("background_mw_per_vault", "refresh_mw_per_vault", "logic_static_mw_per_vault")
    assert [HMC_LIT[name] * 16 for name in names] == pytest.approx([480, 58, 120])


def test_unknown_range_is_half_of_the_value_both_ways() -> None:
    one = Parameter(value=4.0, provenance=ASSUMED, source="a guess")
    assert (one.has_range, one.bounds) == (False, (2.0, 6.0))


@pytest.mark.parametrize("name", PRESETS)
def test_toml_reads_back(name: str, tmp_path: Path) -> None:
    dump_parameters(preset(name), tmp_path / "p.toml")
    assert load_parameters(tmp_path / "p.toml") == preset(name)
    assert read_parameters(str(tmp_path / "p.toml")) == read_parameters(name.upper())


def test_toml_with_a_base_changes_what_it_names() -> None:
    text = 'base = "hmc-lit"\n[parameters.tsv_pj_per_bit]\nvalue = 0.1\nlow = 0.05\nhigh = 0.2\n'
    read = loads(text)
    assert read.name == "custom"
    assert read.values["tsv_pj_per_bit"] == Parameter(
        value=0.1, low=0.05, high=0.2, provenance=ASSUMED, source="given by the user"
    )
    assert {**read.values, "tsv_pj_per_bit": 0} == {**HMC_LIT.values, "tsv_pj_per_bit": 0}
    assert loads('base = "hmc-lit"') == HMC_LIT


def test_toml_names_every_problem_at_once() -> None:
    text = """
        colour = "red"
        base = "hmc-light"
        [parameters]
        network_pj_per_bit = 3
        warp_pj = { value = 1 }
        buffer_pj_per_bit = { value = -1 }
        mac_2x2_pj = { value = 1, low = 2, high = 3 }
        mac_4x4_pj = { value = 1, low = 0 }
        mac_8x8_pj = { value = 1, provenance = "dreamt", from = "above" }
        mac_16x16_pj = { value = nan }
        tsv_pj_per_bit = { source = "none" }
        write_pj_per_bit = { value = 1, source = 7 }
    """
    with pytest.raises(SpecError) as caught:
        loads(text)
    shown = "\n".join(caught.value.problems)
    for words in (
        "colour must be one of base, name, parameters",
        "base: parameters must be one of hmc-lit, ds3-idd, hbm2-measured, got 'hmc-light'",
        "network_pj_per_bit must be a table with a value, got 3",
        "warp_pj must be one of activation_pj_per_row_bit",
        "buffer_pj_per_bit: value must be a number of 0 or more, got -1",
        "mac_2x2_pj: value must be within low..high (2..3), got 1",
        "mac_4x4_pj: low and high must be given together, got 0 and None",
        "mac_8x8_pj: provenance must be one of published, derived, assumed, got 'dreamt'",
        "mac_8x8_pj.from must be one of value, low, high, provenance, source",
        "mac_16x16_pj: value must be a number of 0 or more, got nan",
        "tsv_pj_per_bit: value must be a number of 0 or more, got None",
        "write_pj_per_bit: source must be a string, got 7",
    ):
        assert words in shown
    assert len(caught.value.problems) == 12


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("= 3", "text must be TOML"),
        ("parameters = 3\nbase = 'hmc-lit'", "parameters must be a table, got 3"),
        ("name = 3\nbase = 'hmc-lit'", "name must be a string, got 3"),
        (dumps(HMC_LIT).replace("tsv_pj", "tsw_pj"), "tsv_pj_per_bit must be given, got nothing"),
    ],
)
def test_bad_toml(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        loads(text)


def test_unreadable_file_and_unknown_preset() -> None:
    with pytest.raises(SpecError, match=r"path must be a readable .* got nowhere\.toml"):
        read_parameters("nowhere.toml")
    with pytest.raises(InputError, match=r"parameters must be one of hmc-lit, .* got 'nowhere'"):
        read_parameters("nowhere")


def test_incomplete_set_is_refused() -> None:
    values = dict(HMC_LIT.values)
    values["warp"] = values.pop("tsv_pj_per_bit")
    with pytest.raises(SpecError) as caught:
        Parameters(name="x", values=values)
    assert len(caught.value.problems) == 2
