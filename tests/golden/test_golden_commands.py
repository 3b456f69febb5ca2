"""Do the commands of ``qpim golden`` say what is good and what is not, with the right status?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qpim_emu.cli import main
from qpim_emu.golden import read_manifest, verify_package
from qpim_emu.workload.network_file import Examples, save_examples, save_network
from tests.golden.committed import PACKAGES, ROOT, copy_of
from tests.golden.small import small_inputs, small_network

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = "sets/0-given/00-layer/vault00/bank00.after.hex"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A network file and an examples file."""
    network, examples = tmp_path / "network.npz", tmp_path / "examples.npz"
    save_network(small_network(), network)
    save_examples(Examples(inputs=small_inputs()), examples)
    return str(network), str(examples)


def test_make_verify_show_diff(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "made")
    make = ["golden", "make", files[0], "--out", out, "--preset", "toy"]
    assert main([*make, "--inputs", files[1], "--images", "2", "--formats", "hex,bin"]) == 0
    assert main(["golden", "verify", out]) == 0
    assert main(["golden", "diff", out, out]) == 0
    assert main(["golden", "show", out, "--bins"]) == 0
    printed = capsys.readouterr().out
    for text in (
        "files, ", " bytes, 1 sets", ": good", "no difference", "set sets/0-given: 2 images",
        "node conv: conv2d, weights int4, activations uint4, 9-bit wrap, shift",
        "node flat: flatten", "coverage conv: ", "out of reach: no block with tail words",
    ):  # fmt: skip
        assert text in printed
    manifest = read_manifest(out)
    assert manifest["parts"] == ["parameters", "headers", "memory", "streams", "onnx"]
    assert manifest["images"] == ["hex", "bin"]
    assert manifest["seed"] is None


def test_cases_and_a_seed(files: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "made"
    make = ["golden", "make", files[0], "--out", str(out), "--preset", "toy", "--seed", "9"]
    assert main([*make, "--cases", "boundary,random,ties,overflow,close-coverage"]) == 0
    manifest = read_manifest(out)
    assert manifest["seed"] == 9
    cases = [one["case"] for one in manifest["sets"]]
    assert cases[:4] == ["boundary-low", "boundary-high", "boundary-mixed", "random"]
    assert main([*make, "--cases", "random"]) == 2
    assert main([*make, "--cases", "random", "--force", "--parts", ""]) == 0
    assert read_manifest(out)["parts"] == []


def test_a_spoiled_package_has_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = copy_of("derived-groups", tmp_path)
    table = package / "sets/0-given/00-layer/vault00/bus.txt"
    table.write_text(table.read_text().replace("082f", "0a2f"))
    assert main(["golden", "verify", str(package)]) == 1
    assert main(["golden", "diff", str(PACKAGES / "derived-groups"), str(package)]) == 1
    printed = capsys.readouterr().out
    assert "1 problems" in printed
    assert "bus.txt: computed otherwise from record 1, column word0 on" in printed
    assert "record 1, word0: 0x82f and 0xa2f, at vault 0, bank 0, row 1, column 1" in printed


def test_a_dump(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = PACKAGES / "derived-groups"
    dump = tmp_path / "dump.hex"
    dump.write_text((package / IMAGE).read_text().replace("1275", "1265"))
    diff = ["golden", "diff", str(package), str(dump)]
    assert main([*diff, "--image", IMAGE]) == 1
    assert "row 1, column 0, word 1, bit 4" in capsys.readouterr().out
    assert main(diff) == 2
    assert "--image must name the image" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["make", "nothing", "--out", "{}/x"], "network must be one of"),
        (["make", "{file}", "--out", "{}/x"], "--inputs or --cases must say what to run"),
        (["make", "digits", "--out", "{}/x", "--cases", "odd"], "--cases must be among boundary"),
        (["make", "digits", "--out", "{}/x", "--parts", "odd"], "--parts must be among parameters"),
        (["make", "digits", "--out", "{}/x", "--formats", "odd"], "--formats must be among hex"),
        (["make", "digits", "--out", "{}/x", "--images", "99999"], "--images must be at most"),
        (
            ["make", "digits", "--out", "{}/x", "--cases", "random", "--images", f"{10**30}"],
            "--images must fit into --max-bytes 67108864, got",
        ),
        (["make", "digits", "--out", "{}/x", "--cases", ""], "cases must find an input"),
        (
            ["make", "{file}", "--out", "{}/x", "--inputs", "a", "--cases", "b"],
            "--inputs and --cases must not both be given",
        ),
        (["make", "digits", "--out", "{}/x/y"], "out must be a new folder in one that exists"),
        (["make", "digits", "--out", "{}", "--preset", "toy"], "holds something else"),
        (["verify", "{}"], "package must be a folder with manifest.json"),
        (["show", "{}"], "package must be a folder with manifest.json"),
        (["diff", "{}", "{}"], "package must be a folder with manifest.json"),
        (["diff", "{}", "{}/none"], "DIR|DUMP must be a package or a dump, got"),
    ],
)
def test_bad_input_has_status_2_and_leaves_nothing(
    arguments: list[str],
    message: str,
    files: tuple[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = sorted(tmp_path.iterdir())
    filled = [text.replace("{file}", files[0]).replace("{}", str(tmp_path)) for text in arguments]
    assert main(["golden", *filled]) == 2
    assert message in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


MODEL = ROOT.parent / "shared" / "models" / "mlperf_tiny_ad_int8.tflite"


@pytest.mark.skipif(not MODEL.exists(), reason="the models of the benchmark are not here")
def test_a_model_of_another_tool_brings_its_scales(tmp_path: Path) -> None:
    pytest.importorskip("tflite", reason="the package tflite is not installed")
    out = tmp_path / "made"
    make = ["golden", "make", str(MODEL), "--cases", "random", "--parts", "onnx", "--tier", "fast"]
    assert main([*make, "--out", str(out)]) == 0
    (one,) = read_manifest(out)["sets"]
    (tensor,) = one["inputs"].values()
    assert 0 < tensor["scale"] < 1
    assert isinstance(tensor["zero_point"], int)
    assert verify_package(out, tier="fast").problems == ()
