"""Steps of the network that round real numbers to codes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.arith.formats import BIPOLAR, UInt
from qpim_emu.frontends.onnx.refusal import RefusedError
from qpim_emu.frontends.qonnx.draft import MacDraft
from qpim_emu.frontends.qonnx.line import Line
from qpim_emu.frontends.qonnx.quadratic import rational
from qpim_emu.frontends.qonnx.quantizer import Quantizer
from qpim_emu.frontends.qonnx.thresholds import least_accumulators
from qpim_emu.frontends.qonnx.unrounded import UnroundedCode
from qpim_emu.frontends.qonnx.values import Coded, Real
from qpim_emu.workload.layers import Conv2d
from qpim_emu.workload.network import Node
from qpim_emu.workload.operations import Lookup
from qpim_emu.workload.requantize import Requantize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.frontends.qonnx.quantizer import Quantizer


__all__ = ["Emitted", "accumulators", "quantize", "summing_layer"]

MOST_THRESHOLDS = 1 << 24
MOST_ONES = 1 << 24
IMAGE_AXES = 3
FEATURE_AXES = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """Nodes that make a coded tensor, and the numbers behind the codes of a layer among them."""

    value: Coded
    nodes: tuple[Node, ...]
    real: tuple[str, UnroundedCode] | None = None
    note: str = ""


def quantize(value: Real | Coded, quantizer: Quantizer, name: str) -> Emitted:
    """Build the steps that round real numbers to the codes of a quantizer.

    Parameters
    ----------
    value
        What it rounds: sums of a layer, or codes of another scale.
    quantizer
        The quantizer.
    name
        Tensor that the codes become.

    Raises
    ------
    RefusedError
        If no step of the machine does it exactly.
    """
    real = as_real(value)
    check_channels(real, quantizer)
    first = name if not real.after else f"{name}/codes"
    emitted = quantize_first(real, quantizer, first)
    if not real.after:
        return emitted
    nodes, source = list(emitted.nodes), first
    for place, step in enumerate(real.after, 1):
        target = name if place == len(real.after) else f"{name}/codes{place}"
        nodes.append(Node(name=target, step=step, inputs=(source,)))
        source = target
    coded = replace(emitted.value, name=name, shape=real.shape)
    return replace(emitted, value=coded, nodes=tuple(nodes))


def as_real(value: Real | Coded) -> Real:
    """See codes as the real numbers they stand for."""
    if isinstance(value, Real):
        return value
    lines = lines_of(value)
    return Real(name=value.name, draft=value, lines=lines, sums=lines, shape=value.shape)


def lines_of(coded: Coded) -> tuple[Line, ...]:
    """Lines from the codes of a tensor to the real numbers they stand for."""
    return tuple(
        Line(slope=rational(scale), intercept=rational(-coded.zero * scale))
        for scale in coded.scale
    )


def check_channels(real: Real, quantizer: Quantizer) -> None:
    """Refuse one scale per channel where something has moved the channels."""
    channels = real.draft.shape[0]
    if quantizer.channels > 1 and (quantizer.channels != channels or real.shape[0] != channels):
        msg = (
            f"scales must be for the {channels} channels that are computed, "
            f"got {quantizer.channels} for shape {list(real.shape)}: quantize before reshaping"
        )
        raise RefusedError(msg)


def quantize_first(real: Real, quantizer: Quantizer, name: str) -> Emitted:
    """Round the sums of a layer in the layer, codes by a table or by a layer that copies them."""
    per_tensor = len(real.lines) == 1 and quantizer.channels == 1
    if isinstance(real.draft, MacDraft):
        return quantize_layer(real.draft, real.lines, quantizer, name)
    coded = real.draft
    if per_tensor and BIPOLAR not in {coded.format, quantizer.format}:
        return tabulate(coded, real.lines[0], quantizer, name)
    copied = summing_layer(coded)
    from_codes = tuple(  # the layer has taken the zero point off
        replace(line, intercept=line.intercept + line.slope * rational(coded.zero))
        for line in real.lines
    )
    emitted = quantize_layer(copied, from_codes, quantizer, name)
    return replace(emitted, note="codes are copied by a depthwise layer of ones, and rounded in it")


def quantize_layer(
    draft: MacDraft, lines: tuple[Line, ...], quantizer: Quantizer, name: str
) -> Emitted:
    """Count the integer thresholds that the accumulators of a layer reach."""
    filters = draft.shape[0]
    falling = np.array([line.slope.sign() < 0 for line in lines])
    if falling.any():
        draft = draft.mirrored(np.broadcast_to(falling, (filters,)))
        lines = tuple(
            line.mirrored() if falls else line for line, falls in zip(lines, falling, strict=True)
        )
    read = list(quantizer.read(lines))
    if len(read) * len(read[0][1]) > MOST_THRESHOLDS:
        msg = f"thresholds must be at most {MOST_THRESHOLDS}, got {len(read)} x {len(read[0][1])}"
        raise RefusedError(msg)
    rows = [least_accumulators(line, bounds, unit=quantizer.unit) for line, bounds in read]
    thresholds = np.array(rows) if len(rows) > 1 else rows[0]
    if quantizer.bipolar:  # from -1 to +1 at once
        thresholds = np.repeat(thresholds, 2, axis=-1)
    requantize = Requantize(mode="multithreshold", thresholds=thresholds, offset=quantizer.low)
    real = UnroundedCode(
        lines=tuple(line for line, _ in read),
        code_unit=quantizer.code_unit,
        codes=quantizer.codes,
        bounds=quantizer.bounds,
        unit=quantizer.unit,
    )
    return Emitted(
        value=coded_by(quantizer, name, draft.shape),
        nodes=(draft.node(name, requantize),),
        real=(name, real),
        note="weights of some filters are negated: their scale is negative"
        if falling.any()
        else "",
    )


def coded_by(quantizer: Quantizer, name: str, shape: tuple[int, ...]) -> Coded:
    """Give the tensor that a quantizer makes."""
    return Coded(
        name=name,
        shape=shape,
        format=quantizer.format,
        scale=quantizer.scale,
        zero=quantizer.zero,
    )


def tabulate(coded: Coded, line: Line, quantizer: Quantizer, name: str) -> Emitted:
    """Look up the new code of every code."""
    ((read, bounds),) = quantizer.read((line,))
    codes = np.arange(coded.format.min, coded.format.max + 1)
    if read.slope.sign() < 0:
        read, reached = read.mirrored(), -codes
    else:
        reached = codes
    thresholds = least_accumulators(read, bounds, unit=quantizer.unit)
    table = quantizer.low + np.searchsorted(thresholds, reached, side="right")
    step = Lookup(table=tuple(table.tolist()), first=coded.format.min)
    node = Node(name=name, step=step, inputs=(coded.name,))
    return Emitted(value=coded_by(quantizer, name, coded.shape), nodes=(node,))


def summing_layer(
    coded: Coded,
    *,
    kernel: Sequence[int] = (1, 1),
    stride: Sequence[int] = (1, 1),
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
) -> MacDraft:
    """Sum the codes, less their zero point, of every window: a depthwise layer of ones.

    Raises
    ------
    RefusedError
        If the tensor is no image, or a window does not fit.
    """
    if len(coded.shape) != IMAGE_AXES:
        msg = (
            f"input must have channels, height and width, got shape {list(coded.shape)}: "
            "use one scale for all channels here"
        )
        raise RefusedError(msg)
    channels = coded.shape[0]
    if channels * prod(kernel) > MOST_ONES:
        msg = f"windows of all channels must hold at most {MOST_ONES} codes, got {list(kernel)}"
        raise RefusedError(msg)
    options = {
        "stride": tuple(stride),
        "padding": padding,
        "groups": channels,
    }
    weights = np.ones((channels, 1, *kernel), np.int64)
    sizes = tuple(
        (extent + sum(sides) - size) // step + 1
        for extent, sides, size, step in zip(coded.shape[1:], padding, kernel, stride, strict=True)
    )
    if min(sizes) < 1:
        msg = f"window must fit the input {list(coded.shape)}, got {list(kernel)}"
        raise RefusedError(msg)
    return MacDraft(
        kind=Conv2d,
        source=coded,
        weights=weights,
        weight_format=UInt(1),
        weight_zero=np.zeros(channels, np.int64),
        options=options,
        shape=(channels, *sizes),
    )


def accumulators(real: Real) -> tuple[Node, ...]:
    """Give the sums of a layer out as they are, where nothing rounds them."""
    if isinstance(real.draft, Coded):
        return ()
    return (real.draft.node(f"{real.name}/accumulators"),)
