"""Runs the processes of the service on one machine: restarts what dies, ends all together.

Their output goes to one file each, untouched: relaying every line through a supervisor
costs more than the lines are worth.
"""

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_TIMEOUT_S = 6.0  #: From SIGTERM to SIGKILL, so that a stop takes less than 10 s in all.
CHECK_EVERY_S = 0.2
RESTARTS = 5  #: A child that ends more often than this within RESTART_WINDOW_S is given up.
RESTART_WINDOW_S = 60.0


@dataclass(slots=True)
class _Child:
    """A process, how it was started, and when it had to be started again."""

    command: Sequence[str]
    env: Mapping[str, str]
    process: "subprocess.Popen[bytes]"
    restarts: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS))


@dataclass(slots=True)
class Supervisor:
    """Children by name, each in a session of its own so that a Ctrl-C reaches only us."""

    log_dir: Path
    say: Callable[[str], None]
    also: Callable[[], object] = lambda: None  #: Called at every check, to look after what is not a child.
    children: dict[str, _Child] = field(default_factory=dict)
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
        (self.log_dir / f"{name}.log").unlink(missing_ok=True)
        self.children[name] = _Child(command, env, self._spawn(name, command, env))

    def _spawn(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        with (self.log_dir / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def keep_running(self, seconds: float = float("inf")) -> str | None:
        """Restart what ends, until told to stop (None) or the time is over (None).

        Returns the name of a child that keeps ending and was given up.
        """
        until = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < until:
            for name, child in self.children.items():
                if child.process.poll() is not None and not self._restart(name, child):
                    return name
            self.also()
            time.sleep(CHECK_EVERY_S)
        return None

    def _restart(self, name: str, child: _Child) -> bool:
        """False when it was restarted too often lately."""
        now = time.monotonic()
        if len(child.restarts) == RESTARTS and now - child.restarts[0] < RESTART_WINDOW_S:
            return False
        _signal_group(child.process, signal.SIGKILL)  # What it started must not live on beside its heir.
        self.say(f"{name} ended with {child.process.returncode}, starting it again; see {name}.log")
        child.restarts.append(now)
        child.process = self._spawn(name, child.command, child.env)
        return True

    def stop(self) -> None:
        """End all children and everything they started."""
        for child in self.children.values():
            _signal_group(child.process, signal.SIGTERM)
        until = time.monotonic() + STOP_TIMEOUT_S
        for child in self.children.values():
            try:
                child.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass  # The group is killed below, whether its leader is gone or not.
        for child in self.children.values():
            _signal_group(child.process, signal.SIGKILL)
            child.process.wait()


def _signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """The child leads its own group, which may outlive it."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass
