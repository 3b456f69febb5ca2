"""Planes of a layer: what each vault computes, and where its regions lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from qpim_emu.mapping.layouts import blocked, unfolded
from qpim_emu.mapping.layouts.image import StreamedImage, ceil_div
from qpim_emu.mapping.plane import Plane, Reduce, Streamed
from qpim_emu.mapping.rectangles import rectangles, share
from qpim_emu.mapping.regions import Regions
from qpim_emu.mapping.request import Layout, Partition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.workload.geometry import ConvGeometry, LinearGeometry

__all__ = ["conv_planes", "linear_planes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Resident vectors of one group that a vault holds."""

    group: int
    first: int
    count: int
    lanes: int | None


def conv_planes(
    *,
    geometry: ConvGeometry,
    layout: Layout,
    partition: Partition,
    output_words: int,
    vault: int,
    spec: Spec,
) -> tuple[Plane, ...]:
    """Planes of a convolution in one vault, image by image.

    Raises
    ------
    CapacityError
        If they do not fit into the vault.
    """
    by_pixels = partition is Partition.PIXELS
    first, past = share(geometry.pixels, vault, spec.vaults) if by_pixels else (0, geometry.pixels)
    if first == past:
        return ()
    regions = Regions(spec, vault)
    planes: list[Plane] = []
    for part in parts(geometry, vault=vault, spec=spec, whole=by_pixels):
        streamed = streamed_image(geometry, layout, part, first=first, past=past, spec=spec)
        writes = part.count if part.lanes else ceil_div(part.count, spec.words_per_block)
        write_blocks = (past - first) * output_words
        plane = Plane(
            vault=vault,
            image=0,
            group=part.group,
            reduce=Reduce.PER_LANE if part.lanes else Reduce.DOT,
            streamed=Streamed.ACTIVATIONS,
            first=first,
            vectors=past - first,
            resident_first=part.first,
            residents=part.count,
            **shape_of(streamed),
            streamed_base=regions.take(streamed.blocks),
            resident_base=regions.take(part.count * streamed.vector_blocks),
            output_bases=output_regions(regions, writes, write_blocks),
            output_words=output_words,
            write_blocks=write_blocks,
        )
        planes.append(plane)
    return (*planes, *later_images(tuple(planes), geometry.images, regions))


def parts(geometry: ConvGeometry, *, vault: int, spec: Spec, whole: bool) -> Iterator[Part]:
    """Resident vectors of `vault`, group by group (depthwise: channel block by block)."""
    words = spec.words_per_block
    if geometry.is_depthwise:
        blocks = ceil_div(geometry.channels, words)
        for block in range(*((0, blocks) if whole else share(blocks, vault, spec.vaults))):
            lanes = min(words, geometry.channels - block * words)
            yield Part(group=block, first=0, count=geometry.group_filters, lanes=lanes)
        return
    first, past = (0, geometry.filters) if whole else share(geometry.filters, vault, spec.vaults)
    size = geometry.group_filters
    for group in range(geometry.groups):
        low, high = max(first, group * size), min(past, (group + 1) * size)
        if low < high:
            yield Part(group=group, first=low, count=high - low, lanes=None)


def buffered_blocks(residents: int, spec: Spec) -> int:
    """Blocks of each of the vectors of a pass that fit the PE buffer together."""
    together = min(spec.filters_per_pass, residents)
    return spec.pe_buffer_words // (together * spec.words_per_block)


def streamed_image(
    geometry: ConvGeometry, layout: Layout, part: Part, *, first: int, past: int, spec: Spec
) -> StreamedImage:
    """Lay the activations of output pixels ``first..past`` out."""
    capacity = buffered_blocks(part.count, spec)
    if layout is Layout.UNFOLDED:
        return unfolded.image(
            products=geometry.products, vectors=past - first, capacity=capacity, spec=spec
        )
    return blocked.image(
        geometry=geometry,
        rectangles=tuple(rectangles(first, past, geometry.out_width)),
        capacity=capacity,
        lanes=part.lanes,
        spec=spec,
    )


def shape_of(streamed: StreamedImage) -> dict[str, Any]:
    """Fields that a plane takes over from its streamed image."""
    names = ("vector_blocks", "period", "tail", "rows", "row_blocks", "pitch", "chunks")
    return {name: getattr(streamed, name) for name in names}


def output_regions(regions: Regions, writes: int, blocks: int) -> tuple[int, ...]:
    """Take one region of `blocks` blocks per WRITE."""
    return tuple(regions.take(blocks) for _ in range(writes))


def later_images(planes: tuple[Plane, ...], images: int, regions: Regions) -> Iterator[Plane]:
    """Repeat the planes of the first image for the rest of a batch, sharing the weights."""
    for image in range(1, images):
        for plane in planes:
            yield replace(
                plane,
                image=image,
                streamed_base=regions.take(plane.rows * plane.pitch),
                output_bases=output_regions(regions, len(plane.output_bases), plane.write_blocks),
            )


def linear_planes(
    *, geometry: LinearGeometry, output_words: int, vault: int, spec: Spec
) -> tuple[Plane, ...]:
    """Plane of a linear layer in one vault: weights streamed, activations resident.

    Raises
    ------
    CapacityError
        If it does not fit into the vault.
    """
    first, past = share(geometry.filters, vault, spec.vaults)
    if first == past:
        return ()
    regions = Regions(spec, vault)
    streamed = unfolded.image(
        products=geometry.products,
        vectors=past - first,
        capacity=buffered_blocks(geometry.batch, spec),
        spec=spec,
    )
    write_blocks = ceil_div(past - first, spec.words_per_block) * output_words
    plane = Plane(
        vault=vault,
        image=0,
        group=0,
        reduce=Reduce.DOT,
        streamed=Streamed.WEIGHTS,
        first=first,
        vectors=past - first,
        resident_first=0,
        residents=geometry.batch,
        **{**shape_of(streamed), "rows": geometry.batch},
        resident_base=regions.take(geometry.batch * streamed.vector_blocks),
        streamed_base=regions.take(streamed.blocks),
        output_bases=output_regions(regions, geometry.batch, write_blocks),
        output_words=output_words,
        write_blocks=write_blocks,
    )
    return (plane,)
