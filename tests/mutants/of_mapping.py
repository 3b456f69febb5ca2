"""Mutants of layouts, chunks, partition, tables and output regions."""

from __future__ import annotations

from tests.mutants.harness import Mutant
from tests.mutants.of_arithmetic import WRAPPING

__all__ = ["EXTENDED", "GATE"]

REGIONS = "tests/property/test_regions.py"
WALKS = "tests/property/test_walks.py"

GATE = (
    Mutant(
        name="bias added again with every K chunk",
        file="engine/literal/program.py",
        old="""        if not phase.is_first:
            return
""",
        new="""        if not phase.is_first:
            for slot in range(phase.count):
                for register in lanes.registers[vector * phase.count + slot]:
                    register.add(int(layer.bias[0]))
            return
""",
        killers=(f"{WRAPPING}[linear]", WRAPPING),
    ),
    Mutant(
        name="depthwise lanes one channel on",
        file="mapping/outputs.py",
        old="channel = plane.group * words + lane\n",
        new="channel = plane.group * words + (lane + 1) % plane.tail\n",
        killers=(f"{WRAPPING}[depthwise]", WRAPPING),
    ),
    Mutant(
        name="shares of pixels rounded up",
        file="mapping/rectangles.py",
        old="return part * count // parts, (part + 1) * count // parts",
        new="return -(-part * count // parts), -(-(part + 1) * count // parts)",
        killers=("tests/unit/mapping/test_rectangles.py",),
    ),
    Mutant(
        name="weight table by columns of the kernel",
        file="mapping/gather.py",
        old="taps = words.transpose(0, 2, 3, 1)",
        new="taps = words.transpose(0, 3, 2, 1)",
        killers=(f"{WRAPPING}[conv2d]", WRAPPING),
    ),
    Mutant(
        name="zero points of the filters of the first vault",
        file="engine/literal/program.py",
        old="layer.weight_zero_point[plane.first + vector]",
        new="layer.weight_zero_point[vector]",
        killers=(f"{WRAPPING}[linear]", WRAPPING),
    ),
    Mutant(
        name="high words of wide outputs first",
        file="engine/literal/program.py",
        old="(bits >> (part * spec.word_bits))",
        new="(bits >> ((plane.output_words - 1 - part) * spec.word_bits))",
        killers=(f"{REGIONS}::test_outputs_are_where_locate_says",),
    ),
)

EXTENDED = (
    Mutant(
        name="chunks of dilated taps start too early",
        file="mapping/layouts/blocked.py",
        old="span.taps[0] * tap_dilation * tap_blocks",
        new="span.taps[0] * tap_blocks",
        killers=(f"{WALKS}::test_streamed_vectors",),
    ),
    Mutant(
        name="image rows spaced in one direction only",
        file="mapping/layouts/blocked.py",
        old="wanted = {step, spec.banks - step}",
        new="wanted = {step}",
        killers=("tests/unit/mapping/test_row_pitch.py",),
    ),
    Mutant(
        name="a stripe wasted behind full regions",
        file="mapping/regions.py",
        old="stripes = -(-blocks // self.stripe)",
        new="stripes = blocks // self.stripe + 1",
        killers=(f"{REGIONS}::test_regions_follow_each_other_from_block_0",),
    ),
    Mutant(
        name="chunks for F vectors where fewer are resident",
        file="mapping/planes.py",
        old="together = min(spec.filters_per_pass, residents)",
        new="together = spec.filters_per_pass",
        killers=("tests/unit/mapping/test_phases.py",),
    ),
    Mutant(
        name="tails of filters padded with the first one's zero point",
        file="mapping/gather.py",
        old="fill_blocks(taps, per_block, pads[:, None, None, None])",
        new="fill_blocks(taps, per_block, pads[:1])",
        killers=("tests/unit/mapping/test_placement.py",),
    ),
    Mutant(
        name="a block of filters written too early",
        file="mapping/phases.py",
        old="done // words_per_block",
        new="-(-done // words_per_block)",
        killers=("tests/unit/mapping/test_phases.py",),
    ),
)
