"""Does any damaged or hostile network file either load as it was or fail with our error only?"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tracemalloc
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpim_emu.errors import NetworkFileError
from qpim_emu.workload.network_file import load_network, networks_equal
from tests.fuzz.network_files import (
    overwrite,
    pack,
    patch_sizes,
    repack,
    sample_network,
    sample_operations,
    saved_sample,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qpim_emu.workload.network import Network

SAMPLE = sample_network()
MOST_MEMORY = 64 << 20

HOSTILE: list[Any] = [
    None,
    True,
    -1,
    0,
    1 << 62,
    -(1 << 63),
    1e300,
    0.5,
    "",
    "int4",
    "\ud800",
    [],
    [[]],
    [-1, -1],
    [1 << 40, 1 << 40],
    {},
    {"array": "nodes/0/bias.npy"},
    {"array": []},
]

Place = tuple[str | int, ...]


def outcome(path: Path) -> Network | None:
    """The network of a file, or None if it is refused, by its path."""
    try:
        return load_network(path, max_bytes=1 << 24)
    except NetworkFileError as error:
        message = str(error)
    assert message.startswith(f"{path}: ")
    assert len(message) < len(str(path)) + 1000
    return None


def assert_intact_or_refused(path: Path, what: object) -> None:
    network = outcome(path)
    assert network is None or networks_equal(network, SAMPLE), what


@pytest.fixture
def sample(tmp_path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    return saved_sample(tmp_path / "network.npz")


@pytest.fixture
def bounded() -> Iterator[None]:
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_MEMORY


def test_every_truncation_is_refused(tmp_path: Path, sample: object) -> None:
    assert sample
    data = (tmp_path / "network.npz").read_bytes()
    path = tmp_path / "x.npz"
    for end in range(len(data)):
        assert outcome(overwrite(path, data[:end])) is None, end


def test_flipped_bits(tmp_path: Path, sample: object) -> None:
    assert sample
    data = (tmp_path / "network.npz").read_bytes()
    path = tmp_path / "x.npz"
    for at in range(0, len(data), 2):
        flipped = bytearray(data)
        flipped[at] ^= 1 << (at // 2 % 8)
        assert_intact_or_refused(overwrite(path, bytes(flipped)), at)


def test_flipped_bits_that_no_checksum_of_the_zip_sees(
    tmp_path: Path, sample: tuple[dict[str, Any], dict[str, bytes]]
) -> None:
    header, entries = sample
    for name, data in entries.items():
        for at in range(0, len(data), 3):
            flipped = bytearray(data)
            flipped[at] ^= 1 << (at // 3 % 8)
            path = repack(tmp_path / "x.npz", header, entries | {name: bytes(flipped)})
            assert_intact_or_refused(path, (name, at))


def test_entries_in_other_orders_and_places(
    tmp_path: Path, sample: tuple[dict[str, Any], dict[str, bytes]]
) -> None:
    header, entries = sample
    for first, second in itertools.permutations(entries, 2):
        names = [first, *(n for n in entries if n not in {first, second}), second]
        path = repack(tmp_path / "x.npz", header, {name: entries[name] for name in names})
        assert networks_equal(load_network(path), SAMPLE)
        swapped = entries | {first: entries[second], second: entries[first]}
        assert_intact_or_refused(repack(path, header, swapped), (first, second))
    for name in entries:
        rest = {n: entries[n] for n in entries if n != name}
        assert outcome(repack(tmp_path / "x.npz", header, rest)) is None


@pytest.mark.usefixtures("bounded")
def test_declared_sizes(tmp_path: Path, sample: tuple[dict[str, Any], dict[str, bytes]]) -> None:
    _, entries = sample
    data = (tmp_path / "network.npz").read_bytes()
    path = tmp_path / "x.npz"
    for name in ("header.json", *entries):
        for size in (0, 1, 127, 1 << 16, 1 << 24, 1 << 31, (1 << 32) - 1):
            overwrite(path, patch_sizes(data, name, size))
            assert_intact_or_refused(path, (name, size))


def places(value: Any, place: Place = ()) -> Iterator[Place]:  # noqa: ANN401 - any JSON
    """Where every value of a header is."""
    yield place
    if isinstance(value, (dict, list)):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(child, (*place, key))


def value_at(header: Any, place: Place) -> Any:  # noqa: ANN401 - any JSON
    """What is at a place."""
    for key in place:
        header = header[key]
    return header


def changed(header: dict[str, Any], place: Place, value: object) -> Any:  # noqa: ANN401 - any JSON
    """The header with another value at a place."""
    if not place:
        return value
    found = deepcopy(header)
    value_at(found, place[:-1])[place[-1]] = value
    return found


def removed(header: dict[str, Any], place: Place) -> dict[str, Any]:
    """The header without what is at a place."""
    found = deepcopy(header)
    del value_at(found, place[:-1])[place[-1]]
    return found


BOTH = pytest.mark.parametrize(
    "network", [SAMPLE, sample_operations()], ids=["layers", "operations"]
)


@BOTH
@pytest.mark.usefixtures("bounded")
def test_huge_numbers_anywhere_in_the_header(tmp_path: Path, network: Network) -> None:
    header, entries = saved_sample(tmp_path / "network.npz", network)
    for place in places(header):
        if type(value_at(header, place)) is int:
            outcome(repack(tmp_path / "x.npz", changed(header, place, 1 << 40), entries))


@BOTH
def test_hostile_values_anywhere_in_the_header(tmp_path: Path, network: Network) -> None:
    header, entries = saved_sample(tmp_path / "network.npz", network)
    for i, place in enumerate(places(header)):
        # Each place takes a third of the values, so that all meet every sort of place.
        for value in HOSTILE[i % 3 :: 3]:
            outcome(repack(tmp_path / "x.npz", changed(header, place, value), entries))


def test_anything_missing_from_the_header(
    tmp_path: Path, sample: tuple[dict[str, Any], dict[str, bytes]]
) -> None:
    header, entries = sample
    for place in list(places(header))[1:]:
        network = outcome(repack(tmp_path / "x.npz", removed(header, place), entries))
        optional = place[0] in {"metadata", "outputs"} or "requantize" in place[:-1]
        assert network is None or optional, place


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda values: (
        st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=9), values, max_size=4)
    ),
    max_leaves=9,
)


@given(data=st.data())
def test_any_json_anywhere(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.getbasetemp()
    header, entries = saved_sample(base / "any.npz")
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(list(places(header))[1:]))
        header = changed(header, place, data.draw(JSON))
    outcome(repack(base / "x.npz", header, entries))


@given(splices=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), st.binary(max_size=9))))
def test_spliced_bytes(
    splices: list[tuple[float, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.getbasetemp()
    saved_sample(base / "any.npz")
    data = (base / "any.npz").read_bytes()
    for where, length, new in splices:
        at = int(where * len(data))
        data = data[:at] + new + data[at + length :]
    (base / "x.npz").write_bytes(data)
    assert_intact_or_refused(base / "x.npz", splices)


@given(text=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_header(text: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "x.npz"
    assert outcome(pack(path, [("header.json", text)])) is None


LIMITED = """
import resource, sys
from qpim_emu.errors import NetworkFileError
from qpim_emu.workload.network_file import load_network
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (int(sys.argv[1]) << 20),) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
for path in sys.argv[2:]:
    try:
        load_network(path, max_bytes=1 << 26)
    except NetworkFileError:
        continue
    sys.exit(f"{path} was accepted")
"""


def refuse_within(mebibytes: int, bombs: list[Path]) -> None:
    """Load files in a process that may allocate this much more than it has at its start."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(mebibytes), *map(str, bombs)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


linux = pytest.mark.skipif(sys.platform != "linux", reason="a process reads its size from /proc")


@linux
def test_what_inflates_is_refused_in_little_memory(
    tmp_path: Path, sample: tuple[dict[str, Any], dict[str, bytes]]
) -> None:
    header, entries = sample
    name, zeros = "nodes/0/bias.npy", bytes(48 << 20)
    row = {"dtype": "int8", "shape": [(48 << 20) - 128], "sha256": ""}
    table = header | {"arrays": header["arrays"] | {name: row}}
    bombs = [
        repack(tmp_path / "unlisted.npz", header, entries | {name: zeros}),
        repack(tmp_path / "listed.npz", table, entries | {name: zeros}),
        repack(tmp_path / "header.npz", zeros, entries),
    ]
    refuse_within(40, bombs)


@linux
def test_what_unfolds_is_refused_in_little_memory(tmp_path: Path) -> None:
    count = 1 << 19
    texts = [b"[" * 8 * count, b'{"":' * (count - 1), b"[" + b"[]," * count + b"1]"]
    bombs = [repack(tmp_path / f"{i}.npz", text, {}) for i, text in enumerate(texts)]
    bombs.append(pack(tmp_path / "entries.npz", [(f"a{i}.npy", b"") for i in range(20000)]))
    refuse_within(160, bombs)
