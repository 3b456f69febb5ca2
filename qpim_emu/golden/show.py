"""A package as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpim_emu.report.names import short_names

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["describe_bins", "describe_package"]

NAME_WIDTH = 40


def describe_package(manifest: dict[str, Any]) -> Iterator[str]:
    """Machine, sets, layers and coverage, a line each."""
    machine, files = manifest["machine"], manifest["files"]
    size = sum(entry["bytes"] for entry in files.values())
    yield f"{manifest['name']}: {len(files)} files, {size:,} bytes, origin {manifest['origin']}"
    yield (
        f"semantics {manifest['semantics_version']}, library {manifest['library']}, "
        f"parts {', '.join(manifest['parts']) or 'none'}"
    )
    yield (
        f"machine {machine['name']}: {machine['vaults']} vaults, W = {machine['word_bits']}, "
        f"granularity {machine['gate_granularity']}, "
        f"at most {machine['max_blocks_per_read']} blocks per read"
    )
    for one in manifest["sets"]:
        figures = (
            f"{name} {sum(node.get(name, 0) for node in one['nodes'])}"
            for name in ("overflows", "clamped", "ties")
        )
        yield f"set {one['folder']}: {one['images']} images, {', '.join(figures)}"
    names = short_names([layer["name"] for layer in manifest["layers"]], width=NAME_WIDTH)
    for layer in manifest["layers"]:
        yield describe_layer(layer, names[layer["name"]])
    for coverage in manifest["coverage"]:
        yield describe_coverage(coverage, names[coverage["layer"]])


def describe_layer(layer: dict[str, Any], name: str) -> str:
    """One node."""
    if layer["folder"] is None:
        return f"node {name}: {layer['kind']}"
    accumulator = layer["accumulator"]
    return (
        f"node {name}: {layer['kind']}, "
        f"weights {window_text(layer['weight_window'])}, "
        f"activations {window_text(layer['activation_window'])}, "
        f"{accumulator['bits']}-bit {accumulator['overflow']}, {layer['requantize']['mode']}, "
        f"{layer['layout']}, {layer['partition']}"
    )


def window_text(window: dict[str, Any]) -> str:
    """A window."""
    shift = f" from bit {window['shift']}" if window["shift"] else ""
    return f"{window['format']}{shift}"


def describe_coverage(coverage: dict[str, Any], name: str) -> str:
    """Coverage of one layer in numbers."""
    open_bins = coverage["hit"] + len(coverage["missed"])
    closed = coverage["bins"] - open_bins
    return (
        f"coverage {name}: {coverage['hit']} of {open_bins} bins "
        f"(of {coverage['bins']}, {closed} are out of reach)"
    )


def describe_bins(manifest: dict[str, Any]) -> Iterator[str]:
    """Every bin: hit how often, missed, or out of reach and why."""
    for coverage in manifest["coverage"]:
        yield (
            f"{coverage['layer']}: streamed {coverage['streamed']}, "
            f"resident {coverage['resident']}, granularity {coverage['granularity']}"
        )
        for name, hits in coverage["hits"].items():
            yield f"  {name:<24} {hits}"
        for name in coverage["missed"]:
            yield f"  {name:<24} missed"
        for reason, patterns in coverage["unreachable"].items():
            for pattern in patterns:
                yield f"  {pattern:<24} out of reach: {reason}"
