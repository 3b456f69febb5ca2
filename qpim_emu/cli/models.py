"""Options of the commands that take model files, and how they are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rich.console import Console

    from qpim_emu.analysis.session import Session
    from qpim_emu.engine.run import Tier
    from qpim_emu.frontends.model import Model, TensorInfo
    from qpim_emu.frontends.reading import Reading
    from qpim_emu.hardware.spec import Spec

__all__ = [
    "model_options",
    "open_model",
    "path_of",
    "read_model",
    "reading_of",
    "show_notes",
    "titles",
]


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--requantize`` and ``--precision``."""
    requantize = click.option(
        "--requantize",
        metavar="PRESET",
        help="Whose requantization to follow: tflm, tflm-f32, litert-ref, onnxruntime, "
        "onnx-reference, torch-fbgemm.",
    )
    precision = click.option(
        "--precision",
        "precisions",
        metavar="LAYER=W4A8",
        multiple=True,
        help="Read a layer with fewer bits; W4A8:round rounds its weights to new codes instead.",
    )
    return requantize(precision(command))


def path_of(name: str) -> Path:
    """Find the file of a built-in network, or of any model by its path.

    Raises
    ------
    InputError
        If there is no such file; the names are listed.
    """
    from qpim_emu.analysis.session import BUILT_IN
    from qpim_emu.errors import NetworkFileError

    if name not in BUILT_IN and not Path(name).exists():
        msg = f"network must be one of {', '.join(BUILT_IN)}, or a file, got {name!r}"
        raise NetworkFileError(msg)
    return Path(BUILT_IN[name][0]) if name in BUILT_IN else Path(name)


def read_model(name: str, *, requantize: str | None, precisions: Sequence[str]) -> Model:
    """Read a built-in network, a network file or a model of another tool.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from qpim_emu.frontends.loading import load_model

    chosen = parse_precisions(precisions)
    return load_model(path_of(name), preset=requantize, precisions=chosen)


def reading_of(name: str, *, requantize: str | None) -> Reading | None:
    """Read a model of another tool operator by operator; None for what is none.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from qpim_emu.analysis.session import BUILT_IN
    from qpim_emu.frontends.kinds import Kind
    from qpim_emu.frontends.loading import read, recognise

    path = Path(name)
    if name in BUILT_IN or not path.exists() or recognise(path) is Kind.NETWORK:
        return None
    return read(path, preset=requantize)


def open_model(
    name: str,
    input_file: Path | None,
    *,
    images: int | None,
    most: int | None,
    spec: Spec,
    tier: Tier,
    requantize: str | None,
    precisions: Sequence[str],
) -> tuple[Session, Sequence[str]]:
    """Open a session on a model, and say what is to know about it.

    A model of another tool runs on seeded random codes where no inputs are given.

    Raises
    ------
    InputError
        As `read_model` and `qpim_emu.analysis.session.open_session`.
    """
    from qpim_emu.analysis.session import BUILT_IN, open_session
    from qpim_emu.frontends.kinds import Kind

    if name in BUILT_IN and requantize is None and not precisions:
        session = open_session(name, input_file, images=images, most=most, spec=spec, tier=tier)
        return session, ()
    model = read_model(name, requantize=requantize, precisions=precisions)
    examples: Any = input_file or BUILT_IN.get(name, (None, None))[1]
    notes = list(model.notes)
    if examples is None and model.kind is not Kind.NETWORK:
        from qpim_emu.crosscheck.inputs import seeded_batch
        from qpim_emu.report.names import counted

        images = images or 1
        batch = seeded_batch(model, images=images, seed=0)
        examples = {key: codes[:images] for key, codes in batch.inputs.items()}
        notes.append(f"no --input: {counted(images, 'random image')} (seed 0)")
    session = open_session(model.network, examples, images=images, most=most, spec=spec, tier=tier)
    return session, notes


def parse_precisions(texts: Sequence[str]) -> dict[str, str]:
    """Split ``LAYER=PRECISION`` at the last sign, as layers may have any name.

    Raises
    ------
    InputError
        If there is no sign, or a layer comes twice.
    """
    from qpim_emu.errors import InputError

    found: dict[str, str] = {}
    for text in texts:
        layer, sign, precision = text.rpartition("=")
        if not sign or layer in found:
            msg = f"--precision must be LAYER=W4A8, each layer once, got {text!r}"
            raise InputError(msg)
        found[layer] = precision
    return found


def titles(
    names: Iterable[str], tensors: Mapping[str, TensorInfo], *, width: int
) -> dict[str, str]:
    """Names of tensors as tables show them: short, the number first where the file has one."""
    from qpim_emu.report.names import short_names

    found: dict[str, str] = {}
    plain = []
    for name in names:
        info = tensors.get(name)
        if info is None or info.index is None:
            plain.append(name)
            continue
        number = f"#{info.index} "
        found[name] = number + short_names([name], width=width - len(number))[name]
    return found | short_names(plain, width=width)


def show_notes(console: Console, notes: Sequence[str]) -> None:
    """Print what a user of the import should know."""
    from qpim_emu.report.names import visible

    for line in notes:
        console.print(f"note: {visible(line)}", style="yellow", soft_wrap=True)
