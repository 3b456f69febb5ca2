"""Do manifests follow their published schema, and does our check of it agree with JSON Schema?"""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.golden import read_manifest
from qpim_emu.golden.schema import find_violation, manifest_schema
from tests.golden.committed import NAMES, PACKAGES

VALIDATOR = jsonschema.Draft202012Validator(manifest_schema())
MANIFEST = read_manifest(PACKAGES / "derived-bipolar")


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Paths to everything in a document."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(found for key, item in items for found in paths(item, (*path, key)))]


PATHS = [path for path in paths(MANIFEST) if path]
OTHERS = [None, True, -1, 0, 3, 99999, 1.5, "", "x", "../x", [], {}, {"x": 1}, [1], ["x"]]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(manifest_schema())


@pytest.mark.parametrize("name", NAMES)
def test_committed_manifests_follow_it(name: str) -> None:
    VALIDATOR.validate(json.loads((PACKAGES / name / "manifest.json").read_text()))


@given(path=st.sampled_from(PATHS), other=st.sampled_from(OTHERS), removed=st.booleans())
def test_both_checks_agree(path: tuple[Any, ...], other: object, removed: bool) -> None:  # noqa: FBT001
    document = copy.deepcopy(MANIFEST)
    parent: Any = document
    for key in path[:-1]:
        parent = parent[key]
    if removed:
        del parent[path[-1]]
    else:
        parent[path[-1]] = other
    found = find_violation(document, manifest_schema())
    assert (found is None) == VALIDATOR.is_valid(document), found
