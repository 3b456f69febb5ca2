"""Structural counters of a mapped MAC layer."""

from __future__ import annotations

from collections import Counter
from functools import partial, reduce
from operator import add
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qpim_emu.arith.requantize import Mode
from qpim_emu.engine.structure.measure import PhaseCost, measure
from qpim_emu.engine.structure.tally import VaultTally
from qpim_emu.hardware.counters import Counters
from qpim_emu.mapping.keeping import Keeper
from qpim_emu.mapping.phases import Load, Stream, Write
from qpim_emu.mapping.plane import Reduce, Streamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.arith.window import Window
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.mapping.plane import Chunk, Plane
    from qpim_emu.mapping.programs import Programs

__all__ = ["count_plan"]


class PlaneCost(NamedTuple):
    """Cost of all LOAD, all STREAM and all WRITE phases of a plane."""

    loads: PhaseCost
    streams: PhaseCost
    writes: PhaseCost


class Known(NamedTuple):
    """Costs by everything they depend on; the vaults of a layer mostly run the same few planes."""

    planes: dict[tuple[object, ...], PlaneCost]
    loads: dict[tuple[object, ...], PhaseCost]


class Structure(NamedTuple):
    """What the counters of a plan depend on, and nothing else of it: no weights.

    Programs are immutable and shared by plans of the same shape (`qpim_emu.mapping.programs`),
    so they are compared by identity; by value it would cost as much as counting them. A
    structure that is kept keeps its programs, so no others can take over their identity.
    """

    spec: Spec
    programs: Programs
    weight_window: Window
    activation_window: Window
    requantizes: bool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Structure) and self._key() == other._key()

    def __hash__(self) -> int:
        return id(self.programs)

    def _key(self) -> tuple[object, ...]:
        windows = self.weight_window, self.activation_window
        return id(self.programs), *windows, self.requantizes, self.spec

    def streamed_window(self, plane: Plane) -> Window:
        """Window of the streamed operand."""
        streams_weights = plane.streamed is Streamed.WEIGHTS
        return self.weight_window if streams_weights else self.activation_window

    def resident_window(self, plane: Plane) -> Window:
        """Window of the resident operand."""
        streams_weights = plane.streamed is Streamed.WEIGHTS
        return self.activation_window if streams_weights else self.weight_window


def count_plan(plan: Plan) -> Counters:
    """Count everything that does not depend on data, placement not included.

    Returns
    -------
    Counters
        Without the data-dependent counters: asking for one of them raises InputError. They are
        the caller's to add to.
    """
    structure = Structure(
        spec=plan.spec,
        programs=plan.programs,
        weight_window=plan.layer.weight_window,
        activation_window=plan.layer.activation_window,
        requantizes=plan.layer.requantize.mode is not Mode.NONE,
    )
    return known_counters.find(
        structure, partial(count_structure, structure), planes=lambda: plan.size
    ).copy()


known_counters: Keeper[Counters] = Keeper()
"""Counters of structures; not to be changed."""


def count_structure(plan: Structure) -> Counters:
    """Count every plane of every vault."""
    spec = plan.spec
    counters = Counters.empty(spec).structural()
    widths = (plan.weight_window.precision, plan.activation_window.precision)
    counters.macs[widths] = np.zeros(spec.vaults, np.int64)
    known = Known({}, {})
    for vault, program in enumerate(plan.programs):
        tally = VaultTally(counters, vault, spec)
        for plane in program:
            cost = find_cost(plan, plane, known)
            tally.add_reads(cost.loads, plan.resident_window(plane))
            tally.add_reads(cost.streams, plan.streamed_window(plane))
            tally.add_writes(cost.writes)
            counters.macs[widths][vault] += count_lanes(plan, plane, tally)
        if program:
            tally.close()
    return counters


def find_cost(plan: Structure, plane: Plane, known: Known) -> PlaneCost:
    """Measure the phases of a plane, unless a plane like it is known."""
    stripe = plan.spec.stripe
    bases = plane.streamed_base, plane.resident_base, *plane.output_bases
    key = (
        plane.chunks,
        plane.residents,
        plane.vector_blocks,
        plane.write_blocks,
        tuple(base % stripe for base in bases),
    )
    if key not in known.planes:
        known.planes[key] = PlaneCost(
            loads=find_load_cost(plan, plane, known),
            streams=total(stream_costs(plan, plane)),
            writes=total(write_costs(plan, plane)),
        )
    return known.planes[key]


def find_load_cost(plan: Structure, plane: Plane, known: Known) -> PhaseCost:
    """Measure the LOADs of a plane, unless those of an equal table are known."""
    extents = tuple((chunk.first, chunk.blocks) for chunk in plane.chunks)
    start = plane.resident_base % plan.spec.stripe
    key = start, plane.residents, plane.vector_blocks, extents
    if key not in known.loads:
        known.loads[key] = total(load_costs(plan, plane))
    return known.loads[key]


def total(costs: Iterator[PhaseCost]) -> PhaseCost:
    """Add costs up; there is at least one."""
    return reduce(add, costs)


def stream_costs(plan: Structure, plane: Plane) -> Iterator[PhaseCost]:
    """Costs of the STREAMs of each chunk over all passes."""
    passes = -(-plane.residents // plan.spec.filters_per_pass)
    window = plan.streamed_window(plane)
    for chunk in plane.chunks:
        phase = Stream(plane=plane, first=0, count=1, chunk=chunk)
        yield measure(phase.walks, spec=plan.spec, window=window) * passes


def load_costs(plan: Structure, plane: Plane) -> Iterator[PhaseCost]:
    """Costs of the LOADs of each chunk over all passes."""
    window = plan.resident_window(plane)
    for chunk in plane.chunks:
        for phase, times in distinct_loads(plan, plane, chunk):
            yield measure(phase.walks, spec=plan.spec, window=window) * times


def distinct_loads(plan: Structure, plane: Plane, chunk: Chunk) -> Iterator[tuple[Load, int]]:
    """LOADs of a chunk that differ by more than whole stripes, and how often each occurs.

    The tables of successive passes start a fixed distance apart, so their places in the stripe
    recur after `period` passes.
    """
    together, stripe = plan.spec.filters_per_pass, plan.spec.stripe
    full, last = divmod(plane.residents, together)
    period = stripe // int(np.gcd(together * plane.vector_blocks, stripe))
    for i in range(min(period, full)):
        occurrences = (full - i + period - 1) // period
        yield Load(plane=plane, first=i * together, count=together, chunk=chunk), occurrences
    if last:
        yield Load(plane=plane, first=full * together, count=last, chunk=chunk), 1


def write_costs(plan: Structure, plane: Plane) -> Iterator[PhaseCost]:
    """Costs of the WRITEs, those at the same place of a stripe measured once."""
    places = [base % plan.spec.stripe for base in plane.output_bases]
    for place, times in Counter(places).items():
        phase = Write(plane=plane, index=places.index(place))
        yield measure(phase.walks, spec=plan.spec) * times


def count_lanes(plan: Structure, plane: Plane, tally: VaultTally) -> int:
    """Count what the lanes and the buffer of a plane do; return the multiply-accumulates."""
    words, bits = plan.spec.words_per_block, plan.resident_window(plane).precision
    per_lane = plane.reduce is Reduce.PER_LANE
    passes = -(-plane.residents // plan.spec.filters_per_pass)
    table = plane.residents * plane.vector_blocks
    meetings = plane.vectors * table  # of a streamed block and a resident one
    partial = plane.vector_blocks // plane.period
    live = (plane.vector_blocks - partial) * words + partial * plane.tail
    macs = plane.vectors * plane.residents * live
    outputs = plane.vectors * plane.residents * (plane.tail if per_lane else 1)
    tally.count("streamed", passes * plane.vectors * plane.vector_blocks)
    tally.count("buffer_written_bits", table * words * bits)
    tally.count("buffer_read_bits", meetings * words * bits)
    tally.count("idle", meetings * words - macs)
    tally.count("updates", meetings * (words if per_lane else 1))
    tally.count("requantized", outputs if plan.requantizes else 0)
    return macs
