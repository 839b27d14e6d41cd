"""Processes by name, each the leader of its own group, and what the suite does to them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

STOP_TIMEOUT_S = 8.0


class Late(Exception):
    """Raised when something that the suite itself needs did not come about in time."""


def until(what: str, true: Callable[[], object], seconds: float = 30.0, every_s: float = 0.02) -> float:
    """Wait until it is true; returns the seconds that it took. Raises Late."""
    started = time.monotonic()
    while not true():
        if time.monotonic() - started > seconds:
            raise Late(f"{what}: not within {seconds:g} s")
        time.sleep(every_s)
    return time.monotonic() - started


@dataclass
class Processes:
    """Children by name, and all that were ever started."""

    folder: Path
    running: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)
    started: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path) -> None:
        """Start one; its output is added to its log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[name] = process
        self.started.append(process)

    def pid(self, name: str) -> int:
        """The leader of a process."""
        return self.running[name].pid

    def family(self, name: str) -> list[int]:
        """The leader and its children."""
        return [self.pid(name), *children_of(self.pid(name))]

    def ended(self, name: str) -> bool:
        """True when its leader is gone."""
        return self.running[name].poll() is not None

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to the group of a process."""
        _signal_group(self.running[name].pid, number)

    def kill(self, name: str) -> None:
        """SIGKILL the group and wait for its leader."""
        self.signal(name, signal.SIGKILL)
        self.running[name].wait()

    def kill_one(self, pid: int) -> None:
        """SIGKILL one process, which a child of ours has started; it may be gone."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def terminate(self, name: str) -> int:
        """SIGTERM the leader, as a deployment does; returns its exit code. SIGKILL after 30 s."""
        process = self.running[name]
        process.terminate()
        try:
            return process.wait(30.0)
        except subprocess.TimeoutExpired:
            self.kill(name)
            return process.returncode

    def stop(self, names: Iterable[str] | None = None) -> None:
        """End these, or all that were ever started, with everything that they started."""
        ending = self.started if names is None else [self.running.pop(name) for name in names]
        for process in ending:
            _signal_group(process.pid, signal.SIGCONT)  # What is frozen cannot end.
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for process in ending:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass  # The group is killed below, whether its leader is gone or not.
        for process in ending:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self.started = [process for process in self.started if process not in ending]


def children_of(pid: int) -> list[int]:
    """Pids whose parent this is."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # No process, or it ended while we looked.
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def open_files(pid: int) -> int:
    """How many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_mb(pid: int) -> float:
    """Resident memory of a process in megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _signal_group(pid: int, number: signal.Signals) -> None:
    """The group may outlive its leader, or be gone."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass
