"""Run one layer on a machine: map, place, execute, account."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine import literal
from qpim_emu.engine.laid import find_laid, keep_laid
from qpim_emu.errors import InputError, LayerError, MappingError
from qpim_emu.hardware.spec import check_spec
from qpim_emu.hardware.switching import Switching, read_switching
from qpim_emu.mapping.homes import reshaped_homes
from qpim_emu.mapping.placement import find_charge, place
from qpim_emu.mapping.plan import Plan, make_plan
from qpim_emu.mapping.request import Mapping
from qpim_emu.workload.checks import held_integers
from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from qpim_emu.engine.result import LayerExecution
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.events import Observer
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.mapping.placement import Charge
    from qpim_emu.memory.image import BankImage
    from qpim_emu.typing import IntArray

__all__ = ["SEMANTICS_VERSION", "RunResult", "Tier", "count_layer", "plan_layer", "run_layer"]

SEMANTICS_VERSION = "1.0"
"""Version of the semantics in ``docs/semantics.md`` that runs follow."""


class Tier(StrEnum):
    """How a run is executed; every tier gives the same results.

    The ``count`` tier executes nothing and needs no codes: see `count_layer`.
    """

    LITERAL = "literal"
    """Command by command, on bits."""

    FAST = "fast"
    """Vectorised over the same bank image, masks and walks."""


TIERS = {tier.value: tier for tier in Tier}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Result of one layer.

    Attributes
    ----------
    plan
        How the layer was mapped.
    shape
        Shape of the outputs.
    executed
        What the tier found out.
    tier, semantics_version
        What executed it, by which version of the semantics.
    """

    plan: Plan
    shape: tuple[int, ...]
    executed: LayerExecution
    tier: Tier
    semantics_version: str = SEMANTICS_VERSION

    @property
    def accumulators(self) -> IntArray:
        """Accumulators, zero points and bias taken in.

        ``int64[n, filters, height, width]`` (convolutions; ``[n, filters, length]`` in one
        dimension, ``[n, filters]`` for linear layers).
        """
        return self.executed.accumulators.reshape(self.shape)

    @property
    def outputs(self) -> IntArray:
        """Output codes, in the shape of the accumulators."""
        return self.executed.outputs.reshape(self.shape)

    @property
    def counters(self) -> Counters:
        """Event counters, placement included."""
        return self.executed.counters

    @property
    def cycles(self) -> int:
        """Cycles of the slowest vault."""
        return int(self.counters.vault["cycles"].max())

    @property
    def image(self) -> BankImage:
        """Bank image after the layer."""
        return self.executed.image


def plan_layer(
    layer: Conv1d | Conv2d | Linear,
    shape: tuple[int, ...],
    *,
    spec: Spec,
    mapping: Mapping | None = None,
) -> Plan:
    """Map a layer at an input of `shape` onto a machine; errors as `make_plan`."""
    check_types(layer, spec, mapping)
    if isinstance(layer, Conv1d):
        layer.output_shape(shape)
        return make_plan(layer.as_conv2d(), height_one(shape), spec=spec, mapping=mapping)
    return make_plan(layer, shape, spec=spec, mapping=mapping)


def check_types(layer: object, spec: object, mapping: object) -> None:
    """Refuse what is no layer, no machine or no mapping.

    Raises
    ------
    LayerError, SpecError, MappingError
        Naming the argument and its value.
    """
    if not isinstance(layer, (Conv1d, Conv2d, Linear)):
        msg = f"layer must be a Conv1d, Conv2d or Linear, got {layer!r}"
        raise LayerError(msg)
    check_spec(spec)
    check_mapping(mapping)


def check_mapping(mapping: object) -> None:
    """Refuse what is neither a mapping nor None.

    Raises
    ------
    MappingError
        Naming the value.
    """
    if mapping is not None and not isinstance(mapping, Mapping):
        msg = f"mapping must be a Mapping, got {mapping!r}"
        raise MappingError(msg)


def run_layer(
    layer: Conv1d | Conv2d | Linear,
    codes: ArrayLike,
    *,
    spec: Spec,
    tier: Tier | str = Tier.LITERAL,
    mapping: Mapping | None = None,
    homes: IntArray | None = None,
    switching: Switching | str = Switching.ASSUMED,
    observe: Callable[[int], Observer] | None = None,
    progress: Callable[[int], None] | None = None,
) -> RunResult:
    """Run a layer on input codes.

    Parameters
    ----------
    layer
        The layer.
    codes
        Input codes of its activation type, ``[n, channels, height, width]`` (or
        ``[n, channels, length]``, ``[n, channels]``).
    spec
        The machine.
    tier
        How to execute.
    mapping
        Layout and partition; automatic where not given.
    homes
        Vault that produced each input code, -1 for none; none did if not given.
    switching
        Whether toggles are measured: counters then hold `BANK_TOGGLES` and `VAULT_TOGGLES`
        (`qpim_emu.hardware.switching`) as well, equal in every tier.
    observe
        Makes an observer for each vault (``literal`` only).
    progress
        Called with a number of finished outputs now and then.

    Raises
    ------
    InputError
        If the input, the mapping, the tier or the switching does not fit; see its subclasses.
    AccumulatorOverflowError
        If the accumulators trap.
    """
    tier, switching = read_tier(tier), read_switching(switching)
    check_observer(observe, tier)
    array = held_integers(codes, field="input")
    plan, shape, charge = lay_out(layer, array.shape, spec=spec, mapping=mapping, homes=homes)
    return run_plan(
        plan,
        array,
        shape=shape,
        charge=charge,
        tier=tier,
        switching=switching,
        observe=observe,
        progress=progress,
    )


def lay_out(
    layer: Conv1d | Conv2d | Linear,
    shape: tuple[int, ...],
    *,
    spec: Spec,
    mapping: Mapping | None,
    homes: IntArray | None,
) -> tuple[Plan, tuple[int, ...], Charge]:
    """Map a layer, shape its outputs, and find what placing codes costs; errors as `run_layer`."""
    is_plain = mapping is None and homes is None
    laid = find_laid(layer, shape, spec) if is_plain else None
    if laid is not None:
        assert not isinstance(layer, Conv1d)  # noqa: S101 - none is kept
        return laid.plan(layer), laid.shape, laid.charge
    plan = plan_layer(layer, shape, spec=spec, mapping=mapping)
    outputs = plan.output_shape
    if isinstance(layer, Conv1d):
        outputs = (*outputs[:2], *outputs[3:])
        homes = None if homes is None else reshaped_homes(homes, plan.input_shape)
    charge = find_charge(plan, homes)
    if is_plain and plan.layer is layer:
        keep_laid(plan, charge)
    return plan, outputs, charge


def run_plan(
    plan: Plan,
    codes: NDArray[np.integer[Any]],
    *,
    shape: tuple[int, ...],
    charge: Charge,
    tier: Tier,
    switching: Switching,
    observe: Callable[[int], Observer] | None = None,
    progress: Callable[[int], None] | None = None,
) -> RunResult:
    """Run a mapped layer; errors and other arguments as `run_layer`.

    Parameters
    ----------
    plan
        The mapped layer.
    codes
        Input codes, any integers.
    shape
        Shape of the outputs as the layer has it.
    charge
        What placing the codes costs.
    """
    array = codes if codes.shape == plan.input_shape else codes.reshape(plan.input_shape)
    if tier is Tier.LITERAL:
        image = place(plan, array.astype(np.int64, copy=False))
        executed = literal.execute(
            plan, image, switching=switching, observe=observe, progress=progress
        )
        charge.add_to(executed.counters)
    else:
        executed = fast_run()(plan, array, charge=charge, switching=switching, progress=progress)
    return RunResult(plan=plan, shape=shape, executed=executed, tier=tier)


@cache
def fast_run() -> Callable[..., LayerExecution]:
    """Load the fast tier when it first runs."""
    from qpim_emu.engine import fast  # noqa: PLC0415 - brings a compiler, which literal needs not

    return fast.run


def check_observer(observe: object, tier: Tier) -> None:
    """Refuse an observer of a tier that tells nothing of its events.

    Raises
    ------
    InputError
        Naming the tier.
    """
    if observe is not None and tier is not Tier.LITERAL:
        msg = f"observe must be None but in the literal tier, got an observer in tier {tier}"
        raise InputError(msg)


def count_layer(
    layer: Conv1d | Conv2d | Linear,
    shape: tuple[int, ...],
    *,
    spec: Spec,
    mapping: Mapping | None = None,
    homes: IntArray | None = None,
) -> Counters:
    """Count a layer at an input of `shape` without its codes (the ``count`` tier).

    Parameters
    ----------
    layer, spec, mapping, homes
        As for `run_layer`.
    shape
        Shape of the input.

    Returns
    -------
    Counters
        Structural counters and cycles, equal to those of any other tier
        (`Counters.structural`). Asking for a data-dependent one raises InputError.

    Raises
    ------
    InputError
        If the shape or the mapping does not fit; see its subclasses.
    """
    from qpim_emu.engine import count  # noqa: PLC0415 - brings a compiler, which literal needs not

    plan = plan_layer(layer, shape, spec=spec, mapping=mapping)
    if homes is not None and isinstance(layer, Conv1d):
        homes = reshaped_homes(homes, height_one(homes.shape))
    return count.execute(plan, charge=find_charge(plan, homes))


def read_tier(tier: Tier | str) -> Tier:
    """Read the name of a tier that executes.

    Raises
    ------
    InputError
        If there is no such tier.
    """
    if isinstance(tier, Tier):
        return tier
    if not isinstance(tier, str) or tier not in TIERS:
        hint = " (to count without codes, use count_layer)" if tier == "count" else ""
        msg = f"tier must be one of {', '.join(Tier)}, got {tier!r}{hint}"
        raise InputError(msg)
    return TIERS[tier]


def height_one(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of a batch of sequences as images of height 1."""
    return (*shape[:2], 1, *shape[2:])
