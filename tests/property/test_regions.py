"""Are regions where they belong: in order, aligned, disjoint, the outputs where `locate` says?"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given

from qpim_emu.arith.formats import BIPOLAR
from qpim_emu.engine.result import output_shape
from qpim_emu.engine.run import run_layer
from qpim_emu.mapping.outputs import OutputIndex, locate, output_homes
from qpim_emu.mapping.phases import Load, Stream, Write
from qpim_emu.testing.strategies import Case, cases
from qpim_emu.workload.accumulator import Overflow
from tests.property.plans import mapped

if TYPE_CHECKING:
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Plane

CASES = cases(max_macs=400, policies=[Overflow.WRAP])


def spans(plane: Plane) -> list[tuple[int, int]]:
    """Regions of a plane as (first, past), in the order in which they are laid out."""
    table = plane.resident_base, plane.residents * plane.vector_blocks
    image = plane.streamed_base, plane.rows * plane.pitch
    outputs = [(base, plane.write_blocks) for base in plane.output_bases]
    ordered = [image, table, *outputs]
    if plane.streamed == "weights":
        vectors = plane.streamed_base, plane.vectors * plane.vector_blocks
        ordered = [table, vectors, *outputs]
    return [(first, first + blocks) for first, blocks in ordered]


@given(case=CASES)
def test_regions_follow_each_other_from_block_0(case: Case) -> None:
    plan, stripe = mapped(case).plan, case.spec.stripe
    for program in plan.programs:
        regions: list[tuple[int, int]] = []
        for plane in program:
            table = 1 if plane.image else None  # later images share the weight table
            regions += [span for at, span in enumerate(spans(plane)) if at != table]
        assert all(first % stripe == 0 for first, _ in regions)
        assert not regions or regions[0][0] == 0
        for (_, past), (first, _) in pairwise(regions):
            assert first == -(-past // stripe) * stripe


@given(case=CASES)
def test_every_block_of_outputs_is_written_once(case: Case) -> None:
    plan = mapped(case).plan
    for vault, program in enumerate(plan.programs):
        written = [
            walk.base + step
            for phase in plan.phases(vault)
            if isinstance(phase, Write)
            for walk in phase.walks
            for step in range(walk.run)
        ]
        assert len(written) == len(set(written))
        owned = {b for p in program for base in p.output_bases
                 for b in range(base, base + p.write_blocks)}  # fmt: skip
        assert set(written) == owned


@given(case=CASES)
def test_passes_cover_every_resident_and_every_chunk(case: Case) -> None:
    plan = mapped(case).plan
    for vault, program in enumerate(plan.programs):
        passes = [p for p in plan.phases(vault) if not isinstance(p, Write)]
        assert [type(phase) for phase in passes] == [Load, Stream] * (len(passes) // 2)
        for load, stream in zip(passes[::2], passes[1::2], strict=True):
            assert (load.first, load.count, load.chunk) == (
                stream.first,
                stream.count,
                stream.chunk,
            )
        for plane in program:
            own = [phase for phase in passes[1::2] if phase.plane == plane]
            met = [(r, phase.chunk.first) for phase in own
                   for r in range(phase.first, phase.first + phase.count)]  # fmt: skip
            chunks = [chunk.first for chunk in plane.chunks]
            assert sorted(met) == [(r, c) for r in range(plane.residents) for c in chunks]


@given(case=CASES)
def test_chunks_fill_the_pe_buffer(case: Case) -> None:
    plan, spec = mapped(case).plan, case.spec
    for plane in plan.planes:
        together = min(spec.filters_per_pass, plane.residents)
        capacity = spec.pe_buffer_words // spec.words_per_block // together
        sizes = [chunk.blocks for chunk in plane.chunks]
        assert max(sizes) <= capacity
        assert sum(sizes) == plane.vector_blocks
        assert [chunk.first for chunk in plane.chunks] == np.cumsum([0, *sizes[:-1]]).tolist()
        if plane.vector_blocks <= capacity:
            assert len(sizes) == 1
        elif plane.period == plane.vector_blocks > 1:  # plain vectors: all but the last are full
            assert set(sizes[:-1]) == {capacity}


def stored_output(plan: Plan, image_words: list[int]) -> int:
    """Code that the words of one output spell, lowest first."""
    width, stored = plan.spec.word_bits, plan.layer.output_format
    field = sum(word << (width * part) for part, word in enumerate(image_words))
    if stored == BIPOLAR:
        return 2 * field - 1
    negative = stored.is_signed and field >> (width * len(image_words) - 1)
    return field - (1 << (width * len(image_words))) if negative else field


@given(case=CASES)
def test_outputs_are_where_locate_says(case: Case) -> None:
    result = run_layer(case.layer, case.codes, spec=case.spec, mapping=case.mapping)
    plan, spec = result.plan, case.spec
    (words,) = {plane.output_words for plane in plan.planes}
    assert words == -(-plan.layer.output_format.bits // spec.word_bits)
    outputs = result.outputs.reshape(output_shape(plan))
    seen = set()
    for index in np.ndindex(*outputs.shape):
        where = locate(plan, OutputIndex(*index))
        first = spec.address(where.bank, where.row, where.column)
        read = [int(result.image[where.vault].read(first + part)[0, where.word])
                for part in range(words)]  # fmt: skip
        assert stored_output(plan, read) == outputs[index], (index, where)
        seen.add((where.vault, first, where.word))
    assert len(seen) == outputs.size


@given(case=CASES)
def test_outputs_are_at_home_where_locate_says(case: Case) -> None:
    plan = mapped(case).plan
    homes = output_homes(plan, output_shape(plan))
    for index in np.ndindex(*homes.shape):
        assert homes[index] == locate(plan, OutputIndex(*index)).vault, index


@given(case=CASES)
def test_words_without_an_output_are_0(case: Case) -> None:
    result = run_layer(case.layer, case.codes, spec=case.spec, mapping=case.mapping)
    per_block = case.spec.words_per_block
    for plane in result.plan.planes:
        image = result.image[plane.vault]
        if plane.streamed == "weights":
            used, blocks = plane.vectors, plane.output_words
            for base in plane.output_bases:
                tail = image.read(base + plane.write_blocks - blocks, blocks)
                assert not tail[:, used - (plane.write_blocks // blocks - 1) * per_block :].any()
            continue
        for index, base in enumerate(plane.output_bases):
            live = plane.tail if plane.reduce == "per_lane" else plane.residents - index * per_block
            assert not image.read(base, plane.write_blocks)[:, max(0, live) :].any()
