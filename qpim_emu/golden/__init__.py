"""Golden packages: results that a test bench can be given, made, verified and compared.

``golden/README.md`` in the repository specifies what a package holds, to the bit. One idea per
module::

    recipe.py   source.py  vectors.py  closing.py    what is run, on which inputs
    directed.py targets.py solve.py                  inputs aimed at a bin
    build.py    layers.py  runs.py     nodes.py      the files of a package, written into a sink
    commands.py lanes.py   images.py   tensors.py    ... each from what the literal tier does
    sink.py     folder.py  size.py     make.py       a folder that appears whole or not at all
    manifest.py schema.py  verify.py   diff.py       reading one
    locate.py   contents.py show.py                  places in memory, dumps, text
    classes.py  coverage.py  reach.py                what its vectors are examples of
"""

from __future__ import annotations

from qpim_emu.golden.diff import Divergence, diff_memory, diff_packages
from qpim_emu.golden.images import ImageFormat
from qpim_emu.golden.make import make_package
from qpim_emu.golden.manifest import read_manifest
from qpim_emu.golden.recipe import InputSet, Origin, Part, Quantization, Recipe
from qpim_emu.golden.source import network_of
from qpim_emu.golden.verify import Verification, verify_package

__all__ = [
    "Divergence",
    "ImageFormat",
    "InputSet",
    "Origin",
    "Part",
    "Quantization",
    "Recipe",
    "Verification",
    "diff_memory",
    "diff_packages",
    "make_package",
    "network_of",
    "read_manifest",
    "verify_package",
]
