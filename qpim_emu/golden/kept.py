"""Packages kept beside tests: compared with what the machine gives, written where asked."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qpim_emu.arith.formats import parse_format
from qpim_emu.errors import InputError, MismatchError
from qpim_emu.golden.diff import diff_packages
from qpim_emu.golden.make import make_package
from qpim_emu.golden.manifest import read_file, read_manifest
from qpim_emu.golden.recipe import InputSet, Recipe
from qpim_emu.golden.source import network_of
from qpim_emu.golden.tensors import read_tensor
from qpim_emu.hardware.presets import TOY
from qpim_emu.workload.checks import integers
from qpim_emu.workload.network import Network

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from qpim_emu.hardware.spec import Spec
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.layers import Conv1d, Conv2d, Linear

__all__ = ["GoldenFolder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenFolder:
    """Golden packages of one folder.

    Attributes
    ----------
    path
        The folder; made when the first package is written.
    update
        Whether packages that are missing or differ are written.
    hint
        How to have them written, for messages.
    """

    path: Path
    update: bool = False
    hint: str = "update=True"

    def check(
        self,
        name: str,
        what: Conv1d | Conv2d | Linear | Network,
        inputs: ArrayLike | Mapping[str, ArrayLike],
        *,
        spec: Spec = TOY,
    ) -> dict[str, IntArray]:
        """Require a layer or network to give what its package says, file by file.

        Parameters
        ----------
        name
            Folder of the package.
        what
            The layer or network.
        inputs
            Input codes, batch axis first; of a network by name.
        spec
            The machine.

        Returns
        -------
        dict
            Output codes by node, as the package has them, ``int64[batch, ...]``: what one's own
            implementation must give. A layer's node is called ``layer``.

        Raises
        ------
        MismatchError
            Naming the first divergence and its place in memory, or the missing package.
        InputError
            If the name is no plain one, the inputs do not fit, or the package cannot be read.
        """
        if name in {"", ".."} or Path(name).name != name:
            msg = f"name must be that of a folder in {self.path}, got {name!r}"
            raise InputError(msg)
        package = self.path / name
        recipe = make_recipe(name, what, inputs, spec)
        if not package.exists():
            self.require_update(f"golden package {package} must exist, got none")
            self.path.mkdir(parents=True, exist_ok=True)
            make_package(recipe, package)
        elif divergence := find_divergence(package, recipe):
            self.require_update(
                f"golden package {package} must be what the machine gives, "
                f"got (kept and new) {divergence}"
            )
            make_package(recipe, package, replace=True)
        return read_outputs(package)

    def require_update(self, problem: str) -> None:
        """Refuse a difference that nobody asked to write down."""
        if not self.update:
            msg = f"{problem}; to write it: {self.hint}"
            raise MismatchError(msg)


def make_recipe(
    name: str,
    what: Conv1d | Conv2d | Linear | Network,
    inputs: ArrayLike | Mapping[str, ArrayLike],
    spec: Spec,
) -> Recipe:
    """Recipe of a package with one set of given inputs."""
    given = inputs if isinstance(inputs, Mapping) else {"input": inputs}
    if isinstance(what, Network):
        network = what
    else:
        if given.keys() != {"input"}:
            msg = f"inputs of a layer must be codes, or named 'input', got names {sorted(given)}"
            raise InputError(msg)
        network = network_of(what, integers(given["input"], field="inputs").shape[1:], name=name)
    codes = network.read_inputs(given)
    return Recipe(network=network, spec=spec, sets=(InputSet(case="given", inputs=codes),))


def find_divergence(package: Path, recipe: Recipe) -> str:
    """Where a package and its recipe part; nothing where they agree.

    The version of the library that the package names may be another one.
    """
    library = str(read_manifest(package)["library"])
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / package.name
        make_package(recipe, made, library=library)
        divergence = diff_packages(package, made)
    return "" if divergence is None else str(divergence)


def read_outputs(package: Path) -> dict[str, IntArray]:
    """Read the outputs of every node of a package's only set."""
    (given,) = read_manifest(package)["sets"]
    return {node["name"]: read_codes(package, node["output"]) for node in given["nodes"]}


def read_codes(package: Path, tensor: Mapping[str, Any]) -> IntArray:
    """Read one tensor."""
    stored = parse_format(tensor["format"], field="format")
    return read_tensor(read_file(package, tensor["file"]), tensor["shape"], stored)
