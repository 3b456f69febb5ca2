"""Kernel sizes, strides, dilations and paddings as the attributes of ONNX give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qpim_emu.frontends.onnx.refusal import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Geometry", "read_geometry"]

MOST_AXES = 2
AUTO_PADS = ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """How windows lie, along one axis or two."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]

    @property
    def is_padded(self) -> bool:
        """Whether a window can reach beyond the input."""
        return any(side for axis in self.padding for side in axis)


def read_geometry(
    attributes: Mapping[str, Any], *, kernel: tuple[int, ...], sizes: tuple[int, ...]
) -> Geometry:
    """Read the attributes of a convolution or a pooling.

    Parameters
    ----------
    attributes
        ``strides``, ``dilations``, ``pads``, ``auto_pad``, ``ceil_mode``.
    kernel
        Sizes of the kernel.
    sizes
        Sizes of the input along the same axes.

    Raises
    ------
    RefusedError
        If there are more axes than two, values are missing, or a padding is negative.
    """
    axes = len(kernel)
    if not 1 <= axes <= MOST_AXES or len(sizes) != axes:
        msg = f"windows must have one or two axes, got kernel {kernel} over {sizes}"
        raise RefusedError(msg)
    strides = numbers(attributes, "strides", axes, least=1)
    dilations = numbers(attributes, "dilations", axes, least=1)
    pads = numbers(attributes, "pads", 2 * axes, least=0, default=0)
    padding = tuple(zip(pads[:axes], pads[axes:], strict=True))
    auto = attributes.get("auto_pad", "NOTSET")
    if auto not in AUTO_PADS:
        msg = f"auto_pad must be one of {', '.join(AUTO_PADS)}, got {auto!r}"
        raise RefusedError(msg)
    if auto == "VALID":
        padding = ((0, 0),) * axes
    elif auto != "NOTSET":
        rows = zip(sizes, kernel, strides, dilations, strict=True)
        padding = tuple(same(*row, extra_last=auto == "SAME_UPPER") for row in rows)
    if attributes.get("ceil_mode"):
        rows = zip(sizes, kernel, strides, dilations, strict=True)
        padding = tuple(ceiled(*row, pad) for row, pad in zip(rows, padding, strict=True))
    return Geometry(kernel=kernel, strides=strides, dilations=dilations, padding=padding)


def numbers(
    attributes: Mapping[str, Any], name: str, count: int, *, least: int, default: int = 1
) -> tuple[int, ...]:
    """Read as many integers as needed, none below `least`."""
    given: object = attributes.get(name)
    if given is None:
        return (default,) * count
    values = given if isinstance(given, tuple) else ()
    if len(values) != count or any(not isinstance(v, int) or v < least for v in values):
        msg = f"{name} must be {count} integers of {least} or more, got {given}"
        raise RefusedError(msg)
    return tuple(values)


def same(
    size: int, kernel: int, stride: int, dilation: int, *, extra_last: bool
) -> tuple[int, int]:
    """Padding that leaves one output per stride, an odd one more at the end or the beginning."""
    outputs = -(-size // stride)
    total = max(0, (outputs - 1) * stride + dilation * (kernel - 1) + 1 - size)
    small = total // 2
    return (small, total - small) if extra_last else (total - small, small)


def ceiled(
    size: int, kernel: int, stride: int, dilation: int, pad: tuple[int, int]
) -> tuple[int, int]:
    """Padding that makes room for a last window that begins inside the input or before it."""
    reach = dilation * (kernel - 1) + 1
    outputs = -(-(size + sum(pad) - reach) // stride) + 1
    if (outputs - 1) * stride >= size + pad[0]:
        outputs -= 1
    return pad[0], max(pad[1], (outputs - 1) * stride + reach - size - pad[0])
