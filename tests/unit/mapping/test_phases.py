"""In what order does a plane load, stream and write?"""

from __future__ import annotations

import numpy as np

from qpim_emu.hardware import TOY, Spec
from qpim_emu.mapping import Mapping, make_plan
from qpim_emu.mapping.phases import Write
from qpim_emu.workload.layers import Conv2d, Linear

ONE_VAULT = TOY.replace(vaults=1)


def order(layer: Conv2d | Linear, shape: tuple[int, ...], spec: Spec) -> list[str]:
    """Phases in short: ``L0+2@3`` loads residents 0 and 1 from block 3 of the vectors on."""
    layout = "auto" if isinstance(layer, Linear) else "blocked"
    plan = make_plan(layer, shape, spec=spec, mapping=Mapping(layout=layout))
    names = []
    for phase in plan.phases(0):
        if isinstance(phase, Write):
            names.append(f"W{phase.index}")
        else:
            kind = type(phase).__name__[0]
            names.append(f"{kind}{phase.first}+{phase.count}@{phase.chunk.first}")
    return names


def conv(filters: int, channels: int, groups: int = 1) -> Conv2d:
    return Conv2d(
        weights=np.ones((filters, channels // groups, 1, 1), int),
        weight_type="int4",
        activation_type="int4",
        groups=groups,
    )


def test_a_block_of_filters_is_written_when_complete() -> None:
    spec = ONE_VAULT.replace(filters_per_pass=3)
    assert order(conv(7, 4), (1, 4, 1, 1), spec) == [
        "L0+3@0", "S0+3@0", "L3+3@0", "S3+3@0", "W0", "L6+1@0", "S6+1@0", "W1",
    ]  # fmt: skip


def test_chunks_of_the_same_filters_follow_each_other() -> None:
    spec = ONE_VAULT.replace(pe_buffer_words=8)  # two blocks
    assert order(conv(2, 12), (1, 12, 1, 1), spec) == [
        "L0+1@0", "S0+1@0", "L0+1@2", "S0+1@2", "L1+1@0", "S1+1@0", "L1+1@2", "S1+1@2", "W0",
    ]  # fmt: skip


def test_the_buffer_is_shared_by_the_vectors_that_are_there() -> None:
    # Two blocks in the PE buffer, F = 2, but one filter: both blocks are its own.
    spec = ONE_VAULT.replace(pe_buffer_words=8, filters_per_pass=2)
    assert order(conv(1, 8), (1, 8, 1, 1), spec) == ["L0+1@0", "S0+1@0", "W0"]
    assert order(conv(2, 8), (1, 8, 1, 1), spec) == [
        "L0+2@0", "S0+2@0", "L0+2@1", "S0+2@1", "W0",
    ]  # fmt: skip


def test_a_batch_row_is_written_after_its_pass() -> None:
    layer = Linear(weights=np.ones((5, 3), int), weight_type="int4", activation_type="int4")
    spec = ONE_VAULT.replace(filters_per_pass=2)
    assert order(layer, (3, 3), spec) == ["L0+2@0", "S0+2@0", "W0", "W1", "L2+1@0", "S2+1@0", "W2"]


def test_every_multiple_of_a_depthwise_block_has_its_own_write() -> None:
    assert order(conv(12, 6, groups=6), (1, 6, 1, 1), ONE_VAULT) == [
        "L0+1@0", "S0+1@0", "W0", "L1+1@0", "S1+1@0", "W1",
    ] * 2  # fmt: skip
