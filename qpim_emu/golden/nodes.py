"""One node of a network, executed command by command and written: streams and memory images."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from qpim_emu.engine import literal
from qpim_emu.engine.literal.controller import Controller
from qpim_emu.engine.result import output_shape
from qpim_emu.engine.run import Tier
from qpim_emu.errors import MismatchError
from qpim_emu.golden.columns import Table
from qpim_emu.golden.commands import CommandRecorder, bus_columns, command_columns
from qpim_emu.golden.images import write_images
from qpim_emu.golden.lanes import LaneTables, RecordedProgram, RecordedVault, lane_columns
from qpim_emu.golden.recipe import Part
from qpim_emu.hardware.events import Observer
from qpim_emu.mapping.dense_image import place_dense
from qpim_emu.mapping.placement import place
from qpim_emu.traces import PhaseKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bitarray import bitarray

    from qpim_emu.engine.literal.lanes import Drained
    from qpim_emu.engine.run import RunResult
    from qpim_emu.golden.recipe import Recipe
    from qpim_emu.golden.sink import Sink
    from qpim_emu.mapping.dense import DensePlan
    from qpim_emu.mapping.outputs import OutputIndex
    from qpim_emu.mapping.plan import Plan
    from qpim_emu.memory.image import BankImage, VaultImage
    from qpim_emu.typing import IntArray
    from qpim_emu.workload.operations import Operation

__all__ = ["record_layer", "record_operation", "vault_folder", "vaults_of_operation"]


def vault_folder(folder: str, vault: int) -> str:
    """Folder of a vault below that of a node."""
    return f"{folder}/vault{vault:02d}"


def write_memory(sink: Sink, folder: str, moment: str, image: BankImage, recipe: Recipe) -> None:
    """Write the images of all vaults that hold anything, if the package has any."""
    if Part.MEMORY in recipe.parts:
        for vault in sorted(image.vaults):
            write_images(sink, vault_folder(folder, vault), moment, image[vault], recipe.images)


def record_layer(sink: Sink, folder: str, recipe: Recipe, run: RunResult, codes: IntArray) -> None:
    """Write what a layer's vaults do, and what is in their memories before and after.

    Parameters
    ----------
    sink, folder, recipe
        Where to write, and what of it.
    run
        The layer as a tier ran it.
    codes
        Its input.

    Raises
    ------
    MismatchError
        If executing it command by command gives anything else than `run`.
    """
    image = place(run.plan, codes.reshape(run.plan.input_shape))
    write_memory(sink, folder, "before", image, recipe)
    if Part.STREAMS in recipe.parts:
        accumulators = np.zeros(output_shape(run.plan), np.int64)
        outputs = np.zeros_like(accumulators)
        for vault, program in enumerate(run.plan.programs):
            if program:
                where = vault_folder(folder, vault)
                for index, drained in record_vault(sink, where, run.plan, vault, image[vault]):
                    accumulators[index], outputs[index] = drained.accumulator, drained.code
        require_same("accumulators", accumulators.reshape(run.accumulators.shape), run.accumulators)
        require_same("outputs", outputs.reshape(run.outputs.shape), run.outputs)
        if not image.equals(run.image):
            msg = f"memory of {folder} must be the same in every tier, got another one"
            raise MismatchError(msg)
    write_memory(sink, folder, "after", run.image, recipe)


def require_same(what: str, got: IntArray, expected: IntArray) -> None:
    """Refuse results in which the tiers differ."""
    if not np.array_equal(got, expected):
        at = np.argwhere(got != expected)[0].tolist()
        msg = f"{what} must be the same in every tier, got {got[tuple(at)]} at {at}"
        raise MismatchError(msg)


def record_vault(
    sink: Sink, folder: str, plan: Plan, vault: int, image: VaultImage
) -> Iterator[tuple[OutputIndex, Drained]]:
    """Execute the program of one vault, writing its streams and yielding its outputs."""
    spec = plan.spec
    columns = {
        "commands": command_columns(spec),
        "bus": bus_columns(spec),
        **lane_columns(spec, plan.layer.accumulator.bits),
    }
    with ExitStack() as stack:
        tables = {
            name: Table(stack.enter_context(sink.open(f"{folder}/{name}.txt")), of_table)
            for name, of_table in columns.items()
        }
        recorder = CommandRecorder(tables.pop("commands"), tables.pop("bus"), spec)
        machine = RecordedVault(spec, image=image, observer=recorder)
        machine.recorder, machine.tables = recorder, LaneTables(**tables)
        controller = Controller(machine)
        program = RecordedProgram(plan, controller)
        for phase in plan.phases(vault):
            yield from program.execute(phase)
        recorder.enter(PhaseKind.BARRIER)
        controller.barrier()


class OperationRecorder(CommandRecorder):
    """Knows by the blocks that are left which phase an operation is in.

    Parameters
    ----------
    commands, bus
        The tables.
    plan, vault
        The laid-out operation, and the vault.
    """

    def __init__(self, commands: Table, bus: Table, plan: DensePlan, vault: int) -> None:
        super().__init__(commands, bus, plan.spec)
        self.to_read = sum(blocks_of(tensor.owned(vault)) for tensor in plan.inputs)
        self.to_write = blocks_of(plan.output.owned(vault))
        self.enter(PhaseKind.READ)

    def activated(self, *, cycle: int, bank: int, row: int) -> None:
        """ACT: once everything is read, rows are opened to write."""
        if not self.to_read:
            self.enter(PhaseKind.WRITE)
        super().activated(cycle=cycle, bank=bank, row=row)

    def refreshed(self, *, cycle: int) -> None:
        """REF: once everything is written, that of the barrier."""
        if not self.to_read and not self.to_write:
            self.enter(PhaseKind.BARRIER)
        super().refreshed(cycle=cycle)

    def read(
        self,
        *,
        cycle: int,
        bank: int,
        row: int,
        column: int,
        blocks: int,
        enabled: int,
        bus: bitarray,
        driven: bitarray,
    ) -> None:
        """RD: fewer blocks are left."""
        self.to_read -= blocks
        super().read(
            cycle=cycle,
            bank=bank,
            row=row,
            column=column,
            blocks=blocks,
            enabled=enabled,
            bus=bus,
            driven=driven,
        )

    def wrote(self, *, cycle: int, bank: int, row: int, column: int, bus: bitarray) -> None:
        """WR: likewise."""
        self.to_write -= 1
        super().wrote(cycle=cycle, bank=bank, row=row, column=column, bus=bus)


def blocks_of(owned: tuple[int, int]) -> int:
    """How many blocks (first, past) are."""
    return owned[1] - owned[0]


def vaults_of_operation(plan: DensePlan) -> list[int]:
    """Vaults that own a block of any tensor of an operation."""
    tensors = (*plan.inputs, plan.output)
    return [
        vault
        for vault in range(plan.spec.vaults)
        if any(blocks_of(tensor.owned(vault)) for tensor in tensors)
    ]


def record_operation(
    sink: Sink,
    folder: str,
    recipe: Recipe,
    *,
    operation: Operation,
    plan: DensePlan,
    codes: Sequence[IntArray],
    expected: IntArray,
    tier: Tier,
) -> None:
    """Write what an operation's vaults do, and what is in their memories before and after.

    Parameters
    ----------
    sink, folder, recipe
        As for `record_layer`.
    operation, plan, codes
        The operation, where its tensors lie, and its inputs.
    expected
        Its output as a tier computed it.
    tier
        How to execute it where no streams are asked for.

    Raises
    ------
    MismatchError
        If executing it command by command gives anything else than `expected`.
    """
    image = place_dense(plan, codes)
    write_memory(sink, folder, "before", image, recipe)
    if Part.STREAMS in recipe.parts:
        with ExitStack() as stack:
            watch = observers(sink, folder, plan, stack)
            outputs, _ = literal.execute_operation(operation, plan, image, observe=watch)
    elif tier is Tier.LITERAL:
        outputs, _ = literal.execute_operation(operation, plan, image)
    else:
        from qpim_emu.engine import fast  # noqa: PLC0415 - brings a compiler

        outputs, _ = fast.execute_operation(operation, plan, image)
    require_same("outputs", outputs, expected)
    write_memory(sink, folder, "after", image, recipe)


def observers(
    sink: Sink, folder: str, plan: DensePlan, stack: ExitStack
) -> Callable[[int], Observer]:
    """Make the recorders of an operation's vaults; those of vaults without work write nowhere."""
    spec = plan.spec
    working = vaults_of_operation(plan)
    recorders: dict[int, Observer] = {}
    for vault in working:
        where = vault_folder(folder, vault)
        commands = stack.enter_context(sink.open(f"{where}/commands.txt"))
        bus = stack.enter_context(sink.open(f"{where}/bus.txt"))
        tables = Table(commands, command_columns(spec)), Table(bus, bus_columns(spec))
        recorders[vault] = OperationRecorder(*tables, plan, vault)
    return lambda vault: recorders.get(vault, Observer())
