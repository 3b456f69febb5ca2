"""Are the inputs of a check seeded, valid codes, with the extremes among them?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qpim_emu.crosscheck.inputs import given_batch, seeded_batch
from qpim_emu.errors import InputError
from qpim_emu.workload.network import Network, Node, TensorType
from qpim_emu.workload.operations import Flatten
from tests.crosscheck.fakes import small_model


def test_inputs_are_seeded_and_hold_the_extremes() -> None:
    model = small_model()
    batch = seeded_batch(model, images=3, seed=7)
    codes = batch.inputs["image"]
    assert batch.labels == (
        "random 0", "random 1", "random 2", "all-min", "all-max", "all-zero-point",
    )  # fmt: skip
    assert [set(np.unique(codes[i]).tolist()) for i in (3, 4, 5)] == [{-128}, {127}, {-3}]
    assert np.array_equal(codes, seeded_batch(model, images=3, seed=7).inputs["image"])
    assert not np.array_equal(codes, seeded_batch(model, images=3, seed=8).inputs["image"])


def test_bipolar_inputs_are_codes() -> None:
    kind = TensorType(shape=(9,), format="bipolar")
    network = Network(
        name="signs", inputs={"x": kind}, nodes=[Node(name="y", step=Flatten(), inputs=("x",))]
    )
    batch = seeded_batch(replace(small_model(), network=network, tensors={}), images=4, seed=0)
    assert set(network.read_inputs(batch.inputs)["x"].reshape(-1).tolist()) == {-1, 1}


def test_given_inputs_are_taken_from_the_front() -> None:
    model = small_model()
    codes = seeded_batch(model, images=3, seed=7).inputs
    batch = given_batch(model, codes, images=2)
    assert batch.labels == ("image 0", "image 1")
    assert np.array_equal(batch.inputs["image"], codes["image"][:2])
    with pytest.raises(InputError, match="--images must be at most the 6 given, got 7"):
        given_batch(model, codes, images=7)


@pytest.mark.parametrize("images", [-1, 10**12])
def test_numbers_of_images_beyond_memory_are_refused(images: int) -> None:
    with pytest.raises(InputError, match=rf"random images must be 0\.\.\d+ for .*, got {images}$"):
        seeded_batch(small_model(), images=images, seed=0)
