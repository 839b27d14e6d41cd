"""What plain Celery does under the same faults, to stand beside the service's own table.

Nothing here passes or fails: it is counted and shown. Each runs in a process of its own, since the
client that blocks for ever is one of the findings.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import redis

from tasks.embedded_redis import EmbeddedRedis, find_server
from tests.faults.processes import Processes, until
from tests.faults.proxy import Proxy

ROOT = Path(__file__).parents[2]
PUBLISHED, PER_S, QUIET_S = 600, 60, 12.0
PATIENCE_S = 12.0  #: A client that has not come back after this is called blocked.
GIVE_UPS = 20


class PlainFleet:
    """A Redis and two plain workers, as a context."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder, self.effects = folder, folder / "effects.log"
        self.processes = Processes(folder)
        self.server = EmbeddedRedis(folder, find_server())
        self.proxy = Proxy()

    def __enter__(self) -> "PlainFleet":
        self.server.start()
        port = int(self.server.url.rpartition(":")[2].partition("/")[0])
        self.proxy.start(port)
        self.proxied_url = self.server.url.replace(f":{port}/", f":{self.proxy.port}/")
        self.client = redis.Redis.from_url(self.server.url, decode_responses=True)
        self.start("one", "two")
        until("plain workers wait", lambda: self._waiting() >= 2, 60.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.processes.stop()
        self.proxy.stop()
        self.client.close()
        self.server.stop()

    def start(self, *names: str) -> None:
        """Start workers."""
        quiet = ["--without-gossip", "--without-mingle", "--loglevel", "ERROR"]
        for name in names:
            command = ["celery", "-A", "tests.faults.plain_celery", "worker", "-n", f"{name}@%h", "-c", "2"]
            self.processes.start(name, [sys.executable, "-m", *command, *quiet], self.env(), ROOT)

    def env(self, url: str | None = None) -> dict[str, str]:
        """The environment of workers and clients."""
        return {**os.environ, "PLAIN_REDIS": url or self.server.url, "PLAIN_EFFECTS": str(self.effects)}

    def client_says(self, code: str, *, url: str | None = None, timeout_s: float = 60.0) -> str | None:
        """Run a client with the application at hand; what it printed, None when it never came back."""
        program = f"import sys, time\nfrom tests.faults.plain_celery import app, effect\n{code}"
        try:
            ran = subprocess.run(
                [sys.executable, "-c", program],
                cwd=ROOT,
                env=self.env(url),
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        return ran.stdout.strip() or ran.stderr.strip().rpartition("\n")[2]

    def made(self) -> Counter[int]:
        """How often each effect was made."""
        text = self.effects.read_text() if self.effects.exists() else ""
        return Counter(int(line) for line in text.split())

    def _waiting(self) -> int:
        return sum(client["cmd"] == "brpop" for client in self.client.client_list())


def worker_killed(fleet: PlainFleet) -> str:
    """SIGKILL one whole worker every 2 s, and start it again."""
    code = (
        f"for n in range({PUBLISHED}):\n    effect.delay(n, 0.01)\n    time.sleep({1 / PER_S})\nprint('done')"
    )
    publisher = subprocess.Popen(
        [sys.executable, "-c", f"import time\nfrom tests.faults.plain_celery import effect\n{code}"],
        cwd=ROOT,
        env=fleet.env(),
        stdout=subprocess.DEVNULL,
    )
    kills = 0
    try:
        while publisher.poll() is None:
            time.sleep(2)
            victim = ("one", "two")[kills % 2]
            fleet.processes.kill(victim)
            fleet.start(victim)
            kills += 1
    finally:
        publisher.kill()
        publisher.wait()
    _calm(fleet)
    made = fleet.made()
    twice = sum(times > 1 for times in made.values())
    return f"{PUBLISHED} published, {kills} kills: {PUBLISHED - len(made)} lost, {twice} made more than once"


def pop_window(fleet: PlainFleet) -> str:
    """Freeze the workers, publish, and kill them: Redis has handed a message to each of them by then."""
    tries, lost = 3, 0
    for number in range(tries):
        first = 1000 + 10 * number
        pids = [fleet.processes.pid(name) for name in ("one", "two")]
        fleet.client_says(  # Both in one process: a worker waits for a second, then asks again.
            f"import os, signal\napp.pool.acquire().default_channel.client.ping()\n"
            f"for pid in {pids}:\n    os.kill(pid, signal.SIGSTOP)\n"
            f"[effect.delay({first} + n) for n in range(4)]"
        )
        fleet.processes.kill("one")
        fleet.processes.kill("two")
        fleet.start("one", "two")
        _calm(fleet)
        lost += 4 - sum(first <= made < first + 10 for made in fleet.made())
    return f"{4 * tries} published, {lost} lost for good"


def silent_redis(fleet: PlainFleet) -> str:
    """Publish to a Redis that takes everything and says nothing."""
    fleet.proxy.mode = "blackhole"
    try:
        said = fleet.client_says(
            "started = time.monotonic()\n"
            "try:\n    effect.delay(1)\nfinally:\n    print(time.monotonic() - started)",
            url=fleet.proxied_url,
            timeout_s=PATIENCE_S,
        )
    finally:
        fleet.proxy.mode = "pass"
    return (
        f"apply_async blocked for {said} s" if said else f"apply_async still blocked after {PATIENCE_S:g} s"
    )


def expired_stage(fleet: PlainFleet) -> str:
    """A chain of three whose middle task has expired."""
    said = fleet.client_says(
        "from celery import chain\n"
        "last = chain(effect.si(2001), effect.si(2002).set(expires=-1), effect.si(2003)).apply_async()\n"
        "time.sleep(5)\nprint(app.AsyncResult(last.id).state)"
    )
    return f"the state of the chain's result after 5 s: {said}"


def client_gives_up(fleet: PlainFleet) -> str:
    """Wait for twenty chains as a web server does, and give up on each."""
    said = fleet.client_says(
        "import os, redis\nfrom celery import chain\n"
        "client = redis.Redis.from_url(os.environ['PLAIN_REDIS'])\n"
        "def channels():\n    return len(client.pubsub_channels('celery-task-meta-*'))\n"
        "before = channels()\n"
        f"for n in range({GIVE_UPS}):\n"
        "    waited = chain(effect.si(3000 + n, 1.0), effect.si(4000 + n)).apply_async()\n"
        "    try:\n        waited.get(timeout=0.05)\n    except Exception:\n        pass\n"
        "time.sleep(1)\nprint(before, 'subscriptions before,', channels(), 'after')"
    )
    return f"{GIVE_UPS} clients give up: {said}"


PLAIN: dict[str, Callable[[PlainFleet], str]] = {
    "1 worker killed every 2 s": worker_killed,
    "2 killed between pop and unacked": pop_window,
    "9 Redis silent": silent_redis,
    "20 stage expired": expired_stage,
    "27 clients give up": client_gives_up,
}


def run(folder: Path, say: Callable[[str], None]) -> None:
    """Try all, and say what came of each."""
    say(
        "\nplain Celery (acks_late, reject_on_worker_lost, Redis as broker and backend) under the same faults"
    )
    with PlainFleet(folder) as fleet:
        for name, try_it in PLAIN.items():
            say(f"  {name:<36} {try_it(fleet)}")


def _calm(fleet: PlainFleet) -> None:
    """Wait until nothing has happened for as long as a message may take to be restored, and more."""
    quiet_since, size = time.monotonic(), -1
    while time.monotonic() - quiet_since < QUIET_S:
        now = fleet.effects.stat().st_size if fleet.effects.exists() else 0
        if now != size:
            quiet_since, size = time.monotonic(), now
        time.sleep(0.2)
