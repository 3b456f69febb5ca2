"""What a frontend made of each operator of a file, so that everything refused is named at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qpim_emu.errors import LayerError, ModelFileError, UnsupportedModelError
from qpim_emu.frontends.model import Model
from qpim_emu.workload.network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qpim_emu.frontends.model import RealValue, TensorInfo
    from qpim_emu.workload.constant import Constant
    from qpim_emu.workload.network import Node, TensorType

__all__ = ["OperatorReading", "Reading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorReading:
    """One operator of a file.

    Attributes
    ----------
    name, kind
        Its name (or that of its first output), and its operator as the format spells it.
    nodes
        What it became, in order; nothing where it was folded into another, or refused.
    note
        What was done with it where `nodes` does not show it.
    refusal
        Why it cannot be computed exactly, and what to do; empty where it can.
    """

    name: str
    kind: str
    nodes: tuple[Node, ...] = ()
    note: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A model file, operator by operator, whether or not all of them can be computed.

    Attributes
    ----------
    path, kind, preset
        As of `Model`.
    name
        What the network is called.
    operators
        Every operator of the file, in an order in which they can run.
    inputs, constants, outputs
        As of `Network`.
    tensors, notes, real
        As of `Model`.
    """

    path: Path
    kind: str
    preset: str = ""
    name: str
    operators: tuple[OperatorReading, ...]
    inputs: Mapping[str, TensorType]
    constants: Mapping[str, Constant] = field(default_factory=dict)
    outputs: tuple[str, ...]
    tensors: Mapping[str, TensorInfo]
    notes: tuple[str, ...] = ()
    real: Mapping[str, RealValue] = field(default_factory=dict)

    @property
    def refusals(self) -> tuple[str, ...]:
        """One line for every operator that is refused."""
        return tuple(
            f"{one.kind} {one.name!r}: {one.refusal}" for one in self.operators if one.refusal
        )

    def model(self) -> Model:
        """Build the model.

        Raises
        ------
        UnsupportedModelError
            If an operator is refused; lists all of them.
        ModelFileError
            If what was read does not fit together.
        """
        if self.refusals:
            raise UnsupportedModelError(self.refusals)
        try:
            network = Network(
                name=self.name,
                inputs=self.inputs,
                constants=self.constants,
                nodes=[node for one in self.operators for node in one.nodes],
                outputs=self.outputs,
            )
        except LayerError as error:
            msg = f"{self.path}: {error}"
            raise ModelFileError(msg) from error
        return Model(
            path=self.path,
            kind=self.kind,
            preset=self.preset,
            network=network,
            tensors=self.tensors,
            notes=self.notes,
            real=self.real,
        )
