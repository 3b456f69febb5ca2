"""What a network costs at a precision profile, beside the same machine at 16 bits, ungated.

Counted, not run: the ``count`` tier needs no data. Layers of a table are counted independently:
their placement is charged, but no input has a producer, so no bits move between vaults.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from qpim_emu.analysis.baseline import ungated_network, ungated_spec
from qpim_emu.analysis.tables import WORD, LayerShape, LayerTable, Profile
from qpim_emu.cost.estimate import Count, Estimate, LayerEstimate
from qpim_emu.engine.network_count import count_network
from qpim_emu.engine.run import count_layer
from qpim_emu.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qpim_emu.hardware.counters import Counters
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.workload.network import Network

__all__ = ["check_words", "compare", "estimate_network", "estimate_table"]


def estimate_table(
    table: LayerTable,
    profile: Profile,
    *,
    spec: Spec,
    change: Callable[[Spec], Spec] = lambda spec: spec,
) -> Estimate:
    """Count the layers of a table at a profile.

    Parameters
    ----------
    table, profile
        What to count, at which widths.
    spec
        The machine; the baseline is the same machine, ungated, one block per read.
    change
        Changes the machine that reads at the profile's widths, for ablations; the baseline
        keeps `spec`.

    Raises
    ------
    InputError
        If the machine has words of another width, or a layer does not fit it.
    """
    check_words(spec)
    changed, plain = change(spec), ungated_spec(spec)
    return Estimate(
        network=table.name,
        profile=profile.name,
        provenance=profile.provenance,
        source=profile.source,
        spec=spec,
        layers=tuple(
            LayerEstimate(
                name=shape.name,
                weight_bits=weights,
                activation_bits=activations,
                count=count_shape(shape, weights, activations, changed),
                baseline=count_shape(shape, WORD, WORD, plain),
            )
            for shape, weights, activations in zip(
                table.layers, profile.weights, profile.activations, strict=True
            )
        ),
    )


def check_words(spec: Spec) -> None:
    """Refuse a machine whose words do not hold 16 bits, the baseline's width."""
    if spec.word_bits != WORD:
        msg = f"word_bits must be {WORD} to compare with {WORD} bits, got {spec.word_bits}"
        raise InputError(msg)


@lru_cache(maxsize=4096)
def count_shape(shape: LayerShape, weight_bits: int, activation_bits: int, spec: Spec) -> Count:
    """Count one layer of a table; equal layers are counted once."""
    layer = shape.layer(weight_bits, activation_bits)
    return Count.of(count_layer(layer, shape.input_shape, spec=spec))


def estimate_network(network: Network, *, batch: int = 1, spec: Spec) -> Estimate:
    """Count a network at its own precisions; the baseline reads the same codes as whole words.

    Placement is charged between the vaults, as in a run.

    Raises
    ------
    InputError
        If the machine has words of another width, or a node does not fit it.
    """
    check_words(spec)
    mine = count_network(network, batch=batch, spec=spec)
    whole = ungated_network(network, spec)
    theirs = count_network(whole, batch=batch, spec=ungated_spec(spec))
    return compare(
        network, mine.nodes, theirs.nodes, spec=spec, source="the network's own number formats"
    )


def compare(
    network: Network,
    nodes: Mapping[str, Counters],
    baseline: Mapping[str, Counters],
    *,
    spec: Spec,
    source: str,
) -> Estimate:
    """Put the counters of a network's nodes beside those of its baseline.

    Parameters
    ----------
    network
        What was counted.
    nodes, baseline
        Counters by node.
    spec
        The machine.
    source
        What the estimate says about itself.
    """
    layers = network.layers
    return Estimate(
        network=network.name,
        profile="own",
        provenance="-",
        source=source,
        spec=spec,
        layers=tuple(
            LayerEstimate(
                name=name,
                weight_bits=layers[name].weight_window.precision if name in layers else None,
                activation_bits=layers[name].activation_window.precision
                if name in layers
                else None,
                count=Count.of(counters),
                baseline=Count.of(baseline[name]),
            )
            for name, counters in nodes.items()
        ),
    )
