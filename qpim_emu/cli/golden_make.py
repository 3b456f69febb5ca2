"""``qpim golden make``: a golden package of a network."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qpim_emu.cli.models import model_options, read_model
from qpim_emu.cli.options import machine_options, read_machine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeVar

    from qpim_emu.frontends.model import Model
    from qpim_emu.golden import InputSet
    from qpim_emu.golden.recipe import Quantization
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.network import Network

    Choice = TypeVar("Choice", bound=str)

__all__ = ["command"]

MEBIBYTE = 1 << 20


@click.command("make")
@click.argument("network", metavar="NETWORK", type=click.Path())
@click.option(
    "--out", metavar="DIR", required=True, type=click.Path(path_type=Path), help="Folder to make."
)
@click.option(
    "--inputs",
    "input_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Examples file: input codes. Built-in networks have their own.",
)
@click.option(
    "--cases",
    metavar="NAMES",
    help="Choose inputs instead: boundary, random, ties, overflow, close-coverage, "
    "separated by commas.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the cases."
)
@click.option(
    "--images",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Batch size: examples to run, or images of boundary and random cases.",
)
@click.option(
    "--parts",
    metavar="NAMES",
    default="parameters,headers,memory,streams,onnx",
    show_default=True,
    help="What to write besides tensors and counters.",
)
@click.option(
    "--formats",
    metavar="NAMES",
    default="hex",
    show_default=True,
    help="Formats of the memory images: hex, mem, coe, bin.",
)
@click.option(
    "--max-bytes",
    metavar="N",
    type=click.IntRange(min=0),
    default=64 * MEBIBYTE,
    show_default=True,
    help="What the package may take.",
)
@click.option("--force", is_flag=True, help="Replace a package of that name.")
@click.option(
    "--tier",
    metavar="NAME",
    default="literal",
    show_default=True,
    help="literal or fast; the package is the same.",
)
@model_options
@machine_options
def command(
    *,
    network: str,
    out: Path,
    input_file: Path | None,
    cases: str | None,
    seed: int,
    images: int,
    parts: str,
    formats: str,
    max_bytes: int,
    force: bool,
    tier: str,
    requantize: str | None,
    precisions: tuple[str, ...],
    preset: str | None,
    spec_file: Path | None,
) -> None:
    """Run NETWORK and write a golden package of it into DIR.

    NETWORK is a network file, of a single layer or of many, a model of another tool, or digits or
    digits-16bit. What is in a package, to the bit, is specified in golden/README.md.
    """
    from qpim_emu.engine.run import read_tier
    from qpim_emu.errors import InputError
    from qpim_emu.golden import ImageFormat, Part, Recipe, make_package

    if input_file is not None and cases is not None:
        msg = f"--inputs and --cases must not both be given, got {input_file} and {cases}"
        raise InputError(msg)
    chosen = read_tier(tier)
    wanted = tuple(choices(parts, Part, field="--parts"))
    kinds = tuple(choices(formats, ImageFormat, field="--formats"))
    spec = read_machine(preset, spec_file)
    model = read_model(network, requantize=requantize, precisions=precisions)
    loaded = model.network
    if cases is None:
        sets = given_sets(network, loaded, input_file, images)
    else:
        require_room(loaded, images, max_bytes)
        sets = chosen_sets(loaded, spec, cases, seed, images)
    recipe = Recipe(
        network=loaded,
        spec=spec,
        sets=sets,
        parts=wanted,
        images=kinds,
        quantization=quantization_of(model),
        seed=None if cases is None else seed,
    )
    manifest = make_package(recipe, out, tier=chosen, max_bytes=max_bytes, replace=force)
    total = sum(entry["bytes"] for entry in manifest["files"].values())
    click.echo(f"{out}: {len(manifest['files'])} files, {total:,} bytes, {len(sets)} sets")


def quantization_of(model: Model) -> dict[str, Quantization]:
    """What a model file says of its tensors."""
    import numpy as np

    from qpim_emu.golden.recipe import Quantization

    def plain(values: object) -> Any:  # noqa: ANN401 - a number, numbers or nothing
        if values is None:
            return None
        array = np.asarray(values)
        return array.item() if array.size == 1 else tuple(array.tolist())

    return {
        name: Quantization(scale=plain(info.scale), zero_point=plain(info.zero_point))
        for name, info in model.tensors.items()
        if name in model.network.tensors
    }


def choices(text: str, kind: type[Choice], *, field: str) -> list[Choice]:
    """Read names that are separated by commas.

    Raises
    ------
    InputError
        If one of them is none of the kind.
    """
    from qpim_emu.errors import InputError

    known: Mapping[str, Choice] = {str(one): one for one in kind}  # type: ignore[attr-defined] # an enumeration
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            msg = f"{field} must be among {', '.join(known)}, got {name!r}"
            raise InputError(msg)
    return [known[name] for name in dict.fromkeys(names)]


def given_sets(
    name: str, network: Network, input_file: Path | None, images: int
) -> tuple[InputSet, ...]:
    """One set with the first images of an examples file.

    Raises
    ------
    InputError
        If there is none, or it has fewer.
    """
    from qpim_emu.analysis.session import BUILT_IN
    from qpim_emu.errors import InputError
    from qpim_emu.golden import InputSet
    from qpim_emu.workload.network_file import load_examples

    chosen = input_file or BUILT_IN.get(name, (None, None))[1]
    if chosen is None:
        msg = f"--inputs or --cases must say what to run {name} on, got neither"
        raise InputError(msg)
    inputs: dict[str, IntArray] = network.read_inputs(load_examples(chosen).inputs)
    available = len(next(iter(inputs.values())))
    if images > available:
        msg = f"--images must be at most the {available} examples of {chosen.name}, got {images}"
        raise InputError(msg)
    return (InputSet(case="given", inputs={key: codes[:images] for key, codes in inputs.items()}),)


def require_room(network: Network, images: int, max_bytes: int) -> None:
    """Refuse more images than a package can hold: a code takes a byte at least.

    Raises
    ------
    InputError
        If there are more.
    """
    from qpim_emu.errors import InputError

    codes = sum(math.prod(kind.shape) for kind in network.inputs.values())
    if images > 1 and images * codes > max_bytes:
        msg = f"--images must fit into --max-bytes {max_bytes}, got {images} of {codes} codes each"
        raise InputError(msg)


def chosen_sets(
    network: Network, spec: Spec, cases: str, seed: int, images: int
) -> tuple[InputSet, ...]:
    """Sets of inputs by the names of cases."""
    from qpim_emu.golden.vectors import Case, make_sets

    return make_sets(network, spec, choices(cases, Case, field="--cases"), seed=seed, images=images)
