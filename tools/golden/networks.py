"""The network that ships: its tensors, counters and memories, for one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.data import digits
from qpim_emu.golden import Part
from qpim_emu.hardware import PAPER
from qpim_emu.workload.network_file import load_examples, load_network
from tools.golden.common import one_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpim_emu.golden import Recipe

__all__ = ["RECIPES"]


def digits_package() -> Recipe:
    """One image on two vaults of the paper's machine.

    Without the streams, which take 3 MB; ``qpim golden make digits`` makes them.
    """
    examples = load_examples(digits.EXAMPLES)
    inputs = {name: codes[:1] for name, codes in examples.inputs.items()}
    return one_run(
        load_network(digits.LAYERWISE),
        inputs,
        spec=PAPER.replace(vaults=2, name="paper, two vaults"),
        parts=(Part.PARAMETERS, Part.HEADERS, Part.MEMORY, Part.ONNX),
    )


RECIPES: dict[str, Callable[[], Recipe]] = {"digits": digits_package}
