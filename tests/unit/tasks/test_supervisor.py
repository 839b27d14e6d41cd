"""Children of the supervisor: restarted when they die, given up when they keep dying, all ended together."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.supervisor import RESTARTS, Supervisor

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    " subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    " print('up', flush=True); time.sleep(60)",
]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path / "logs", said.append)
    yield made
    made.stop()


def living_members(group: int) -> list[str]:
    """States of the processes of a group, without those that are dead and merely not yet collected."""
    states = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # No process, or it ended while we looked.
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            states.append(fields[0])
    return states


def test_dead_child_is_started_again(supervisor: Supervisor, said: list[str]) -> None:
    """A child that was killed has an heir, and the person at the terminal is told."""
    supervisor.start("sleeper", SLEEPER, os.environ)
    first = supervisor.children["sleeper"].process
    first.kill()
    first.wait()

    assert supervisor.keep_running(seconds=0.05) is None

    second = supervisor.children["sleeper"].process
    assert second.pid != first.pid
    assert second.poll() is None
    assert said == ["sleeper ended with -9, starting it again; see sleeper.log"]


def test_child_that_keeps_dying_is_given_up(supervisor: Supervisor, said: list[str]) -> None:
    """A child that cannot stay up is named after the last restart."""
    supervisor.start("broken", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)

    assert supervisor.keep_running(seconds=30) == "broken"

    assert len(said) == RESTARTS


def test_stop_ends_also_what_ignores_it(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that ignores SIGTERM is killed, with everything that it started."""
    monkeypatch.setattr("tasks.supervisor.STOP_TIMEOUT_S", 0.1)
    supervisor.start("stubborn", STUBBORN, os.environ)
    leader = supervisor.children["stubborn"].process.pid
    while "up" not in (tmp_path / "logs" / "stubborn.log").read_text():
        time.sleep(0.01)

    supervisor.stop()

    for _ in range(100):  # The grandchild's end is reported to init, not to us.
        if not living_members(leader):
            break
        time.sleep(0.01)
    assert living_members(leader) == []


def test_told_to_stop(supervisor: Supervisor) -> None:
    """Once told to stop nothing is restarted."""
    supervisor.stopping = True

    assert supervisor.keep_running() is None


def test_others_are_looked_after(supervisor: Supervisor) -> None:
    """What is not a child is looked after at every check."""
    looks: list[int] = []
    supervisor.also = lambda: looks.append(1)

    supervisor.keep_running(seconds=0.05)

    assert looks
