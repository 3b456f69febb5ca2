"""Is what is known of a layer's plans right for every shape, machine and mapping, and let go?"""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from qpim_emu.arith.formats import Int
from qpim_emu.errors import CodeError, LayerError, MappingError
from qpim_emu.hardware import PAPER, TOY
from qpim_emu.hardware.counters import Counters
from qpim_emu.mapping import Layout, Mapping, Partition, make_plan
from qpim_emu.mapping.dense import make_dense_plan
from qpim_emu.mapping.homes import homes_of_input, reshaped_homes
from qpim_emu.mapping.keeping import Itself
from qpim_emu.mapping.outputs import output_homes
from qpim_emu.mapping.placement import find_charge
from qpim_emu.mapping.task import KEPT_TASKS, known
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

SHAPE = (1, 3, 5, 6)


def layer_of(bits: int = 4) -> Conv2d:
    """A small convolution."""
    weights = np.zeros((5, 3, 2, 2), np.int64)
    return Conv2d(weights=weights, weight_type="int4", activation_type=f"int{bits}")


def test_a_second_plan_is_of_the_same_programs() -> None:
    layer = layer_of()
    one, other = (make_plan(layer, SHAPE, spec=TOY) for _ in range(2))
    assert one.programs is other.programs
    assert one == other
    assert one.layer is layer
    assert one.output_shape == layer.output_shape(SHAPE)


def test_shapes_machines_and_mappings_are_told_apart() -> None:
    layer, wide = layer_of(), TOY.replace(vaults=3)
    asked = Mapping(layout="blocked", partition="filters")
    for _ in range(2):
        assert make_plan(layer, SHAPE, spec=TOY).input_shape == SHAPE
        assert make_plan(layer, (2, *SHAPE[1:]), spec=TOY).input_shape == (2, *SHAPE[1:])
        assert len(make_plan(layer, SHAPE, spec=wide).programs) == 3
        plan = make_plan(layer, SHAPE, spec=TOY, mapping=asked)
        assert (plan.layout, plan.partition) == (Layout.BLOCKED, Partition.FILTERS)
        assert make_plan(layer, SHAPE, spec=TOY).layout is Layout.UNFOLDED


def test_a_plan_is_of_the_machine_it_was_made_for() -> None:
    layer, again = layer_of(), TOY.replace(name=TOY.name, sources=())
    assert again == TOY
    for spec in (TOY, again, TOY):
        assert make_plan(layer, SHAPE, spec=spec).spec is spec


@pytest.mark.parametrize("shape", [(True, 3, 5, 6), (1.0, 3, 5, 6), "1356"])
def test_what_equals_a_known_shape_is_refused_all_the_same(shape: object) -> None:
    layer = layer_of()
    make_plan(layer, SHAPE, spec=TOY)
    with pytest.raises(CodeError, match="input must have shape"):
        make_plan(layer, shape, spec=TOY)  # type: ignore[arg-type]


def test_lists_and_integers_of_numpy_are_shapes_too() -> None:
    layer = layer_of()
    plan = make_plan(layer, SHAPE, spec=TOY)
    for shape in (list(SHAPE), tuple(map(np.int64, SHAPE))):
        assert make_plan(layer, shape, spec=TOY) == plan  # type: ignore[arg-type]


def test_refusals_come_every_time() -> None:
    wide, narrow = layer_of(16), TOY.replace(word_bits=8)
    linear = Linear(weights=[[1, 2]], weight_type="int4", activation_type="int4")
    for _ in range(2):
        with pytest.raises(LayerError, match="must have at most 8 bits"):
            make_plan(wide, SHAPE, spec=narrow)
        with pytest.raises(MappingError, match="partition of a linear layer"):
            make_plan(linear, (1, 2), spec=TOY, mapping=Mapping(partition="pixels"))


def test_nothing_is_known_of_a_layer_that_is_gone() -> None:
    layer = layer_of()
    make_plan(layer, SHAPE, spec=TOY)
    assert layer in known
    seen = weakref.ref(layer)
    del layer
    gc.collect()
    assert seen() is None


def test_what_is_known_of_a_layer_is_bounded() -> None:
    layer = layer_of()
    for images in range(1, 3 * KEPT_TASKS):
        assert make_plan(layer, (images, *SHAPE[1:]), spec=PAPER).input_shape[0] == images
        assert len(known[layer]) <= KEPT_TASKS


def test_a_sequence_is_one_convolution() -> None:
    layer = Conv1d(weights=np.ones((2, 1, 3), int), weight_type="int4", activation_type="int4")
    assert layer.as_conv2d() is layer.as_conv2d()
    assert layer.as_conv2d().weights.base is not None
    assert not layer.as_conv2d().weights.flags.writeable


def test_threads_find_the_same() -> None:
    layers = [layer_of() for _ in range(3)]

    def plan(number: int) -> tuple[int, int]:
        made = make_plan(layers[number % 3], (1 + number % 7, *SHAPE[1:]), spec=TOY)
        return number, made.geometry.output_shape[0]

    with ThreadPoolExecutor(8) as pool:
        assert all(images == 1 + n % 7 for n, images in pool.map(plan, range(400)))


def test_dense_plans_are_told_apart_by_all_they_depend_on() -> None:
    kind = ((2, 20), Int(8))
    one = make_dense_plan(inputs=[kind], output=kind, spec=TOY)
    assert make_dense_plan(inputs=[kind], output=kind, spec=TOY) is one
    for inputs, output, spec in (
        ([kind, kind], kind, TOY),
        ([kind], ((2, 20), Int(7)), TOY),
        ([kind], ((1, 20), Int(8)), TOY),
        ([kind], kind, PAPER),
    ):
        other = make_dense_plan(inputs=inputs, output=output, spec=spec)
        assert other is not one
        assert (len(other.inputs), other.output.shape) == (len(inputs), output[0])
        assert other.spec is spec


def test_things_by_identity() -> None:
    one, other = [1], [1]
    assert Itself(one) == Itself(one)
    assert Itself(one) != Itself(other)
    assert Itself(one) != one
    assert hash(Itself(one)) == hash(Itself(one))


def test_homes_in_another_shape_are_shared_if_they_are() -> None:
    plan = make_plan(layer_of(), SHAPE, spec=TOY)
    homes = output_homes(plan, plan.output_shape)
    flat = reshaped_homes(homes, (homes.size,))
    assert flat is reshaped_homes(homes, (homes.size,))
    assert not flat.flags.writeable
    assert reshaped_homes(homes, homes.shape[::-1]).shape == homes.shape[::-1]
    own = homes.copy()
    assert reshaped_homes(own, (own.size,)) is not reshaped_homes(own, (own.size,))


def test_charges_differ_by_homes() -> None:
    plan = make_plan(layer_of(), SHAPE, spec=TOY)
    nowhere = homes_of_input(SHAPE)
    wrong, charged = np.ones(SHAPE, np.int64), []
    for homes in (None, nowhere, wrong, None, np.zeros(SHAPE, np.int64), wrong):
        counters = Counters.empty(TOY)
        find_charge(plan, homes).add_to(counters)
        charged.append(counters.total("vault_bits"))
        assert counters.total("placed") == sum(plane.placed_blocks for plane in plan.planes)
    assert charged[0] == charged[1] == charged[3] == 0
    assert charged[2] == charged[5] > 0
    assert charged[4] > 0


def test_charges_differ_by_programs() -> None:
    homes = homes_of_input(SHAPE)
    for partition in ("pixels", "filters", "pixels"):
        plan = make_plan(layer_of(), SHAPE, spec=TOY, mapping=Mapping(partition=partition))
        for produced in (None, homes):
            counters = Counters.empty(TOY)
            find_charge(plan, produced).add_to(counters)
            assert counters.total("placed") == sum(plane.placed_blocks for plane in plan.planes)
