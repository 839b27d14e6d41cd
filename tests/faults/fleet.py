"""The service as real processes on free ports, which can be killed, frozen and started one by one.

What ``manage.py up`` starts, as far as a fault needs it: a private Redis with an append-only file, fronts,
workers by queue and beat. The suite's own view of Redis never goes through the proxy that the service may
be behind.
"""

import os
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread

import redis
import requests

from config.queues import BATCH, INTERACTIVE, LLM, REFINE, SCHEDULED
from config.settings import Settings
from flows.catalogue.built_in import built_in_catalogue
from flows.registry import STAGES
from tasks.celery_app import FRONT_TRANSPORT, make_celery
from tasks.embedded_redis import EmbeddedRedis, find_server
from tasks.publish import ChainPublisher
from tasks.redis_client import fast_client
from tasks.store.database import open_database, upgrade
from tasks.store.demo import load_demo
from tasks.store.flow_versions import FlowVersions
from tasks.store.in_redis import RedisLedger
from tasks.supervisor import CHECK_EVERY_S
from tests.faults.processes import Processes, until
from tests.faults.proxy import Proxy, free_port
from tests.faults.stages import EFFECTS_VARIABLE, learn_stages, write_flows

ROOT = Path(__file__).parents[2]
FRONT = "front"
WORKERS = {
    "interactive-1": INTERACTIVE,
    "interactive-2": INTERACTIVE,
    "llm": LLM,
    "refine": REFINE,
    "scheduled": SCHEDULED,
    "batch": BATCH,
    "webhooks": "webhooks",
}
USUAL = ("interactive-1", "interactive-2", "llm", "refine", "scheduled", "beat", FRONT)
NUMBER = {"interactive-2": "2"}
READY_TIMEOUT_S = 60.0


def make_database(file: Path, *, demo: bool) -> Path:
    """A database as a first start makes it, to copy for every fleet."""
    url = f"sqlite:///{file}"
    upgrade(url)
    if demo:
        engine = open_database(url)
        load_demo(engine, built_in_catalogue())
        engine.dispose()
    return file


class Fleet:
    """One service. Use it as a context: at its end nothing is left running."""

    def __init__(
        self, folder: Path, database: Path, *, proxied: bool = False, env: Mapping[str, str] | None = None
    ) -> None:
        learn_stages()
        folder.mkdir(parents=True)
        self.folder = folder
        self.effects, self.ticks = folder / "effects.log", folder / "ticks.log"
        self.processes = Processes(folder)
        self.server = EmbeddedRedis(folder, find_server())
        self.proxy = Proxy() if proxied else None
        self.port = free_port()
        self._extra = dict(env or {})
        self._more_ports: dict[str, int] = {}
        self.restarted: Counter[str] = Counter()  #: What ended by itself and had to be started again.
        self._left_alone: set[str] = set()
        self._starting, self._ending = Lock(), Event()
        self._supervisor = Thread(target=self._supervise, name="supervisor", daemon=True)
        shutil.copy(database, folder / "learning.db")

    def __enter__(self) -> "Fleet":
        try:
            self.start_redis()
            if self.proxy is not None:
                self.proxy.start(self._redis_port())
            self.env = self._environment()
            self.settings = Settings.from_env(self.env)
            self.client = fast_client(self.server.url)
            self.ledger = RedisLedger(self.client)
            self.flows = FlowVersions(self.client, STAGES)
            self.celery = make_celery(self.server.url, STAGES, FRONT_TRANSPORT)
            self.publisher = ChainPublisher(self.celery)
            self.publish_flows()
            self._supervisor.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        self.processes.stop()
        if self.proxy is not None:
            self.proxy.stop()
        self.server.stop()

    @property
    def url(self) -> str:
        """Where the first front listens."""
        return f"http://127.0.0.1:{self.port}"

    def publish_flows(self) -> None:
        """As every start does."""
        self.flows.publish((self.folder / "flows.json").read_text("utf-8"))

    def start(self, *names: str) -> None:
        """Start these unless they run."""
        for name in names:
            with self._starting:
                if name not in self.processes.running or self.processes.ended(name):
                    self._start(name)

    def _start(self, name: str) -> None:
        env = {**self.env, "PORT": str(self.port_of(name))}
        self.processes.start(name, self._command(name), env, ROOT)

    def stop(self, *names: str) -> None:
        """End these; they are not started again."""
        with self._starting:
            self.processes.stop(names)

    def replace(self, name: str) -> None:
        """SIGTERM, wait for the end, and start again, as a deployment does."""
        with self.left_alone(name):
            self.processes.terminate(name)

    def ready(self) -> "Fleet":
        """Wait until every process that was started does its work."""
        until("front answers", self.front_answers, READY_TIMEOUT_S)
        until("workers are there", self.workers_wait, READY_TIMEOUT_S)
        return self

    def workers_wait(self) -> bool:
        """True when as many workers wait for messages as were started, as Redis sees it."""
        waiting = sum(client["cmd"] == "brpop" for client in self.client.client_list())
        return waiting >= sum(name in WORKERS for name in self.processes.running)

    def heal(self) -> "Fleet":
        """All as it was before a fault: what is frozen goes on, what is dead is started, the rest ended."""
        self.stop(*set(self.processes.running) - set(USUAL))
        if self.proxy is not None:
            self.proxy.mode = "pass"
        self.start_redis()
        for name in self.processes.running:
            self.processes.signal(name, signal.SIGCONT)
        self.start(*USUAL)
        self.restarted.clear()
        return self.ready()

    def kill(self, *names: str) -> None:
        """SIGKILL these and start them again, as the supervisor would a moment later."""
        with self._starting:
            for name in names:
                self.processes.kill(name)
                if name not in self._left_alone:
                    self._start(name)

    @contextmanager
    def left_alone(self, name: str) -> Iterator[None]:
        """Start this one again only at the end of the block, whatever becomes of it."""
        self._left_alone.add(name)
        try:
            yield
        finally:
            self._left_alone.discard(name)
            self.start(name)

    def _supervise(self) -> None:
        """Start again what ends by itself, as ``manage.py up`` and a cluster do."""
        while not self._ending.wait(CHECK_EVERY_S):
            for name in set(self.processes.running) - self._left_alone:
                with self._starting:
                    if name in self.processes.running and self.processes.ended(name):
                        self.restarted[name] += 1
                        self._start(name)

    def front_answers(self, name: str = FRONT) -> bool:
        """True when a front serves requests."""
        with suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{self.port_of(name)}/openapi.json", timeout=2).ok
        return False

    def health(self) -> tuple[int, dict[str, object]]:
        """Status and body of ``/health``; status 0 when there is no answer."""
        with suppress(requests.RequestException, ValueError):
            answer = requests.get(f"{self.url}/health", timeout=5)
            return answer.status_code, answer.json()
        return 0, {}

    def start_redis(self) -> None:
        """Start Redis unless it runs."""
        self.server.start()

    def kill_redis(self, *, forget: bool = False) -> None:
        """SIGKILL Redis; with ``forget`` its file goes too."""
        with redis.Redis.from_url(self.server.url) as client:
            pid = int(client.info("server")["process_id"])
        os.kill(pid, signal.SIGKILL)
        until("Redis is dead", lambda: not self._redis_lives(), 5.0)
        if forget:
            shutil.rmtree(self.folder / "redis" / "appendonlydir", ignore_errors=True)

    @contextmanager
    def database_locked(self) -> Iterator[None]:
        """Hold the database for writing inside the block."""
        with closing(sqlite3.connect(self.folder / "learning.db", isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def decisions_of(self, jobs: Iterable[str]) -> int:
        """How many of these jobs have their decision in the database."""
        with closing(sqlite3.connect(self.folder / "learning.db")) as connection:
            stored = {row[0] for row in connection.execute("SELECT id FROM decisions")}
        return len(stored & set(jobs))

    def _redis_lives(self) -> bool:
        process = self.server._process
        return process is not None and process.poll() is None

    def _redis_port(self) -> int:
        return int(self.server.url.rpartition(":")[2].partition("/")[0])

    def _environment(self) -> dict[str, str]:
        metrics = self.folder / "metrics"
        metrics.mkdir()
        url = self.server.url
        if self.proxy is not None:
            url = url.replace(f":{self._redis_port()}/", f":{self.proxy.port}/")
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "API_KEYS")}
        return {
            **kept,
            "DATA_DIR": str(self.folder),
            "REDIS_URL": url,
            "PORT": str(self.port),
            "LOG_LEVEL": "WARNING",
            "FLOWS_FILE": str(write_flows(self.folder / "flows.json")),
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
            EFFECTS_VARIABLE: str(self.effects),
            "FAULTS_TICKS": str(self.ticks),
            **self._extra,
        }

    def port_of(self, name: str) -> int:
        """The port of a front."""
        if name == FRONT or not name.startswith(FRONT):
            return self.port
        return self._more_ports.setdefault(name, free_port())

    def _command(self, name: str) -> list[str]:
        command = [sys.executable, "-m", "tests.faults.process"]
        if name in WORKERS:
            return [*command, "worker", WORKERS[name], "--number", NUMBER.get(name, "1")]
        return [*command, name.partition("-")[0]]
