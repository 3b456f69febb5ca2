"""Input vectors by what they are chosen for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import Encoding
from qpim_emu.errors import CapacityError, InputError
from qpim_emu.golden.closing import Search, plans_of
from qpim_emu.golden.recipe import InputSet
from qpim_emu.workload.generators import corner_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qpim_emu.arith.formats import Format
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = ["Case", "make_sets"]

Inputs = dict[str, "IntArray"]


class Case(StrEnum):
    """What vectors are chosen for."""

    BOUNDARY = "boundary"
    """Every code at an end of its range: all low, all high, and both mixed."""
    RANDOM = "random"
    """Any codes, a quarter of them at the ends."""
    TIES = "ties"
    """Accumulators that the requantization rounds from exactly half-way."""
    OVERFLOW = "overflow"
    """Accumulators that leave their format."""
    CLOSE_COVERAGE = "close-coverage"
    """Whatever bins of the coverage no other vector has hit."""


WANTED: dict[Case, Callable[[str], bool]] = {
    Case.TIES: lambda name: "/tie/" in name,
    Case.OVERFLOW: lambda name: name.endswith("/over"),
    Case.CLOSE_COVERAGE: bool,
}
"""Bins that a case looks for."""


def make_sets(
    network: Network, spec: Spec, cases: Iterable[Case], *, seed: int, images: int = 1
) -> tuple[InputSet, ...]:
    """Choose inputs for every case, the same for the same seed.

    Parameters
    ----------
    network, spec
        What runs on which machine.
    cases
        What to choose inputs for, in the order of the sets; a case that finds nothing to add
        has no set.
    seed
        Seed of all choices.
    images
        Batch size of boundary and random inputs.

    Raises
    ------
    InputError
        If no case has any input, or the machine refuses a layer.
    """
    rng, chosen = np.random.default_rng(seed), tuple(cases)
    search = Search(network, spec, rng) if WANTED.keys() & chosen else None
    sets: list[InputSet] = []
    for case in chosen:
        if case not in WANTED:
            sets += plain_sets(network, case, images, rng)
        elif search is not None:
            for one in sets[search.noted :]:
                search.note(one.inputs)
            sets += in_batches(network, spec, str(case), search.look_for(WANTED[case]))
            search.noted = len(sets)
    if not sets:
        msg = f"cases must find an input, got none for {', '.join(chosen) or 'no case'}"
        raise InputError(msg)
    return tuple(sets)


def plain_sets(
    network: Network, case: Case, images: int, rng: np.random.Generator
) -> Iterator[InputSet]:
    """Sets of inputs that do not look at the layers."""
    shapes = {name: (kind.format, (images, *kind.shape)) for name, kind in network.inputs.items()}
    if case is Case.RANDOM:
        drawn = {name: any_codes(rng, *shape) for name, shape in shapes.items()}
        yield InputSet(case=str(case), inputs=drawn)
        return
    for name, choose in (("low", all_low), ("high", all_high), ("mixed", mixed)):
        chosen = {key: choose(rng, *shape) for key, shape in shapes.items()}
        yield InputSet(case=f"{case}-{name}", inputs=chosen)


def any_codes(rng: np.random.Generator, stored: Format, shape: tuple[int, ...]) -> IntArray:
    """Codes of a format, a quarter of them at its ends."""
    if stored.encoding is Encoding.BIPOLAR:
        return mixed(rng, stored, shape)
    return corner_codes(rng, stored, shape)


def all_low(rng: np.random.Generator, stored: Format, shape: tuple[int, ...]) -> IntArray:  # noqa: ARG001 - as the others
    """The smallest code everywhere."""
    return np.full(shape, stored.min, np.int64)


def all_high(rng: np.random.Generator, stored: Format, shape: tuple[int, ...]) -> IntArray:  # noqa: ARG001 - as the others
    """The largest code everywhere."""
    return np.full(shape, stored.max, np.int64)


def mixed(rng: np.random.Generator, stored: Format, shape: tuple[int, ...]) -> IntArray:
    """The smallest or the largest code."""
    return np.where(rng.integers(0, 2, shape, dtype=np.int64) > 0, stored.max, stored.min)


def in_batches(network: Network, spec: Spec, case: str, found: list[Inputs]) -> list[InputSet]:
    """Put vectors into as few runs as the machine's memory allows."""
    if not found:
        return []
    together = {name: np.concatenate([vector[name] for vector in found]) for name in network.inputs}
    try:
        plans_of(network, spec, batch=len(found))
    except CapacityError:
        if len(found) == 1:
            raise
        half = len(found) // 2
        parts = (found[:half], found[half:])
        return [one for part in parts for one in in_batches(network, spec, case, part)]
    return [InputSet(case=case, inputs=together)]
