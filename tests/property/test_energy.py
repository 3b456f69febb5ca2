"""Is energy linear in counters and cycles, whatever the parameters and the machine?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.analysis.baseline import ungated_spec
from qpim_emu.cost import PRESETS, Parameters, Term, Totals, energy
from qpim_emu.cost.parameters import UNITS
from qpim_emu.cost.presets import HMC_LIT
from qpim_emu.cost.totals import PRICED
from qpim_emu.engine.run import count_layer
from qpim_emu.hardware import PAPER, TOY, Spec
from qpim_emu.testing.strategies import Case, cases

AMOUNTS = st.integers(0, 1 << 40)
WIDTHS = st.tuples(st.integers(1, 16), st.integers(1, 16))
PRICES = st.floats(0, 100).filter(lambda price: price == 0 or price > 1e-6)


@st.composite
def totals(draw: st.DrawFn) -> Totals:
    counts = {name: draw(AMOUNTS) for name in PRICED}
    return Totals(counts=counts, macs=draw(st.dictionaries(WIDTHS, AMOUNTS, max_size=3)))


@st.composite
def parameter_sets(draw: st.DrawFn) -> Parameters:
    base = draw(st.sampled_from(list(PRESETS.values())))
    return base.replace(**draw(st.dictionaries(st.sampled_from(list(UNITS)), PRICES, max_size=4)))


specs = st.sampled_from([PAPER, TOY])


@given(
    one=totals(),
    two=totals(),
    times=st.tuples(AMOUNTS, AMOUNTS),
    spec=specs,
    prices=parameter_sets(),
)
def test_energy_of_a_sum_is_the_sum_of_energies(
    one: Totals, two: Totals, times: tuple[int, int], spec: Spec, prices: Parameters
) -> None:
    apart = energy(one, cycles=times[0], spec=spec, parameters=prices) + energy(
        two, cycles=times[1], spec=spec, parameters=prices
    )
    together = energy(one + two, cycles=sum(times), spec=spec, parameters=prices)
    for term in Term:
        assert together.terms[term] == pytest.approx(apart.terms[term], rel=1e-9)


@given(
    one=totals(), cycles=AMOUNTS, factor=st.integers(0, 1000), spec=specs, prices=parameter_sets()
)
def test_energy_is_homogeneous(
    one: Totals, cycles: int, factor: int, spec: Spec, prices: Parameters
) -> None:
    many = Totals(
        counts={name: factor * count for name, count in one.counts.items()},
        macs={key: factor * count for key, count in one.macs.items()},
    )
    single = energy(one, cycles=cycles, spec=spec, parameters=prices)
    repeated = energy(many, cycles=factor * cycles, spec=spec, parameters=prices)
    for term in Term:
        assert repeated.terms[term] == pytest.approx(factor * single.terms[term], rel=1e-9)


@given(one=totals(), cycles=AMOUNTS, spec=specs, prices=parameter_sets())
def test_no_term_is_negative(one: Totals, cycles: int, spec: Spec, prices: Parameters) -> None:
    spent = energy(one, cycles=cycles, spec=spec, parameters=prices)
    assert min(spent.terms.values()) >= 0
    assert 0 <= spent.dram_pj <= spent.total_pj


@given(case=cases(max_macs=500))
def test_energy_of_a_layer_falls_with_every_line_that_is_gated(case: Case) -> None:
    """Against ungated reads of single blocks no term of the memory can rise."""
    shape = case.codes.shape
    gated = count_layer(case.layer, shape, spec=case.spec, mapping=case.mapping)
    plain = count_layer(case.layer, shape, spec=ungated_spec(case.spec), mapping=case.mapping)
    costs = [
        energy(count, cycles=int(count.vault["cycles"].max()), spec=case.spec, parameters=HMC_LIT)
        for count in (gated, plain)
    ]
    for term in (Term.COLUMN_ARRAY, Term.COLUMN_BUS, Term.TSV):
        assert costs[0].terms[term] <= costs[1].terms[term]
    for term in (Term.READ_FIXED, Term.WRITE, Term.BUFFER, Term.MAC, Term.NETWORK):
        assert costs[0].terms[term] == costs[1].terms[term]
