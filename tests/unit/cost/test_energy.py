"""Does every term come out as worked out by hand, and does a summed run cost what it sums?"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from qpim_emu.cost import PRESETS, Energy, Parameters, Term, Totals, energy
from qpim_emu.cost.mac import mac_pj
from qpim_emu.cost.presets import DS3_IDD, HMC_LIT
from qpim_emu.cost.terms import DRAM_TERMS, TERM_TEXTS
from qpim_emu.cost.totals import PRICED
from qpim_emu.engine.run import count_layer
from qpim_emu.errors import InputError
from qpim_emu.hardware import PAPER, TOY
from qpim_emu.workload.layers import Linear

COUNTS = {
    "act": 3,
    "ref": 2,
    "offered": 5 * 256,
    "enabled": 5 * 128,
    "written_bits": 512,
    "tsv_bits": 5 * 128 + 512,
    "vault_bits": 48,
    "buffer_written_bits": 100,
    "buffer_read_bits": 900,
}
TOTALS = Totals(counts=COUNTS, macs={(8, 8): 10, (16, 16): 7})

# PAPER: rows of 2048 bits, 16 vaults, tCK 0.8 ns; 1000 cycles are 800 ns
BY_HAND = {
    Term.ACTIVATION: 3 * 228.48,
    Term.COLUMN_ARRAY: 640 * 1.51,
    Term.COLUMN_BUS: 640 * 1.17,
    Term.READ_FIXED: 0.05 * 2.68 * 1280,
    Term.TSV: 1152 * 0.80,
    Term.WRITE: 512 * 2.68,
    Term.NETWORK: 48 * 0.20,
    Term.BUFFER: 1000 * 0.042,
    Term.MAC: 10 * 0.298 + 7 * 0.947,
    Term.BACKGROUND: 480 * 800,  # 0.48 W for 800 ns
    Term.REFRESH: 58 * 800,
    Term.LOGIC_STATIC: 120 * 800,
}


@pytest.mark.parametrize("term", Term)
def test_term_by_hand(term: Term) -> None:
    spent = energy(TOTALS, cycles=1000, spec=PAPER, parameters=HMC_LIT)
    assert spent.terms[term] == pytest.approx(BY_HAND[term], rel=1e-12)


def test_sums_of_terms() -> None:
    spent = energy(TOTALS, cycles=1000, spec=PAPER, parameters=HMC_LIT)
    assert spent.total_pj == pytest.approx(sum(BY_HAND.values()))
    logic = {Term.NETWORK, Term.BUFFER, Term.MAC, Term.LOGIC_STATIC}
    assert set(Term) - DRAM_TERMS == logic
    assert spent.dram_pj == pytest.approx(sum(BY_HAND[term] for term in set(Term) - logic))


def test_refreshes_by_command() -> None:
    # 1.2 V x (150 - 21) mA x 420 x 0.8 ns
    spent = energy(TOTALS, cycles=1000, spec=PAPER, parameters=DS3_IDD)
    assert spent.terms[Term.REFRESH] == pytest.approx(2 * 1.2 * 129 * 420 * 0.8)


def test_a_row_costs_by_its_bits_and_time_by_the_vaults() -> None:
    # TOY: rows of 256 bits, 2 vaults, tCK 1 ns
    spent = energy(TOTALS, cycles=1000, spec=TOY, parameters=HMC_LIT)
    assert spent.terms[Term.ACTIVATION] == pytest.approx(3 * 228.48 / 8)
    assert spent.terms[Term.BACKGROUND] == pytest.approx(2 * 30 * 1000)
    assert Decimal(1) == TOY.timing.tck_ns


@pytest.mark.parametrize("parameters", PRESETS.values(), ids=PRESETS.keys())
def test_nothing_costs_nothing(parameters: Parameters) -> None:
    assert energy(Totals.zero(), cycles=0, spec=PAPER, parameters=parameters) == Energy.zero()


@pytest.mark.parametrize(
    ("widths", "expected"),
    [
        ((2, 2), 0.057),
        ((4, 4), 0.120),
        ((8, 8), 0.298),
        ((16, 16), 0.947),
        ((16, 4), 0.298),
        ((1, 4), 0.057),
        ((2, 5), (0.057 + 0.120) / 2),
        ((10, 16), (0.298 + 0.947) / 2),
        ((1, 1), 0.057 - 3 * 0.063 / 12),
    ],
)
def test_mac_between_the_knots(widths: tuple[int, int], expected: float) -> None:
    assert mac_pj(*widths, HMC_LIT) == pytest.approx(expected)


def test_wider_macs_never_cost_less() -> None:
    costs = [mac_pj(1, product, HMC_LIT) for product in range(1, 257)]
    assert costs == sorted(costs)


def test_mac_never_costs_less_than_nothing() -> None:
    steep = HMC_LIT.replace(mac_2x2_pj=0.01, mac_4x4_pj=0.5)
    assert mac_pj(1, 1, steep) == 0.0


def test_counters_cost_what_their_sums_cost() -> None:
    layer = Linear(weights=np.ones((3, 5), np.int64), weight_type="int4", activation_type="int4")
    counters = count_layer(layer, (2, 5), spec=TOY)
    sums = Totals.of(counters)
    assert sums.macs == {(4, 4): 30}
    assert set(sums.counts) == set(PRICED)
    costs = [energy(one, cycles=7, spec=TOY, parameters=HMC_LIT) for one in (counters, sums)]
    assert costs[0] == costs[1]
    assert costs[0].terms[Term.MAC] == pytest.approx(30 * 0.12)


def test_missing_counter_is_named() -> None:
    with pytest.raises(InputError, match="got none of act, ref"):
        Totals(counts={name: 1 for name in PRICED if name not in {"act", "ref"}})


def test_every_term_says_what_it_pays_for() -> None:
    assert set(TERM_TEXTS) == set(Term)
