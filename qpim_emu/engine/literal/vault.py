"""A vault: banks behind one bus, gating, lanes, and the earliest cycle of every command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, overload

from qpim_emu.engine.literal.commands import act, drain, mac, mode, pre, rd, ref, wr
from qpim_emu.engine.literal.commands.numbers import require_numbers
from qpim_emu.engine.literal.state import VaultState
from qpim_emu.errors import IllegalCommandError, TimingError
from qpim_emu.hardware.commands import Act, Drain, Mac, Mode, Pre, Rd, Ref, Wr
from qpim_emu.hardware.constraints import CONSTRAINTS, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from qpim_emu.engine.literal.bus import BusImage
    from qpim_emu.engine.literal.lanes import Drained
    from qpim_emu.hardware.commands import Command
    from qpim_emu.hardware.events import Observer
    from qpim_emu.hardware.spec import Spec
    from qpim_emu.memory.image import VaultImage

__all__ = ["Vault"]

Waits: TypeAlias = tuple[tuple[str, bool, int, int], ...]

COMMANDS: Mapping[type, ModuleType] = {
    Act: act, Drain: drain, Mac: mac, Mode: mode, Pre: pre, Rd: rd, Ref: ref, Wr: wr,
}  # fmt: skip
DRAM_NAMES: Mapping[type, str] = {Act: "ACT", Pre: "PRE", Rd: "RD", Wr: "WR", Ref: "REF"}
LONGEST_WINDOW = max(constraint.window for constraint in CONSTRAINTS)


def waits_of(spec: Spec, name: str) -> Waits:
    """Constraints on a command as (earlier command, same bank?, window, distance)."""
    return tuple(
        (c.before, c.scope is Scope.BANK, c.window, c.distance(spec.timing.cycles))
        for c in CONSTRAINTS
        if c.after == name
    )


class Vault(VaultState):
    """One vault, executing one command at a time.

    Commands may be issued out of time order between banks (row and column commands have their
    own buses); what is refused is a command that would make the trace, sorted by time, illegal.

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
    start
        Earliest cycle of any command.
    window_at
        Cycle of the last MODE; reads through its window come no earlier.
    recent
        Cycles of the last commands by name, ascending.
    waits
        Constraints on every DRAM command by name.

    Examples
    --------
    >>> import qpim_emu as qe
    >>> vault = qe.Vault(qe.TOY)
    >>> for command in (qe.Mode(window=qe.Window(qe.Int(4))), qe.Act(bank=0, row=0)):
    ...     _ = vault.issue(command)
    >>> _ = vault.issue(qe.Wr(bank=0, column=0, words=(0x1234, 0xFFFF, 7, 8)))
    >>> vault.issue(qe.Rd(bank=0, column=0)).words
    (4, 15, 7, 8)
    """

    def __init__(
        self,
        spec: Spec,
        *,
        image: VaultImage | None = None,
        observer: Observer | None = None,
    ) -> None:
        super().__init__(spec, image=image, observer=observer)
        self.recent: dict[str, list[int]] = {}
        self.start = self.window_at = 0
        self.waits = {name: waits_of(spec, name) for name in DRAM_NAMES.values()}

    @overload
    def issue(self, command: Rd, at: int | None = None) -> BusImage: ...
    @overload
    def issue(self, command: Drain, at: int | None = None) -> list[Drained]: ...
    @overload
    def issue(self, command: Act | Pre | Ref | Wr | Mode | Mac, at: int | None = None) -> None: ...
    def issue(self, command: Command, at: int | None = None) -> BusImage | list[Drained] | None:
        """Check, execute and time one command.

        Parameters
        ----------
        command
            Any command of `qpim_emu.hardware.commands`.
        at
            Cycle to issue it in; the earliest legal one if not given.

        Returns
        -------
        BusImage or list of Drained or None
            The bus image of a read, the outputs of a drain.

        Raises
        ------
        IllegalCommandError
            If a number of it is none, or the state does not allow it; nothing has changed.
        TimingError
            If `at` is before the earliest legal cycle; nothing has changed.
        """
        execution: Any = COMMANDS.get(type(command))
        if execution is None:
            msg = f"command must be one of {[kind.__name__ for kind in COMMANDS]}, got {command!r}"
            raise IllegalCommandError(msg)
        require_numbers(command, at)
        execution.check(self, command)
        earliest = self.earliest(command)
        at = earliest if at is None else at
        if at < earliest:
            msg = f"{command} must be issued in cycle {earliest} or later, got {at}"
            raise TimingError(msg)
        result: BusImage | list[Drained] | None = execution.execute(self, command, at)
        self.remember(command, at)
        return result

    def earliest(self, command: Command) -> int:
        """Earliest cycle the timing constraints allow for a command, whatever the state."""
        name = DRAM_NAMES.get(type(command))
        if name is None:
            return self.after_last if isinstance(command, Mode) else self.start
        cycle = max(self.start, self.window_at) if name == "RD" else self.start
        last = {} if isinstance(command, Ref) else self.bank(getattr(command, "bank")).last  # noqa: B009
        for before, same_bank, window, distance in self.waits[name]:
            if same_bank:
                issued = last.get(before)
            else:
                times = self.recent.get(before, ())
                issued = times[-window] if len(times) >= window else None
            if issued is not None and issued + distance > cycle:
                cycle = issued + distance
        return cycle

    @property
    def after_last(self) -> int:
        """Cycle behind the last command, from which a new window holds."""
        first = max(self.start, self.window_at)
        return max([first, *(times[-1] + 1 for times in self.recent.values())])

    def remember(self, command: Command, at: int) -> None:
        """Note when a DRAM command was issued, and since when a window holds."""
        if isinstance(command, Mode):
            self.window_at = at
        name = DRAM_NAMES.get(type(command))
        if name is None:
            return
        if not isinstance(command, Ref):
            self.bank(getattr(command, "bank")).last[name] = at  # noqa: B009
        times = self.recent.setdefault(name, [])
        times.append(at)
        if len(times) > 1 and at < times[-2]:
            times.sort()
        del times[:-LONGEST_WINDOW]
