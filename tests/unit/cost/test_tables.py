"""Are the layer tables the published networks, and do the profiles keep their labels?"""

from __future__ import annotations

import pytest

from qpim_emu.analysis.tables import profile_names, read_profile, read_table, table_names
from qpim_emu.errors import InputError
from qpim_emu.workload.layers import Conv2d

# Layers, MACs and weights as the networks' papers and model zoos give them (taps at borders in).
SIZES = {
    "LeNet": (4, 2_293_000, 430_500),
    "Convnet": (5, 12_354_176, 145_376),
    "AlexNet": (8, 724_406_816, 60_954_656),
    "VGG_16": (16, 15_470_264_320, 138_344_128),
    "VGG_19": (19, 19_632_062_464, 143_652_544),
    "ResNet-18": (21, 1_814_073_344, 11_678_912),
    "ResNet-50": (54, 3_857_973_248, 25_502_912),  # stride in the first 1x1 of a block
}


@pytest.mark.parametrize(("name", "expected"), SIZES.items(), ids=SIZES.keys())
def test_size_of_a_network(name: str, expected: tuple[int, int, int]) -> None:
    layers = read_table(name).layers
    weights = sum(shape.layer(16, 16).weights.size for shape in layers)
    assert (len(layers), sum(shape.macs for shape in layers), weights) == expected


@pytest.mark.parametrize("name", table_names())
def test_layers_follow_each_other(name: str) -> None:
    table = read_table(name)
    assert table.source
    assert len({shape.name for shape in table.layers}) == len(table.layers)
    for shape in table.layers:
        assert shape.layer(3, 5).output_shape(shape.input_shape)[1] == shape.filters


@pytest.mark.parametrize("name", table_names())
def test_profiles_fit_their_network(name: str) -> None:
    table = read_table(name)
    for profile in [*profile_names(name), "uniform16", "uniform1"]:
        read = read_profile(profile, name)
        assert len(read.weights) == len(read.activations) == len(table.layers)
        assert all(1 <= bits <= 16 for bits in (*read.weights, *read.activations))


def test_eleven_networks() -> None:
    assert len(table_names()) == 11


def test_labels_are_kept() -> None:
    assert read_profile("stripes_loom_100", "AlexNet").provenance == "R"
    assert read_profile("stripes_loom_99", "AlexNet").provenance == "V(act) R(wgt)"
    assert read_profile("mupod_1pct_input", "VGG_19").provenance == "V"
    assert read_profile("uniform8", "NiN").provenance == "-"
    loom = {name: read_profile("stripes_loom_100", name) for name in table_names()[:7]}
    assert {one.provenance for name, one in loom.items() if name != "VGG_16"} == {"R"}


def test_weights_take_no_memory() -> None:
    layer = read_table("VGG_19").layers[16].layer(8, 8)
    assert layer.weights.shape == (4096, 25088)
    assert layer.weights.strides == (0, 0)
    assert not isinstance(layer, Conv2d)


@pytest.mark.parametrize(
    ("profile", "network"),
    [("uniform0", "NiN"), ("uniform17", "NiN"), ("hawqv3_W8A8", "NiN"), ("best", "NiN")],
)
def test_unknown_profile(profile: str, network: str) -> None:
    with pytest.raises(InputError, match=r"profile of NiN must be one of stripes_loom_100, .*"):
        read_profile(profile, network)


def test_unknown_network() -> None:
    with pytest.raises(InputError, match=r"network must be one of LeNet, .* got 'VGG'"):
        read_table("VGG")
