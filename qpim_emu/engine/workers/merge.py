"""The result of a layer put together from those of its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qpim_emu.engine.result import LayerExecution
from qpim_emu.engine.workers.parts import joined
from qpim_emu.hardware.counters import DATA_COUNTERS
from qpim_emu.mapping.placement import place
from qpim_emu.mapping.written import written_outputs
from qpim_emu.memory.image import BankImage, Region

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from qpim_emu.hardware.counters import Counters
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.typing import IntArray

__all__ = ["merged_counters", "merged_layer"]


def merged_counters(counted: Counters, events: Sequence[Mapping[str, IntArray]]) -> Counters:
    """Counters of a whole batch: structural ones as counted, data-dependent ones added up."""
    counters = counted.copy()
    for name in DATA_COUNTERS:
        none = np.zeros_like(counters.vault["cycles"])
        counters.vault[name] = sum((one[name] for one in events), none)
    return counters


def merged_layer(
    plan: Plan,
    codes: IntArray,
    *,
    outputs: Sequence[NDArray[Any]],
    accumulators: Callable[[], IntArray],
    counters: Counters,
) -> LayerExecution:
    """Make the result of a layer.

    Parameters
    ----------
    plan, codes
        The whole batch, mapped, and its input codes.
    outputs
        What its parts gave, image first.
    accumulators
        Makes those of the whole batch.
    counters
        Of the whole batch.
    """
    given = codes.reshape(plan.input_shape)
    made = joined(outputs)
    return LayerExecution(
        accumulators=accumulators,
        outputs=made,
        counters=counters,
        image=BankImage(plan.spec, Remade(plan=plan, codes=given, outputs=made)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """Description of a bank image after its layer (`qpim_emu.memory.image.Contents`).

    It is made of the codes when somebody looks at it, which few do: images of parts lie in the
    memory of other processes, and at other addresses.
    """

    plan: Plan
    codes: IntArray
    outputs: IntArray

    def reserved(self) -> Iterator[tuple[int, int]]:
        """Every vault in use, and its storage."""
        contents = place(self.plan, self.codes).contents
        assert contents is not None  # noqa: S101 - what was just placed is described
        return contents.reserved()

    def regions(self) -> Iterator[Region]:
        """Everything that was written."""
        contents = place(self.plan, self.codes).contents
        assert contents is not None  # noqa: S101 - likewise
        yield from contents.regions()
        yield from written_outputs(self.plan, self.outputs)
