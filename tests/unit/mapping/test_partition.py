"""Which vault computes what, and which partition is chosen?"""

from __future__ import annotations

import numpy as np

from qpim_emu.hardware import TOY
from qpim_emu.mapping import Mapping, Partition, Plan, make_plan
from qpim_emu.workload.layers import Conv2d, Linear


def conv(filters: int, channels: int, kernel: int = 1, groups: int = 1) -> Conv2d:
    return Conv2d(
        weights=np.ones((filters, channels // groups, kernel, kernel), int),
        weight_type="int4",
        activation_type="int4",
        groups=groups,
    )


def plan_of(layer: Conv2d, size: int, partition: str, vaults: int = 3) -> Plan:
    mapping = Mapping(layout="blocked", partition=partition)
    spec = TOY.replace(vaults=vaults)
    return make_plan(layer, (1, layer.channels, size, size), spec=spec, mapping=mapping)


def test_pixels() -> None:
    plan = plan_of(conv(2, 4), 4, "pixels")
    owned = [[(p.first, p.vectors, p.residents) for p in program] for program in plan.programs]
    assert owned == [[(0, 5, 2)], [(5, 5, 2)], [(10, 6, 2)]]


def test_filters() -> None:
    plan = plan_of(conv(7, 4), 2, "filters")
    owned = [[(p.resident_first, p.residents, p.vectors) for p in prog] for prog in plan.programs]
    assert owned == [[(0, 2, 4)], [(2, 2, 4)], [(4, 3, 4)]]


def test_filters_of_groups() -> None:
    plan = plan_of(conv(6, 4, groups=2), 2, "filters", vaults=4)
    owned = [
        [(p.group, p.resident_first, p.residents) for p in program] for program in plan.programs
    ]
    assert owned == [[(0, 0, 1)], [(0, 1, 2)], [(1, 3, 1)], [(1, 4, 2)]]


def test_channel_blocks_of_a_depthwise_layer() -> None:
    plan = plan_of(conv(9, 9, groups=9), 2, "filters", vaults=2)
    owned = [[(p.group, p.tail) for p in program] for program in plan.programs]
    assert owned == [[(0, 4)], [(1, 4), (2, 1)]]


def test_vaults_without_outputs_run_nothing() -> None:
    assert plan_of(conv(1, 4), 2, "filters").programs[:2] == ((), ())
    assert plan_of(conv(1, 4), 1, "pixels").programs[:2] == ((), ())


def test_linear_layers_share_their_filters() -> None:
    layer = Linear(weights=np.ones((5, 3), int), weight_type="int4", activation_type="int4")
    plan = make_plan(layer, (2, 3), spec=TOY)
    owned = [[(p.first, p.vectors, p.residents) for p in program] for program in plan.programs]
    assert owned == [[(0, 2, 2)], [(2, 3, 2)]]


def test_auto_takes_the_smaller_busiest_vault() -> None:
    # One pixel cannot be shared: by filters. Many pixels and one filter: by pixels.
    assert plan_of(conv(8, 4), 1, "auto").partition is Partition.FILTERS
    assert plan_of(conv(1, 4), 6, "auto").partition is Partition.PIXELS


def test_auto_prefers_pixels_on_a_tie() -> None:
    # On one vault both are the same.
    assert plan_of(conv(4, 4), 3, "auto", vaults=1).partition is Partition.PIXELS


def test_column_commands_of_a_plane() -> None:
    (plane,) = plan_of(conv(5, 8, kernel=2), 3, "pixels", vaults=1).planes
    # 4 pixels, 4 taps of 2 blocks. F = 1: 5 passes. Outputs of 48 bits take 3 blocks, twice.
    assert plane.column_commands(1) == 5 * 8 + 5 * 4 * 8 + 2 * 4 * 3
    assert plane.column_commands(2) == 5 * 8 + 3 * 4 * 8 + 2 * 4 * 3
    assert plane.placed_blocks == 3 * 3 * 2
