"""Search for a layer that somebody's own implementation computes differently."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample, UnsatisfiedAssumption

from qpim_emu.engine.run import plan_layer
from qpim_emu.errors import MismatchError, QpimError
from qpim_emu.hardware.presets import TOY
from qpim_emu.oracle import reference
from qpim_emu.testing.bit_exact import assert_bit_exact
from qpim_emu.testing.source import layer_source
from qpim_emu.testing.strategies import layers
from qpim_emu.workload.accumulator import Overflow
from qpim_emu.workload.checks import integers

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy
    from numpy.typing import ArrayLike

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.testing.strategies import LayerInput
    from qpim_emu.testing.strategies.operands import Layer
    from qpim_emu.typing import IntArray

__all__ = ["Counterexample", "Implementation", "check_implementation", "find_counterexample"]

Implementation: TypeAlias = "Callable[[Layer, IntArray], ArrayLike]"
"""Somebody's kernel behind an adapter: output codes of a layer at its input codes."""

EXAMPLES = 500
UNSTOPPED = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """The smallest layer and input found that an implementation computes differently.

    Attributes
    ----------
    layer, codes
        The layer and its input.
    difference
        Where the outputs part, or what the implementation raised.
    """

    layer: Layer
    codes: IntArray
    difference: str

    def __str__(self) -> str:
        source = layer_source(self.layer, self.codes)
        return f"{self.difference}\n\nimport qpim_emu as qe\n\n{source}"


def check_implementation(
    implementation: Implementation,
    *,
    inputs: SearchStrategy[LayerInput] | None = None,
    examples: int = EXAMPLES,
    seed: int = 0,
    spec: Spec = TOY,
) -> None:
    """Require an implementation to compute every layer drawn as the machine does, bit for bit.

    Parameters
    ----------
    implementation, inputs, examples, seed, spec
        As for `find_counterexample`.

    Raises
    ------
    MismatchError
        With the smallest counterexample found, as Python source, and where it differs.
    """
    found = find_counterexample(
        implementation, inputs=inputs, examples=examples, seed=seed, spec=spec
    )
    if found:
        raise MismatchError(str(found))


def find_counterexample(
    implementation: Implementation,
    *,
    inputs: SearchStrategy[LayerInput] | None = None,
    examples: int = EXAMPLES,
    seed: int = 0,
    spec: Spec = TOY,
) -> Counterexample | None:
    """Search for a layer that an implementation computes differently, and shrink it.

    Parameters
    ----------
    implementation
        Called with a layer and its input codes ``int64[batch, ...]``; gives output codes in the
        shape of the layer's outputs (accumulators where nothing is requantized). It refuses
        what it does not support with `hypothesis.reject`.
    inputs
        Layers with inputs; layers of every kind with wrapping accumulators if not given. See
        `qpim_emu.testing.strategies.layers` for how to draw what an implementation supports.
    examples
        How many layers to try before giving up the search; shrinking comes on top.
    seed
        The same seed searches the same layers, with the same version of Hypothesis.
    spec
        Machine whose order of additions saturating accumulators follow, and in which the
        first wrong output is located.

    Returns
    -------
    Counterexample or None
        None if every layer tried agrees.

    Raises
    ------
    hypothesis.errors.Unsatisfiable
        If the implementation refuses all that is drawn: nothing was compared.

    Examples
    --------
    A kernel that forgets the bias:

    >>> import numpy as np
    >>> from qpim_emu.testing.strategies import layers
    >>> def forgetful(layer, codes):
    ...     return (codes - layer.activation_zero_point) @ (
    ...         layer.weights - layer.weight_zero_point[:, None]).T
    >>> matrices = layers(kinds=["linear"], policies=["wrap"], modes=["none"], windowed=False)
    >>> found = find_counterexample(forgetful, inputs=matrices)
    >>> print(found.difference)  # doctest: +ELLIPSIS
    output [0, 0] must be ..., got ... (1 of 1 differ)
      at vault 1, bank 0, row 2, column 0, word 0, array 0, lane all, bit ...
    """
    drawn = layers(policies=[Overflow.WRAP]) if inputs is None else inputs

    def differs(case: LayerInput) -> bool:
        return bool(difference_of(implementation, case, spec))

    try:
        found = find(
            drawn,
            differs,
            settings=settings(
                database=None,
                deadline=None,
                max_examples=examples,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=UNSTOPPED,
            ),
            random=Random(seed),  # noqa: S311 - a seeded search, no secret
        )
    except NoSuchExample:
        return None
    difference = difference_of(implementation, found, spec)
    return Counterexample(layer=found.layer, codes=found.codes, difference=difference)


def difference_of(implementation: Implementation, case: LayerInput, spec: Spec) -> str:
    """How an implementation's outputs differ from the oracle's; nothing where they agree."""
    expected = expected_outputs(case, spec)
    try:
        got = integers(implementation(case.layer, case.codes.copy()), field="implementation")
    except UnsatisfiedAssumption:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a stranger's code raises is its answer
        return f"implementation must return output codes, got {type(error).__name__}: {error}"
    if got.shape != expected.shape:
        return f"implementation must return shape {list(expected.shape)}, got {list(got.shape)}"
    if np.array_equal(got, expected):
        return ""
    return describe(case, got, expected, spec)


def expected_outputs(case: LayerInput, spec: Spec) -> IntArray:
    """Output codes by the oracle; a layer that traps is not a case."""
    groups = None
    if case.layer.accumulator.overflow is Overflow.SATURATE:
        groups = plan_layer(case.layer, case.codes.shape, spec=spec).word_groups
    return reference(case.layer, case.codes, groups=groups).outputs


def describe(case: LayerInput, got: IntArray, expected: IntArray, spec: Spec) -> str:
    """First wrong output, with its place in the machine where the layer fits into it."""
    first = tuple(int(i) for i in np.argwhere(got != expected)[0])
    wrong = np.count_nonzero(got != expected)
    text = (
        f"output {list(first)} must be {int(expected[first])}, got {int(got[first])} "
        f"({wrong} of {got.size} differ)"
    )
    try:
        assert_bit_exact(case.layer, case.codes, got, spec=spec)
    except MismatchError as mismatch:
        place = str(mismatch).partition("\n")[2].split("\n")[0]
        return f"{text}\n{place}" if place else text
    except QpimError:
        return text
    return text
