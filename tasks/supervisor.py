"""Runs the processes of the service on one machine, and ends all of them together.

Their output goes to one file each, untouched: relaying every line through a supervisor
costs more than the lines are worth.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_TIMEOUT_S = 6.0  #: From SIGTERM to SIGKILL, so that a stop takes less than 10 s in all.
CHECK_EVERY_S = 0.2


@dataclass(slots=True)
class Supervisor:
    """Children by name, each in a session of its own so that a Ctrl-C reaches only us."""

    log_dir: Path
    children: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    stopping: bool = False

    def catch_signals(self) -> None:
        """From now on SIGINT, SIGTERM and SIGHUP mean: stop everything."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Start one child; its log file starts afresh."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        with (self.log_dir / f"{name}.log").open("wb") as log:
            self.children[name] = subprocess.Popen(
                command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def first_ended(self) -> str | None:
        """The name of a child that has ended by itself."""
        return next((name for name, child in self.children.items() if child.poll() is not None), None)

    def wait(self) -> str | None:
        """Return when told to stop (None), or with the name of the first child that ended."""
        while not self.stopping:
            if ended := self.first_ended():
                return ended
            time.sleep(CHECK_EVERY_S)
        return None

    def stop(self) -> None:
        """End all children and everything they started."""
        for child in self.children.values():
            _signal_group(child, signal.SIGTERM)
        until = time.monotonic() + STOP_TIMEOUT_S
        for child in self.children.values():
            try:
                child.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass  # The group is killed below, whether its leader is gone or not.
        for child in self.children.values():
            _signal_group(child, signal.SIGKILL)
            child.wait()


def _signal_group(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """The child leads its own group, which may outlive it."""
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        pass
