"""What a vault holds: its banks, the gating, the last bus image and the lanes.

Commands see a vault as this state; `Vault` adds when each of them may be issued.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpim_emu.engine.literal.bank import Bank
from qpim_emu.errors import IllegalCommandError
from qpim_emu.hardware.events import Observer
from qpim_emu.hardware.spec import check_spec
from qpim_emu.memory.image import VaultImage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qpim_emu.engine.literal.bus import BusImage, Gate
    from qpim_emu.engine.literal.lanes import Lanes
    from qpim_emu.hardware.spec import Spec

__all__ = ["VaultState"]


class VaultState:
    """State of a vault.

    Parameters
    ----------
    spec
        The machine.
    image
        Cells of the vault; fresh and unwritten if not given.
    observer
        Told of every change; does nothing if not given.

    Attributes
    ----------
    banks
        The banks, each with its row buffer.
    gate
        Gating set by MODE, None before.
    bus
        The last bus image, None before the first read.
    operands
        Operands of the blocks of that image which were unpacked already.
    lanes
        Lanes set up for a plane, None before.
    """

    def __init__(
        self,
        spec: Spec,
        *,
        image: VaultImage | None = None,
        observer: Observer | None = None,
    ) -> None:
        check_spec(spec)
        self.spec = spec
        self.image = VaultImage(spec) if image is None else image
        self.observer = observer or Observer()
        self.banks = [Bank(index, spec, self.image) for index in range(spec.banks)]
        self.gate: Gate | None = None
        self.bus: BusImage | None = None
        self.operands: dict[int, list[int]] = {}
        self.lanes: Lanes | None = None

    def bank(self, index: int) -> Bank:
        """One of the banks.

        Raises
        ------
        IllegalCommandError
            If the vault has no such bank.
        """
        if not 0 <= index < len(self.banks):
            msg = f"bank must be in 0..{len(self.banks) - 1}, got {index}"
            raise IllegalCommandError(msg)
        return self.banks[index]

    def require_lanes(self, name: str) -> Lanes:
        """Lanes set up for a plane.

        Raises
        ------
        IllegalCommandError
            If there are none.
        """
        if self.lanes is None:
            msg = f"{name} needs lanes, got none; set vault.lanes first"
            raise IllegalCommandError(msg)
        return self.lanes

    def streamed_operands(self, part: int) -> Sequence[int]:
        """Operands of block `part` of the last bus image, unpacked once."""
        if part not in self.operands:
            assert self.bus is not None  # noqa: S101 - checked by the command
            self.operands[part] = self.bus.operands(part)
        return self.operands[part]
