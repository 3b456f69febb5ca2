"""Is a trace file whole or absent, and does holding one layer's trace cost little memory?"""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import qpim_emu as qe
from qpim_emu.engine import count
from qpim_emu.errors import InputError
from qpim_emu.mapping.placement import find_charge
from qpim_emu.mapping.plan import Plan
from qpim_emu.traces import FORMATS, save_trace, trace_node, trace_step
from tests.unit.traces.small import paired, text_of, tiny

if TYPE_CHECKING:
    from qpim_emu.workload.network import Network


@pytest.fixture
def network() -> Network:
    """A layer, a movement."""
    layer = qe.Linear(weights=[[1, -2, 3]], weight_type="int4", activation_type="uint4")
    kind = qe.TensorType(shape=(3,), format="uint4")
    return qe.Network.chain("tiny", kind, {"dense": layer, "turn": qe.Reshape(shape=(1, 1))})


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_file_holds_what_the_format_writes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "trace"
    save_trace(tiny(vault=0), path, format=name)
    assert path.read_bytes().decode() == text_of(tiny(vault=0), name)
    assert list(tmp_path.iterdir()) == [path]


def test_a_trace_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    path.write_text("old")
    with pytest.raises(InputError, match="single vault"):
        save_trace(tiny(), path, format="drampower4")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_bad_names(network: Network, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"format must be one of csv, .*, got 'pcap'"):
        save_trace(tiny(), tmp_path / "trace", format="pcap")
    with pytest.raises(InputError, match=r"trace file must be writable, got .*nowhere"):
        save_trace(tiny(), tmp_path / "nowhere" / "trace", format="csv")
    with pytest.raises(InputError, match=r"vault must be in 0\.\.1, got 2"):
        tiny(vault=2)
    with pytest.raises(InputError, match="layer must be one of dense, turn, got 'conv9'"):
        trace_node(network, "conv9", spec=qe.TOY)
    with pytest.raises(InputError, match="must issue commands, got 'turn', which only moves"):
        trace_node(network, "turn", spec=qe.TOY)


def test_a_node_is_traced_as_its_layer(network: Network) -> None:
    layer = network.nodes[0].step
    assert isinstance(layer, qe.Linear)
    step = trace_step(layer, (1, 3), spec=qe.TOY)
    assert list(trace_node(network, "dense", spec=qe.TOY)) == list(step)


def test_a_trace_can_be_read_twice() -> None:
    trace = paired()
    assert trace.end == 0
    first = list(trace)
    assert list(trace) == first
    assert isinstance(trace.plan, Plan)
    charge = find_charge(trace.plan, None)
    assert trace.end == max(count.execute(trace.plan, charge=charge).vault["cycles"])


def peak_bytes(channels: int, name: str) -> tuple[int, int]:
    """Records of a trace, and the most memory that writing it took beyond its plan."""
    spec = qe.TOY.replace(bank_bytes=64 * 2**10, pe_buffer_words=4096, vaults=1)
    trace = paired(spec=spec, channels=channels)
    with Path(os.devnull).open("w", encoding="utf-8") as file:
        tracemalloc.start()
        FORMATS[name](trace, file)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return sum(1 for _ in trace), peak


@pytest.mark.parametrize("name", ["csv", "vcd", "perfetto"])
def test_memory_stays_flat(name: str) -> None:
    short, little = peak_bytes(750, name)
    long, much = peak_bytes(3000, name)
    assert long > 3.9 * short
    assert much < 1.25 * little
