"""Does a file of examples hold exactly the examples, and only what are some?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qpim_emu.errors import NetworkFileError
from qpim_emu.workload.network_file import (
    Examples,
    load_examples,
    save_examples,
    save_network,
)
from tests.fuzz.network_files import (
    sample_network,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_examples_come_back(tmp_path: Path) -> None:
    path = tmp_path / "examples.npz"
    codes = np.arange(24).reshape(2, 3, 4) * 10
    given = Examples(
        inputs={"a/b": codes, "mask": np.array([[True], [False]])},
        labels=np.array([7, 9], np.uint8),
        metadata={"licence": "CC0-1.0"},
    )
    save_examples(given, path)
    loaded = load_examples(path)
    assert list(loaded.inputs) == ["a/b", "mask"]
    assert np.array_equal(loaded.inputs["a/b"], codes)
    assert loaded.labels is not None
    assert loaded.labels.tolist() == [7, 9]
    assert loaded.labels.dtype.name == "int64"
    assert loaded.metadata == given.metadata
    assert not loaded.inputs["mask"].flags.writeable
    with np.load(path) as archive:
        assert archive["inputs/0"].dtype == np.uint8


def test_examples_without_labels(tmp_path: Path) -> None:
    save_examples(Examples(inputs={"x": np.zeros((3, 1), int)}), tmp_path / "x.npz")
    assert load_examples(tmp_path / "x.npz").labels is None


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [
        ({}, None),
        ({"x": np.zeros((0, 2), int)}, None),
        ({"x": np.array(1)}, None),
        ({"x": np.zeros((2, 2), int), "y": np.zeros((3, 2), int)}, None),
        ({"x": np.zeros((2, 2), int)}, np.zeros(3, int)),
        ({"x": np.zeros((2, 2), int)}, np.zeros((2, 1), int)),
        ({"x": np.zeros((2, 2))}, None),
    ],
    ids=["none", "empty", "scalar", "batches", "labels", "one-hot", "floats"],
)
def test_examples_that_are_none(
    tmp_path: Path, inputs: dict[str, Any], labels: np.ndarray[Any, Any] | None
) -> None:
    with pytest.raises(NetworkFileError, match=r"x.npz: .* must be"):
        save_examples(Examples(inputs=inputs, labels=labels), tmp_path / "x.npz")
    assert list(tmp_path.iterdir()) == []


def test_network_is_no_examples_file(tmp_path: Path) -> None:
    save_network(sample_network(), tmp_path / "x.npz")
    with pytest.raises(NetworkFileError, match="must be 'qpim-examples', got qpim-network"):
        load_examples(tmp_path / "x.npz")
