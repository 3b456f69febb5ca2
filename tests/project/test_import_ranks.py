"""Do imports point downwards, and are the oracle and the tiers independent of what they check?"""

from __future__ import annotations

import pytest

from tests.project.import_graph import imports_of
from tests.project.import_rules import violations
from tests.project.repository import module_sources


def test_package_follows_the_rules() -> None:
    assert violations(module_sources()) == []


def test_package_is_seen_at_all() -> None:
    found = {(one.importer, one.target) for one in imports_of(module_sources())}
    assert ("qpim_emu.arith.window", "qpim_emu.arith.formats") in found


PLANTED = {
    "upwards": {"arith/a.py": "import qpim_emu.hardware.spec"},
    "same rank": {"memory/a.py": "from qpim_emu.workload import layer"},
    "in a function": {"arith/a.py": "def f():\n    from qpim_emu.engine import run"},
    "for types": {
        "hardware/a.py": "if TYPE_CHECKING:\n    from qpim_emu.mapping.program import Program"
    },
    "relative": {"memory/a.py": "from ..engine.fast import walk"},
    "public surface from below": {"golden/a.py": "from qpim_emu import __version__"},
    "by name": {"arith/a.py": "importlib.import_module('qpim_emu.cost')"},
    "no rank": {"surprise/a.py": ""},
    "oracle and the machine": {"oracle/a.py": "from qpim_emu.hardware.spec import Spec"},
    "oracle and its arithmetic": {"oracle/a.py": "from qpim_emu.arith.formats import Int"},
    "oracle and rounding": {"oracle/a.py": "from qpim_emu.arith import rounding"},
    "fast and literal": {"engine/fast/a.py": "from qpim_emu.engine.literal.b import step"},
    "count and fast": {"engine/count/a.py": "from ..fast import a"},
    "literal through a helper": {
        "engine/literal/a.py": "from qpim_emu.engine.shared import help",
        "engine/shared.py": "from qpim_emu.engine.fast.b import trick",
        "engine/fast/b.py": "",
    },
}


@pytest.mark.parametrize("sources", PLANTED.values(), ids=PLANTED.keys())
def test_planted_violation_is_found(sources: dict[str, str]) -> None:
    assert len(violations(sources)) == 1


ALLOWED = {
    "downwards": {"engine/fast/a.py": "from qpim_emu.hardware.spec import Spec"},
    "inside a part": {"mapping/a.py": "from .layouts import Layout\nimport qpim_emu.mapping.b"},
    "a submodule of the root": {"golden/a.py": "from qpim_emu import errors", "errors.py": ""},
    "the public surface": {"cli/a.py": "from qpim_emu import machine", "machine.py": ""},
    "the entry point": {"__main__.py": "from qpim_emu.cli import main"},
    "oracle and workload": {"oracle/a.py": "from qpim_emu.workload.layer import Conv2d"},
    "oracle and names": {"oracle/a.py": "from qpim_emu.arith.formats import Encoding, Format"},
    "engine and its tiers": {"engine/__init__.py": "from qpim_emu.engine import fast, literal"},
    "tier and helper": {"engine/fast/a.py": "from qpim_emu.engine.shared import help"},
    "other packages": {"arith/a.py": "import numpy as np\nfrom qpim_emulation import x"},
}


@pytest.mark.parametrize("sources", ALLOWED.values(), ids=ALLOWED.keys())
def test_allowed_import_is_left_alone(sources: dict[str, str]) -> None:
    assert violations(sources) == []
