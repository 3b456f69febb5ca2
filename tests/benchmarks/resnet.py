"""ResNet-18's convolutions at 224x224 and 8/8 bits: the emulator beside its own kernel, and others.

``emulated``
    Every layer through `run_layer` on the fast tier, on random ``int8`` codes; each has run
    before.
``bare``
    The same kernel and threads on operands unfolded beforehand (`tests.benchmarks.bare`).
``bare with unfolding``
    The same kernel and threads on plain arrays, unfolded on the way (`tests.benchmarks.unfolding`).
``torch._int_mm``, ``ONNX Runtime``
    The same products, unfolded beforehand (`tests.benchmarks.peers`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.bare import bare, call_all, products_of
from tests.benchmarks.peaks import peak_entrants
from tests.benchmarks.peers import onnxruntime_products, torch_products, unfolded
from tests.benchmarks.race import Entrant, race
from tests.benchmarks.rows import Bound, Row, Target
from tests.benchmarks.stacks import convolutions, emulate, macs_of, make_step
from tests.benchmarks.unfolding import unfold_and_multiply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.race import Result
    from tests.benchmarks.stacks import Step

__all__ = ["rows", "steps_of"]

ROUNDS = 9
PEER_BATCH = 8
PEERS = {"torch._int_mm": torch_products, "ONNX Runtime": onnxruntime_products}
OVER_BARE = Target(bound=Bound.MOST, value=1.10)
OVER_TORCH = Target(bound=Bound.LEAST, value=1.0)
OVER_ONNXRUNTIME = Target(bound=Bound.LEAST, value=1.2)
OF_PEAK = Target(bound=Bound.LEAST, value=45)


def steps_of(batch: int) -> list[Step]:
    """The convolutions."""
    rng = np.random.default_rng(0)
    return [make_step(shape, batch, rng) for shape in convolutions("ResNet-18")]


def rows(batch: int) -> Iterator[Row]:
    """Compare everything at one size of the batch; other libraries at `PEER_BATCH` only."""
    steps, name = steps_of(batch), f"ResNet-18 stack, batch {batch}"
    entrants = {
        "emulated": Entrant(partial(emulate, steps), macs_of(steps)),
        "bare": Entrant(
            partial(call_all, [bare(products_of(step)) for step in steps]), macs_of(steps)
        ),
        "bare with unfolding": Entrant(
            partial(call_all, [unfold_and_multiply(step) for step in steps]), macs_of(steps)
        ),
        **peak_entrants("vpdpbusd"),
        **(peers_of(steps) if batch == PEER_BATCH else {}),
    }
    found = race(entrants, rounds=ROUNDS)
    yield found.row(f"{name}, emulated / bare", "emulated", "bare", OVER_BARE)
    yield found.row(f"{name}, emulated / unfolding", "emulated", "bare with unfolding", OVER_BARE)
    yield found.row(f"{name}, unfolding / bare", "bare with unfolding", "bare")
    if batch == PEER_BATCH:
        yield from peer_rows(name, found)
        yield from peak_rows(name, found)


def peers_of(steps: list[Step]) -> dict[str, Entrant]:
    """Other libraries, those that are installed."""
    parts = [products_of(step) for step in steps]
    codes, found = unfolded(parts), {}
    for name, make in PEERS.items():
        try:
            found[name] = Entrant(make(parts, codes), macs_of(steps))
        except ImportError:
            continue
    return found


def peer_rows(name: str, found: Result) -> Iterator[Row]:
    """Speeds beside other libraries."""
    targets = OVER_TORCH, OVER_ONNXRUNTIME
    for peer, target in zip(PEERS, targets, strict=True):
        if peer not in found.seconds:
            yield Row(what=f"{name}, {peer}", other="not installed", target=target)
            continue
        yield found.row(f"{name}, emulated, speed", "emulated", peer, target)
        yield found.row(f"{name}, bare, speed", "bare", peer, Bound.LEAST)


def peak_rows(name: str, found: Result) -> Iterator[Row]:
    """Shares of the machine's peak, if it has the instruction."""
    peak = "peak vpdpbusd"
    for ours, target in (("emulated", OF_PEAK), ("bare", None)):
        if peak in found.seconds:
            yield Row(
                what=f"{name}, {ours}, of the peak",
                ours=found.cell(ours),
                other=f"VPDPBUSD: {found.best_rate(peak):.0f} GMAC/s",
                found=found.share(ours, peak),
                unit="%",
                target=target,
            )
