"""Icarus Verilog: compiling the benches and running them."""
# ruff: noqa: INP001 - `golden` is a folder of files, not a package to install

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from golden.rtl.packages import read_replays

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from golden.rtl.packages import Parameters, Replay

__all__ = ["RTL", "Run", "Simulator"]

RTL = Path(__file__).resolve().parent
LONGEST_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the simulator said of some replays.

    Attributes
    ----------
    replays
        How many there were.
    status, output
        Exit status and everything printed.
    """

    replays: int
    status: int
    output: str

    @property
    def passed(self) -> list[str]:
        """Lines of the replays that agree."""
        return [line for line in self.output.splitlines() if line.startswith("PASS")]

    @property
    def agrees(self) -> bool:
        """Whether everything that was to be replayed agrees.

        The exit status alone does not tell: ``vvp`` returns 0 for a bench that it cannot load.
        """
        return self.status == 0 and len(self.passed) == self.replays > 0

    @classmethod
    def joined(cls, runs: Iterable[Run]) -> Run:
        """All of them as one."""
        listed = list(runs)
        return cls(
            replays=sum(run.replays for run in listed),
            status=max((run.status for run in listed), default=0),
            output="".join(run.output for run in listed),
        )


class Simulator:
    """The sources in a folder, compiled when needed.

    Parameters
    ----------
    build
        Folder for compiled benches; each is compiled once.
    rtl
        Folder of the sources; a copy of them with a planted bug, to see it caught.
    """

    def __init__(self, build: Path, rtl: Path = RTL) -> None:
        self.build = build
        self.rtl = rtl

    def compile(self, bench: str, parameters: dict[str, int]) -> Path:
        """Compile a bench for some parameters.

        Raises
        ------
        subprocess.CalledProcessError
            If the compiler refuses the sources or warns of anything.
        """
        target = self.build / ("-".join([bench, *map(str, parameters.values())]) + ".vvp")
        if target.exists():
            return target
        command = [
            *("iverilog", "-g2012", "-Wall", "-y", str(self.rtl), "-Y", ".sv"),
            *("-I", str(self.rtl / "bench"), "-s", bench, "-o", str(target)),
            *(f"-P{bench}.{name}={value}" for name, value in parameters.items()),
            *(str(self.rtl / "qpim_pkg.sv"), str(self.rtl / "bench" / f"{bench}.sv")),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode or done.stderr:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return target

    def run(self, bench: Path, *, replays: int, **plusargs: Path) -> Run:
        """Run a compiled bench that has so many replays to do."""
        command = ["vvp", "-n", str(bench), *(f"+{k}={v}" for k, v in plusargs.items())]
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=LONGEST_S
        )
        return Run(replays=replays, status=done.returncode, output=done.stdout + done.stderr)

    def replay_package(self, package: Path) -> Run:
        """Run everything that a package has to replay."""
        groups: dict[Parameters, list[Replay]] = {}
        for one in read_replays(package):
            groups.setdefault(one.parameters, []).append(one)
        return Run.joined(self.replay_alike(*group) for group in groups.items())

    def replay_alike(self, parameters: Parameters, replays: Sequence[Replay]) -> Run:
        """Run replays of one package that have the same parameters."""
        bench = self.compile("tb_package", asdict(parameters))
        with tempfile.NamedTemporaryFile("w", dir=self.build, encoding="ascii") as chosen:
            chosen.writelines(f"{r.vault} {r.layer} {r.is_layer:d}\n" for r in replays)
            chosen.flush()
            return self.run(
                bench,
                replays=len(replays),
                package=replays[0].package,
                replay=Path(chosen.name),
            )

    def requantize(self, records: Sequence[str]) -> Run:
        """Run cases of requantization on its unit alone, as one replay."""
        bench = self.compile("tb_requantize", {})
        with tempfile.NamedTemporaryFile("w", dir=self.build, encoding="ascii") as cases:
            cases.writelines(f"{one}\n" for one in records)
            cases.flush()
            return self.run(bench, replays=1, cases=Path(cases.name))
