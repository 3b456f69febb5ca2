"""Do the walks visit each output's blocks in K order, and do these hold the right words?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.mapping.phases import Load, Stream
from qpim_emu.testing.strategies import KINDS, Case, cases
from qpim_emu.workload.layers import Conv2d, Linear
from tests.property.plans import Mapped, code_word, cut, mapped, streamed_vector, visited, zero_word

CASES = cases(max_macs=400)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_streamed_vectors(kind: str, data: st.DataObject) -> None:
    found = mapped(data.draw(cases(kinds=[kind], max_macs=200)))
    for plane in found.plan.planes:
        vectors: list[list[int]] = [[] for _ in range(plane.vectors)]
        for chunk in plane.chunks:
            blocks = visited(chunk, plane.streamed_base)
            assert len(blocks) == plane.vectors
            for vector, part in zip(vectors, blocks, strict=True):
                assert (len(vector), len(part)) == (chunk.first, chunk.blocks)
                vector.extend(part)
        for index, vector in enumerate(vectors):
            addresses, words = streamed_vector(found, plane, index)
            assert vector == addresses
            image = found.image[plane.vault]
            assert [image.read(block)[0].tolist() for block in vector] == words


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_resident_vectors(kind: str, data: st.DataObject) -> None:
    found = mapped(data.draw(cases(kinds=[kind], max_macs=200)))
    for plane in found.plan.planes:
        image = found.image[plane.vault]
        for resident in range(plane.residents):
            first = plane.resident_base + resident * plane.vector_blocks
            blocks = [image.read(first + step)[0].tolist() for step in range(plane.vector_blocks)]
            if plane.reduce == "per_lane":
                blocks = [block[: plane.tail] for block in blocks]
                assert blocks == lane_words(found, plane.group, resident)
            else:
                index = plane.resident_first + resident
                assert blocks == resident_words(found, plane.group, index)


def resident_words(found: Mapped, group: int, index: int) -> list[list[int]]:
    """Blocks of a batch row, or of a filter's weights tap by tap."""
    layer, spec = found.layer, found.plan.spec
    width, words = spec.word_bits, spec.words_per_block
    if isinstance(layer, Linear):
        row = [code_word(int(c), layer.activation_type, width) for c in found.codes[index]]
        pad = zero_word(layer.activation_zero_point, layer.activation_window, width)
        return cut(row, words, pad)
    assert layer.groups == 1 or index // (layer.filters // layer.groups) == group
    pad = zero_word(int(layer.weight_zero_point[index]), layer.weight_window, width)
    taps = [
        [code_word(int(c), layer.weight_type, width) for c in layer.weights[index, :, ky, kx]]
        for ky in range(layer.weights.shape[2])
        for kx in range(layer.weights.shape[3])
    ]
    if found.plan.layout == "unfolded":
        return cut([word for tap in taps for word in tap], words, pad)
    return [block for tap in taps for block in cut(tap, words, pad)]


def lane_words(found: Mapped, block: int, multiple: int) -> list[list[int]]:
    """Live lanes of the blocks of one multiple of a depthwise channel block, tap by tap."""
    layer, spec = found.layer, found.plan.spec
    assert isinstance(layer, Conv2d)
    channels = range(layer.channels)[block * spec.words_per_block :][: spec.words_per_block]
    filters = [channel * (layer.filters // layer.groups) + multiple for channel in channels]
    return [
        [code_word(int(layer.weights[f, 0, ky, kx]), layer.weight_type, spec.word_bits)
         for f in filters]
        for ky in range(layer.weights.shape[2])
        for kx in range(layer.weights.shape[3])
    ]  # fmt: skip


@given(case=CASES)
def test_every_planned_read_is_inside_what_was_placed(case: Case) -> None:
    found = mapped(case)
    for vault in range(case.spec.vaults):
        for phase in found.plan.phases(vault):
            if isinstance(phase, Load | Stream):
                for walk in phase.walks:
                    for runs in walk.vector_runs():
                        for run in runs:
                            found.image[vault].read(run, walk.run)


@given(case=CASES)
def test_word_groups_are_the_blocks_of_a_vector(case: Case) -> None:
    found = mapped(case)
    plane = next(found.plan.planes)
    groups = found.plan.word_groups
    listed = [k for group in groups for k in group]
    assert listed == list(range(found.plan.geometry.products))
    if plane.reduce == "per_lane":
        assert all(len(group) == 1 for group in groups)
    else:
        words = case.spec.words_per_block
        live = [plane.live_words(block, words) for block in range(plane.vector_blocks)]
        assert [len(group) for group in groups] == live
