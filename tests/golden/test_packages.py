"""Do all committed packages verify, and is what they were made from still there?"""

from __future__ import annotations

import pytest

from qpim_emu.golden import read_manifest, verify_package
from tests.golden.committed import NAMES, PACKAGES

MODES = {
    *("none", "shift", "scale_bias_shift", "q31_double", "q31_single", "q15_acc64"),
    *("f64_away", "f32_even", "f_even_zp_in", "multithreshold"),
}
MANIFESTS = {name: read_manifest(PACKAGES / name) for name in NAMES}
LAYERS = [
    (manifest, layer)
    for manifest in MANIFESTS.values()
    for layer in manifest["layers"]
    if layer["folder"]
]


@pytest.mark.parametrize("name", NAMES)
def test_package_is_what_comes_out_now(name: str) -> None:
    found = verify_package(PACKAGES / name, tier="fast" if name == "digits" else "literal")
    assert found.problems == ()


def test_every_mode_policy_and_read_is_there() -> None:
    assert {layer["requantize"]["mode"] for _, layer in LAYERS} == MODES
    policies = {layer["accumulator"]["overflow"] for _, layer in LAYERS}
    assert policies == {"wrap", "saturate", "trap"}
    totals = [
        node["counters"] for m in MANIFESTS.values() for s in m["sets"] for node in s["nodes"]
    ]
    assert all(sum(total[name] for total in totals) for name in ("rd", "rd2", "rd4", "ref", "idle"))
    formats = {layer["activation_window"]["format"] for _, layer in LAYERS}
    assert any(one.startswith("int") for one in formats)
    assert any(one.startswith("uint") for one in formats)
    assert "bipolar" in formats
    assert {layer["activation_window"]["shift"] > 0 for _, layer in LAYERS} == {True, False}
    granularities = {manifest["machine"]["gate_granularity"] for manifest, _ in LAYERS}
    assert {1, 2, 4} <= granularities


def test_they_are_small() -> None:
    files = [file for file in PACKAGES.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 5_000_000


def test_derived_ones_are_at_least_ten() -> None:
    origins = [manifest["origin"] for manifest in MANIFESTS.values()]
    assert origins.count("derived") >= 10
