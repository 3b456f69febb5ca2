"""Does the report of a check have exactly the keys that docs/models.md describes?"""

from __future__ import annotations

import json
import re

from qpim_emu.crosscheck.check import check_model
from qpim_emu.crosscheck.document import document_of
from qpim_emu.crosscheck.inputs import seeded_batch
from qpim_emu.hardware.presets import PAPER
from tests.crosscheck.fakes import FakeOracle, small_model
from tests.project.repository import ROOT

DOCUMENT = (ROOT / "docs" / "models.md").read_text()
SECTION = DOCUMENT[DOCUMENT.index("### Report") : DOCUMENT.index("## Fewer bits")]
ROW = re.compile(r"^\| (`.*?`) \| (.*) \|$", re.MULTILINE)
WORD = re.compile(r"`([a-z_]+)`")


def test_keys_are_those_of_the_description() -> None:
    model = small_model()
    oracle = FakeOracle(model.network, flips={"conv": [(0, 1, 2, 3)], "pool": [(0, 0, 0, 0)]})
    result = check_model(model, oracle, seeded_batch(model, images=1, seed=0), spec=PAPER)
    report = document_of(result)
    assert json.loads(json.dumps(report)) == report
    node = report["nodes"][0]
    found = node["teacher_forced"]["mismatches"][0]
    described = [key for keys, _ in ROW.findall(SECTION) for key in WORD.findall(keys)]
    assert described == [*report, *found]
    for keys in (report["model"], report["oracle"], report["inputs"], found["place"], node):
        assert "{" + ", ".join(f'"{key}"' for key in keys) + "}" in SECTION
    wanted = "{" + ", ".join(f'"{key}"' for key in node["free_running"]) + "}"
    assert wanted in SECTION.replace("\n", " ")


def test_rationals_are_exact_text() -> None:
    model = small_model()
    oracle = FakeOracle(model.network, flips={"conv": [(0, 1, 2, 3)], "pool": [(0, 0, 0, 0)]})
    result = check_model(model, oracle, seeded_batch(model, images=1, seed=0), spec=PAPER)
    nodes = {node["name"]: node for node in document_of(result)["nodes"]}
    (conv,) = nodes["conv"]["teacher_forced"]["mismatches"]
    numerator, _, denominator = conv["value"].partition("/")
    assert int(numerator) / int(denominator or 1) == conv["accumulator"] / 8 - 3
    (pool,) = nodes["pool"]["teacher_forced"]["mismatches"]
    assert (pool["accumulator"], pool["value"], pool["distance"]) == (None, None, None)
