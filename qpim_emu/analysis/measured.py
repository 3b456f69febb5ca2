"""What a network costs by the toggles of its own data, beside ungated reads of one block.

Run, not counted: toggles depend on data. Two baselines say different things. The network's twin
of 16-bit codes keeps what precision is given up for, bits that carry information and toggle. The
same right-justified codes read as whole words toggle less, their upper bits being copies of signs
or zeros, so that keeping these lines off saves fewer toggles than lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.analysis.baseline import ungated_spec, whole_word_network
from qpim_emu.analysis.estimate import check_words, compare
from qpim_emu.analysis.session import open_session
from qpim_emu.cost.measured import Measured
from qpim_emu.engine.network import run_network
from qpim_emu.engine.run import Tier
from qpim_emu.errors import InputError
from qpim_emu.hardware.switching import Switching

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qpim_emu.analysis.session import Session
    from qpim_emu.engine.network import NetworkResult
    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

__all__ = ["IMAGES", "TWIN", "WHOLE_WORDS", "measure_network"]

IMAGES = 20
"""Images that are run where no number is given."""

TWIN = "its 16-bit twin"
WHOLE_WORDS = "its own codes as whole words"


def measure_network(
    name: str, examples: Path | None = None, *, images: int | None = None, spec: Spec
) -> Measured:
    """Run a network and its baselines in the ``fast`` tier, toggles counted.

    Parameters
    ----------
    name, examples, images
        As for `open_session`; at most `IMAGES` images if no number is given.
    spec
        The machine; the baselines run on the same one, ungated, one block per read.

    Raises
    ------
    InputError
        As `open_session`; also if the machine has words of another width, or the network's codes
        mean something else as whole words, so that the data would not be the same.
    """
    check_words(spec)
    session = open_session(name, examples, images=images, most=IMAGES, spec=spec, tier=Tier.FAST)
    mine = run(session.network, session.inputs, spec)
    plain = ungated_spec(spec)
    whole = run(whole_word_network(session.network, plain), session.inputs, plain)
    check_same_data(mine, whole)
    baselines = {WHOLE_WORDS: whole}
    if (twin := twin_of(name, examples, session)) is not None:
        baselines = {TWIN: run(twin.network, twin.inputs, plain), **baselines}
    return Measured(
        images=session.images,
        estimates={
            text: compare(
                session.network,
                counters_of(mine),
                counters_of(baseline),
                spec=spec,
                source=f"the network's own number formats; baseline: {text}, ungated reads of one "
                "block",
            )
            for text, baseline in baselines.items()
        },
    )


def run(network: Network, inputs: Mapping[str, IntArray], spec: Spec) -> NetworkResult:
    """Run a network, toggles counted."""
    return run_network(network, inputs, spec=spec, tier=Tier.FAST, switching=Switching.MEASURED)


def twin_of(name: str, examples: Path | None, session: Session) -> Session | None:
    """The 16-bit twin on the same images: the digits network's own examples have one."""
    if name != "digits" or examples is not None:
        return None
    return open_session(
        "digits-16bit", None, images=session.images, spec=session.spec, tier=Tier.FAST
    )


def counters_of(ran: NetworkResult) -> dict[str, Counters]:
    """Counters by node."""
    return {name: node.counters for name, node in ran.nodes.items()}


def check_same_data(mine: NetworkResult, whole: NetworkResult) -> None:
    """Refuse to compare toggles of different data."""
    for name, codes in mine.tensors.items():
        if not np.array_equal(codes, whole.tensors[name]):
            msg = (
                f"codes must read the same as whole words to compare toggles, got others in {name}"
            )
            raise InputError(msg)
