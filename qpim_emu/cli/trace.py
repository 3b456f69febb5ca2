"""``qpim trace``: the command stream of a layer, in the formats of other tools."""

from __future__ import annotations

from pathlib import Path

import click

from qpim_emu.cli.options import machine_options, read_machine

__all__ = ["command"]

FORMAT_HELP = "csv, jsonl, drampower4, drampower5, dramsim3, ramulator2, vcd or perfetto."


@click.command("trace")
@click.argument("network", metavar="[NETWORK]", required=False, default="digits", type=click.Path())
@click.option("--layer", metavar="NAME", required=True, help="Layer or operation to trace.")
@click.option(
    "--format", "kind", metavar="NAME", default="csv", show_default=True, help=FORMAT_HELP
)
@click.option(
    "--out", metavar="FILE", required=True, type=click.Path(path_type=Path), help="File to write."
)
@click.option("--vault", metavar="N", type=int, help="Trace this vault only; all by default.")
@machine_options
def command(
    *,
    network: str,
    layer: str,
    kind: str,
    out: Path,
    vault: int | None,
    preset: str | None,
    spec_file: Path | None,
) -> None:
    """Write the commands that one layer of NETWORK issues, without running it.

    NETWORK is a network file, or digits (the default) or digits-16bit.
    """
    from qpim_emu.analysis.session import read_network
    from qpim_emu.cli.console import make_console
    from qpim_emu.traces import save_trace, trace_node

    spec = read_machine(preset, spec_file)
    trace = trace_node(read_network(network), layer, spec=spec, vault=vault)
    save_trace(trace, out, format=kind)
    traced = "all vaults" if vault is None else f"vault {vault}"
    make_console().print(
        f"{layer}, {traced} of {spec.name}: {trace.end:,} cycles as {kind} in {out}",
        soft_wrap=True,
        markup=False,
        highlight=False,
    )
