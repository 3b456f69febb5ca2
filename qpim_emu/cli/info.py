"""``qpim info``: version, kernels, processor, presets, and a self-test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["command"]

SELFTEST_SECONDS = 60.0
VECTOR_FEATURES = ("avx2", "fma", "avx512f", "avx512bw", "avx512vnni", "avxvnni", "neon", "dotprod")


@click.command("info")
@click.option("--selftest", is_flag=True, help="Compare tiers and oracle on random layers.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=SELFTEST_SECONDS,
    show_default=True,
    help="How long the self-test takes.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of its layers."
)
def command(*, selftest: bool, seconds: float, seed: int) -> None:
    """Show the version, the kernels, the processor and the machine presets."""
    for name, text in (*environment(), *kernels(), *presets()):
        click.echo(f"{name:<11} {text}")
    if selftest:
        run_selftest(seconds, seed)


def environment() -> Iterator[tuple[str, str]]:
    """What a bug report should say about where the emulator runs."""
    import platform
    from importlib.metadata import version

    from qpim_emu import __version__
    from qpim_emu.engine.run import SEMANTICS_VERSION

    yield "qpim-emu", f"{__version__} (semantics {SEMANTICS_VERSION})"
    yield "python", f"{platform.python_version()} on {platform.platform()}"
    for package in ("numpy", "numba", "bitarray"):
        yield package, version(package)


def kernels() -> Iterator[tuple[str, str]]:
    """What the fast tier computes with, and what the processor offers."""
    from llvmlite import binding

    from qpim_emu.engine.fast.kernels.availability import reason
    from qpim_emu.engine.fast.kernels.choice import IN_ORDER, KERNELS, VARIABLE, requested_kernel
    from qpim_emu.engine.fast.kernels.products import Blas

    features = binding.get_host_cpu_features()
    offered = [name for name in VECTOR_FEATURES if features.get(name)]
    yield "processor", f"{binding.get_host_cpu_name()}: {' '.join(offered) or 'no vector features'}"
    requested = requested_kernel()
    first = f"{requested.name} ({VARIABLE}), else " if requested else ""
    yield "kernels", f"a layer takes {first}the first of these that is exact for it"
    for kernel in KERNELS:
        if isinstance(kernel, Blas):
            bits = kernel.exact.bit_length() - 1
            text = f"{blas()}, exact sums up to 2**{bits}"
        else:
            text = f"{kernel.sums} sums, {reason(kernel)}"
        asked = "" if kernel in IN_ORDER else f"; on request ({VARIABLE})"
        yield "kernel", f"{kernel.name:<11} {text}{asked}"


def blas() -> str:
    """Name and version of the BLAS that NumPy was built with."""
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    built = config["Build Dependencies"]["blas"]
    return f"{built.get('name', 'unknown')} {built.get('version', '')}".strip()


def presets() -> Iterator[tuple[str, str]]:
    """The machines that come with the package."""
    from qpim_emu.hardware.presets import PRESETS

    for name, spec in PRESETS.items():
        banks = f"{spec.vaults} vaults x {spec.banks} banks"
        sizes = f"rows of {spec.row_bytes} B, blocks of {spec.block_bytes} B, W = {spec.word_bits}"
        yield "preset", f"{name}: {banks}, {sizes}"


def run_selftest(seconds: float, seed: int) -> None:
    """Run the self-test with a progress bar where a person is watching."""
    from rich.console import Console
    from rich.progress import Progress

    from qpim_emu.analysis.selftest import selftest

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("self-test", total=seconds)
        done = selftest(
            seconds=seconds, seed=seed, progress=lambda spent: bars.update(task, completed=spent)
        )
    click.echo(
        f"self-test   passed: {done.layers} layers, {done.macs:,} MACs, literal = fast = oracle"
    )
