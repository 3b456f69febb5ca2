"""Are bins what the machine did, are those out of reach never hit, does the search close them?"""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given

from qpim_emu.arith.requantize import Constants, Mode
from qpim_emu.engine.run import plan_layer
from qpim_emu.golden import make_package, network_of, read_manifest
from qpim_emu.golden.classes import classify
from qpim_emu.golden.coverage import all_bins, hits_of
from qpim_emu.golden.locate import read_table
from qpim_emu.golden.reach import total_bounds, unreachable_bins
from qpim_emu.golden.ties import is_tie
from qpim_emu.golden.vectors import Case, make_sets
from qpim_emu.hardware import TOY
from qpim_emu.oracle import reference
from qpim_emu.testing.strategies import Case as CaseOfLayer
from qpim_emu.testing.strategies import cases
from qpim_emu.workload.accumulator import Overflow
from qpim_emu.workload.layers import Conv2d
from qpim_emu.workload.requantize import Requantize
from tests.golden.committed import NAMES, PACKAGES
from tests.golden.small import recipe, small_inputs, small_network

if TYPE_CHECKING:
    from pathlib import Path

RD = {1: "rd", 2: "rd2", 4: "rd4"}


def rows(table: Path) -> list[dict[str, int]]:
    """Records of a table by the names of their columns."""
    names, records = read_table(table)
    return [dict(zip(names, record, strict=True)) for record in records]


def hits_by_records(package: Path, manifest: dict[str, Any], position: int) -> Counter[str]:
    """Count the bins of a dot layer by what its vaults did, record by record."""
    layer = manifest["layers"][position]
    low = layer["requantize"].get("low", 0)
    hits: Counter[str] = Counter()
    for one in manifest["sets"]:
        node = one["nodes"][position]
        for vault in node["vaults"]:
            folder = package / node["folder"] / f"vault{vault:02d}"
            commands, macs = rows(folder / "commands.txt"), rows(folder / "macs.txt")
            seen: dict[tuple[int, int, int], set[str]] = {}
            clipped: set[tuple[int, int, int]] = set()
            for mac, add in zip(macs, rows(folder / "adds.txt"), strict=True):
                output = mac["image"], mac["filter"], mac["pixel"]
                kind = "tail" if mac["live"] < manifest["packing"]["words_per_block"] else "full"
                read = RD[commands[mac["command"]]["blocks"]]
                seen.setdefault(output, set()).add(f"{read}/{kind}")
                if add["clipped"]:
                    clipped.add(output)
            for drain in rows(folder / "drains.txt"):
                output = drain["image"], drain["filter"], drain["pixel"]
                side = "mid"
                if drain["clamped"]:
                    side = "low" if drain["output"] == low % (1 << 64) else "high"
                over = "over" if drain["overflowed"] or output in clipped else "fits"
                hits.update(f"{kind}/{side}/{over}" for kind in seen[output])
    return hits


@pytest.mark.parametrize(
    "name", ["overflow-wrap", "overflow-saturate", "windows-four-blocks", "passes", "convolutions"]
)
def test_bins_are_what_the_records_show(name: str) -> None:
    manifest = read_manifest(PACKAGES / name)
    for summary in manifest["coverage"]:
        position = next(
            i for i, layer in enumerate(manifest["layers"]) if layer["name"] == summary["layer"]
        )
        if summary["layer"] == "lanes":
            continue  # per lane there are several additions for a MAC
        without_ties: Counter[str] = Counter()
        for bin_name, hits in summary["hits"].items():
            read, kind, _, side, over = bin_name.split("/")
            without_ties[f"{read}/{kind}/{side}/{over}"] += hits
        assert without_ties == hits_by_records(PACKAGES / name, manifest, position)


@pytest.mark.parametrize("name", NAMES)
def test_no_bin_is_both_hit_and_out_of_reach(name: str) -> None:
    manifest = read_manifest(PACKAGES / name)
    for summary in manifest["coverage"]:
        patterns = [pattern for group in summary["unreachable"].values() for pattern in group]
        for hit in summary["hits"]:
            assert not [pattern for pattern in patterns if fnmatchcase(hit, pattern)]


@given(case=cases(max_macs=60, policies=(Overflow.WRAP, Overflow.SATURATE)))
def test_what_is_out_of_reach_is_never_hit(case: CaseOfLayer) -> None:
    plan = plan_layer(case.layer, case.codes.shape, spec=case.spec, mapping=case.mapping)
    codes = case.codes.reshape(plan.input_shape)
    hits = hits_of(plan, classify(plan, codes))
    patterns = [pattern for group in unreachable_bins(plan).values() for pattern in group]
    assert set(hits) <= set(all_bins(plan.spec))
    assert not [hit for hit in hits for pattern in patterns if fnmatchcase(hit, pattern)]
    low, high = total_bounds(plan.layer)
    totals = reference(plan.layer, codes, groups=plan.word_groups).totals
    for m in range(plan.layer.filters):
        assert all(low[m] <= total <= high[m] for total in totals[:, m].reshape(-1).tolist())


def test_one_code_may_be_neither_clamped_from_below_nor_from_above() -> None:
    layer = Conv2d(
        weights=np.zeros((1, 1, 1, 1), int),
        weight_type="int2",
        weight_zero_point=-2,
        activation_type="int13",
        requantize=Requantize(mode="f64_away", scale=0.5, zero_point=3, low=3, high=3),
    )
    codes = np.zeros((1, 1, 1, 1), int)
    plan = plan_layer(layer, codes.shape, spec=TOY)
    assert set(hits_of(plan, classify(plan, codes))) == {"rd/tail/plain/mid/fits"}
    patterns = [pattern for group in unreachable_bins(plan).values() for pattern in group]
    assert not [pattern for pattern in patterns if fnmatchcase("rd/tail/plain/mid/fits", pattern)]


@pytest.mark.parametrize(
    ("mode", "accumulator", "constants", "expected"),
    [
        (Mode.NONE, 1, {}, False),
        (Mode.SHIFT, -6, {"shift": 2}, True),
        (Mode.SHIFT, -5, {"shift": 2}, False),
        (Mode.SHIFT, 1, {"shift": 0}, False),
        (Mode.SCALE_BIAS_SHIFT, 2, {"multiplier": 3, "addend": -4, "shift": 2}, True),
        (Mode.Q31_DOUBLE, 3, {"multiplier": 1 << 30, "shift": 0}, True),
        (Mode.Q31_DOUBLE, 2, {"multiplier": 1 << 30, "shift": 1}, True),
        (Mode.Q31_DOUBLE, 8, {"multiplier": 1 << 30, "shift": 1}, False),
        (Mode.Q31_SINGLE, 2, {"multiplier": 1 << 30, "shift": 1}, True),
        (Mode.Q31_SINGLE, 3, {"multiplier": 1 << 30, "shift": 1}, False),
        (Mode.Q15_ACC64, 1, {"multiplier": 1 << 30, "shift": 0}, True),
        (Mode.F64_AWAY, -5, {"scale": 0.5}, True),
        (Mode.F32_EVEN, 5, {"scale": 0.25}, False),
        (Mode.F_EVEN_ZP_IN, 5, {"scale": 0.5, "zero_point": 3}, True),
    ],
)
def test_ties(mode: Mode, accumulator: int, constants: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    assert is_tie(mode, accumulator, Constants(**constants)) is expected


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
def test_the_search_closes_coverage(overflow: str, tmp_path: Path) -> None:
    network = small_network(overflow)
    sets = make_sets(network, TOY, list(Case), seed=3)
    make_package(recipe(network=network, sets=sets, parts=()), tmp_path / "closed")
    make_package(recipe(network=network, parts=()), tmp_path / "given")
    (closed,) = read_manifest(tmp_path / "closed")["coverage"]
    (given_inputs,) = read_manifest(tmp_path / "given")["coverage"]
    assert set(given_inputs["hits"]) < set(closed["hits"])
    assert overflow == "saturate" or closed["missed"] == []
    assert len(closed["hits"]) > 20


def test_the_same_seed_finds_the_same() -> None:
    found = [make_sets(small_network(), TOY, [Case.RANDOM, Case.TIES], seed=4) for _ in range(2)]
    for one, other in zip(*found, strict=True):
        assert one.case == other.case
        assert (one.inputs["input"] == other.inputs["input"]).all()


def test_cases_find_what_they_look_for(tmp_path: Path) -> None:
    for case, name in ((Case.TIES, "ties"), (Case.OVERFLOW, "overflows")):
        sets = make_sets(small_network(), TOY, [case], seed=0)
        manifest = make_package(recipe(sets=sets, parts=()), tmp_path / name)
        assert all(one["nodes"][0][name] for one in manifest["sets"])


def test_a_layer_is_a_network(tmp_path: Path) -> None:
    layer: Any = small_network().nodes[0].step
    network = network_of(layer, (5, 3, 3), name="alone")
    manifest = make_package(recipe(network=network, parts=()), tmp_path / "made")
    assert [node["name"] for node in manifest["layers"]] == ["layer"]
    assert small_inputs()["input"].shape[1:] == (5, 3, 3)
