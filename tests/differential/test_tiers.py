"""Do literal, fast and count agree on outputs, bank image, every counter and cycles?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.engine.fast import dots, drain, lanes
from qpim_emu.engine.run import Tier, count_layer, run_layer
from qpim_emu.hardware import PAPER, TOY
from qpim_emu.mapping import Mapping
from qpim_emu.oracle import reference
from qpim_emu.testing.same_run import assert_same_run
from qpim_emu.testing.strategies import KINDS, Case, cases, machines, timings
from qpim_emu.testing.tiers import assert_tiers_agree
from qpim_emu.workload.accumulator import Accumulator, Overflow
from qpim_emu.workload.layers import Conv2d, Linear
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from qpim_emu.hardware import Spec
    from qpim_emu.typing import IntArray

ONE_WORD_BLOCKS = [(16, 1), (16, 2), (8, 1), (12, 2)]
"""Words per block so few that vectors have many blocks: long runs, much pairing."""


def compare(case: Case, homes: IntArray | None = None) -> None:
    """Compare all tiers, and the oracle, on one case."""
    assert_tiers_agree(case.layer, case.codes, spec=case.spec, mapping=case.mapping, homes=homes)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_tiers_agree(kind: str, data: st.DataObject) -> None:
    compare(data.draw(cases(kinds=[kind], max_macs=250)))


@given(case=cases(spec=machines(words=ONE_WORD_BLOCKS, max_blocks=(4, 2)), max_macs=250))
def test_tiers_agree_where_blocks_are_read_together(case: Case) -> None:
    compare(case)


@given(case=cases(spec=machines(timing=timings(longest=3)), max_macs=250), seed=st.integers(0, 9))
def test_tiers_agree_where_refreshes_are_frequent(case: Case, seed: int) -> None:
    homes = np.random.default_rng(seed).integers(-1, case.spec.vaults, np.shape(case.codes))
    compare(case, homes)


@given(case=cases(policies=[Overflow.TRAP], max_macs=250))
def test_tiers_trap_alike(case: Case) -> None:
    compare(case)


def layer_of(shape: tuple[int, ...], seed: int, **options: Any) -> Conv2d | Linear:  # noqa: ANN401
    """A layer of random 8-bit weights, one filter's zero point apart from the others'."""
    rng = np.random.default_rng(seed)
    points = np.where(np.arange(shape[0]) == 1, -3, 5)
    common: dict[str, Any] = {
        "weights": rng.integers(-128, 128, shape),
        "weight_type": "int8",
        "weight_zero_point": points,
        "activation_type": "uint8",
        "bias": rng.integers(-(1 << 12), 1 << 12, shape[0]),
    }
    kind = Linear if len(shape) == len(("filters", "channels")) else Conv2d
    return kind(**(common | options))


SHIFTED = Requantize(mode="shift", shift=7, rounding="half_even", low=-128, high=127)
LARGE: dict[str, tuple[Conv2d | Linear, tuple[int, ...], Spec, Mapping]] = {
    "blocked": (
        layer_of((40, 24, 3, 3), 0, padding=1, activation_zero_point=7, requantize=SHIFTED),
        (2, 24, 20, 23),
        PAPER,
        Mapping(layout="blocked", partition="pixels"),
    ),
    "divided by filters": (
        layer_of((40, 24, 3, 3), 1, padding=1, stride=2),
        (2, 24, 20, 23),
        PAPER,
        Mapping(layout="blocked", partition="filters"),
    ),
    "unfolded": (
        layer_of((33, 3, 7, 7), 2, padding=3, stride=2, requantize=SHIFTED),
        (1, 3, 61, 40),
        PAPER,
        Mapping(layout="unfolded"),
    ),
    "K cut into several float32 pieces": (
        layer_of((16, 1100, 2, 2), 3),
        (1, 1100, 9, 7),
        PAPER.replace(pe_buffer_words=1 << 16),
        Mapping(),
    ),
    "16 bits, in float64": (
        layer_of(
            (20, 70, 3, 3),
            4,
            weights=np.random.default_rng(4).integers(-(1 << 15), 1 << 15, (20, 70, 3, 3)),
            weight_type="int16",
            activation_type="int8",
            dilation=2,
        ),
        (1, 70, 12, 12),
        PAPER.replace(filters_per_pass=4),
        Mapping(),
    ),
    "saturating": (
        layer_of(
            (24, 40, 3, 3),
            5,
            padding=((1, 0), (2, 1)),
            accumulator=Accumulator(bits=18, overflow="saturate"),
            requantize=SHIFTED,
        ),
        (1, 40, 14, 15),
        PAPER,
        Mapping(),
    ),
    "saturating at 64 bits": (
        layer_of(
            (8, 40, 3, 3),
            6,
            bias=np.where(np.arange(8) % 2, (1 << 63) - 9, -(1 << 63) + 9),
            accumulator=Accumulator(bits=64, overflow="saturate"),
        ),
        (1, 40, 8, 8),
        PAPER,
        Mapping(),
    ),
    "wrapping at 64 bits": (
        layer_of(
            (8, 40, 3, 3),
            7,
            bias=np.where(np.arange(8) % 2, (1 << 63) - 9, -(1 << 63) + 9),
            accumulator=Accumulator(bits=64),
        ),
        (1, 40, 8, 8),
        PAPER,
        Mapping(),
    ),
    "grouped": (layer_of((48, 16, 3, 3), 8, groups=3, padding=1), (1, 48, 17, 9), PAPER, Mapping()),
    "depthwise": (
        layer_of((80, 1, 3, 3), 9, groups=40, padding=1, requantize=SHIFTED),
        (2, 40, 21, 22),
        PAPER,
        Mapping(partition="pixels"),
    ),
    "depthwise, saturating": (
        layer_of(
            (40, 1, 5, 5),
            10,
            groups=40,
            accumulator=Accumulator(bits=16, overflow="saturate"),
        ),
        (1, 40, 21, 22),
        PAPER,
        Mapping(partition="filters"),
    ),
    "linear": (layer_of((300, 700), 11, requantize=SHIFTED), (5, 700), PAPER, Mapping()),
}


@pytest.mark.parametrize(("layer", "shape", "spec", "mapping"), LARGE.values(), ids=LARGE.keys())
def test_fast_gives_what_the_oracle_says_of_larger_layers(
    layer: Conv2d | Linear, shape: tuple[int, ...], spec: Spec, mapping: Mapping
) -> None:
    codes = np.random.default_rng(99).integers(
        layer.activation_type.min, layer.activation_type.max + 1, shape
    )
    run = run_layer(layer, codes, spec=spec, mapping=mapping, tier=Tier.FAST)
    oracle = reference(layer, codes, groups=run.plan.word_groups)
    np.testing.assert_array_equal(run.accumulators, oracle.accumulators)
    np.testing.assert_array_equal(run.outputs, oracle.outputs)
    assert run.counters.total("overflows") == oracle.overflows
    assert run.counters.total("clamped") == oracle.clamped
    counted = count_layer(layer, shape, spec=spec, mapping=mapping)
    assert run.counters.structural().differences(counted) == {}


@pytest.mark.parametrize("name", ["blocked", "unfolded", "saturating", "depthwise", "linear"])
def test_results_do_not_depend_on_the_tiles(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    layer, shape, spec, mapping = LARGE[name]
    codes = np.random.default_rng(98).integers(0, 128, shape)
    whole = run_layer(layer, codes, spec=spec, mapping=mapping, tier=Tier.FAST)
    for module in (dots, lanes):
        monkeypatch.setattr(module, "TILE_BYTES", 3000)
        monkeypatch.setattr(module, "TILE_ROWS", 24)
        monkeypatch.setattr(module, "SUMS_BYTES", 20000)
    monkeypatch.setattr(drain, "TILE_OUTPUTS", 50)
    assert_same_run(whole, run_layer(layer, codes, spec=spec, mapping=mapping, tier=Tier.FAST))


def test_a_progress_report_counts_every_output() -> None:
    layer = layer_of((10, 6, 3, 3), 0, padding=1)
    finished: list[int] = []
    codes = np.zeros((2, 6, 4, 5), np.int64)
    run = run_layer(layer, codes, spec=TOY, tier=Tier.FAST, progress=finished.append)
    assert sum(finished) == run.outputs.size
