"""Does the baseline read whole words, one block at a time, on any machine it is asked for?"""

from __future__ import annotations

import pytest

from qpim_emu import PAPER, TOY, Spec, Tier
from qpim_emu.analysis.baseline import ungated_network, ungated_spec
from qpim_emu.analysis.session import open_session
from qpim_emu.data import digits
from qpim_emu.engine.network_count import count_network
from qpim_emu.workload.network_file import load_network

W12 = PAPER.replace(
    word_bits=12, block_bytes=24, row_bytes=192, bank_bytes=PAPER.rows * 192, name="w12"
)


@pytest.mark.parametrize(("spec", "lines"), [(PAPER, 16), (TOY.replace(word_bits=8), 8), (W12, 4)])
def test_lines_are_switched_together(spec: Spec, lines: int) -> None:
    ungated = ungated_spec(spec)
    assert (ungated.gate_granularity, ungated.max_blocks_per_read) == (lines, 1)
    assert ungated.name == f"{spec.name}, whole words, one block per read"


@pytest.mark.parametrize("spec", [PAPER, W12], ids=lambda spec: spec.name)
def test_whole_words_gate_nothing_and_move_the_same_blocks(spec: Spec) -> None:
    network = load_network(digits.LAYERWISE)
    mine = count_network(network, spec=spec)
    whole = count_network(ungated_network(network, spec), spec=ungated_spec(spec))
    for name in network.layers:
        assert whole.nodes[name].total("gated") == 0
        assert whole.nodes[name].total("rd2") == 0
    for name in ("offered", "macs", "streamed", "placed", "vault_bits", "wr"):
        assert whole.counters.total(name) == mine.counters.total(name), name


@pytest.mark.parametrize(
    ("spec", "name"), [(PAPER, "digits-16bit"), (W12, "digits-layerwise")], ids=["16", "12"]
)
def test_the_twin_is_the_baseline_where_words_hold_it(spec: Spec, name: str) -> None:
    session = open_session("digits", None, images=1, spec=spec, tier=Tier.FAST)
    assert session.baseline_network.name == name
    assert session.baseline.cycles > 0
