"""A private PostgreSQL server for tests, and databases on it."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from tasks.store.database import open_database

INSTALLED = Path("/usr/lib/postgresql")  #: Debian's packages put no server on the PATH.
UNPRIVILEGED = ("postgres", "nobody")  #: PostgreSQL refuses to run as root; these may stand in.
ICU_SINCE = 15
STARTED_WITHIN_S = 30.0
STOPPED_WITHIN_S = 15.0

#: A test's data need not outlive a crash of the machine.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")


class NoServer(Exception):
    """Raised when no server can be started here; says why."""


def find_binaries() -> Path:
    """The folder with ``initdb`` and ``postgres``, of the newest version; raises NoServer."""
    on_path = shutil.which("initdb")
    installed = sorted(INSTALLED.glob("*/bin/initdb"), key=_version, reverse=True)
    for initdb in [*([Path(on_path).resolve()] if on_path else []), *installed]:
        if (initdb.parent / "postgres").exists():
            return initdb.parent
    raise NoServer("no PostgreSQL server is installed (neither on the PATH nor in /usr/lib/postgresql)")


def _version(initdb: Path) -> float:
    try:
        return float(initdb.parents[1].name)
    except ValueError:
        return 0.0


def account() -> str | None:
    """Whom to run the server as: None for oneself, somebody else for root; raises NoServer."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return name
    raise NoServer("PostgreSQL does not run as root, and there is no user to run it as")


def _sorting(binaries: Path) -> list[str]:
    """Options for a server that sorts as dictionaries do, as most do: what relies on C shall fail."""
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
    version = int(re.findall(r"\d+", said.stdout)[0])
    return ["--locale-provider=icu", "--icu-locale=en"] if version >= ICU_SINCE else []


class PrivatePostgres:
    """A server on a socket in a folder of its own, open to nobody else, gone after ``stop``."""

    def __init__(self, binaries: Path, user: str | None) -> None:
        self._binaries, self._user = binaries, user
        # Not below pytest's folder: another user may not enter that, and a socket's path is short.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the server's own database."""
        return f"postgresql://postgres@/postgres?host={self._folder}"

    def start(self) -> None:
        """Start and wait until it answers; raises NoServer with the end of its log."""
        if self._user:
            shutil.chown(self._folder, self._user)
        data = self._folder / "data"
        plain = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        if self._spawn("initdb", "-D", str(data), *plain, *_sorting(self._binaries)).wait() != 0:
            self._give_up()
        options = [part for setting in CARELESS for part in ("-c", setting)]
        where = ["-D", str(data), "-k", str(self._folder), "-c", "listen_addresses="]
        self._server = self._spawn("postgres", *where, *options)
        self._wait_for_answer()

    def stop(self) -> None:
        """End the server, whoever is connected, and remove its folder."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _spawn(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._binaries / program, *arguments],
                user=self._user,
                group=pwd.getpwnam(self._user).pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop the server.
            )

    def _wait_for_answer(self) -> None:
        assert self._server is not None
        give_up_at = time.monotonic() + STARTED_WITHIN_S
        while not answers(self.url):
            if self._server.poll() is not None or time.monotonic() > give_up_at:
                self._give_up()
            time.sleep(0.05)

    def _give_up(self) -> NoReturn:
        said = (self._folder / "log").read_text("utf-8", "replace")[-500:]
        self.stop()
        raise NoServer(f"PostgreSQL did not start: {said}")


def answers(url: str) -> bool:
    """True when a server takes connections."""
    engine = open_database(url)
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False
    finally:
        engine.dispose()


@contextmanager
def private_server() -> Iterator[str]:
    """The address of a server that lives as long as the context; raises NoServer."""
    server = PrivatePostgres(find_binaries(), account())
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """The address of a database of its own, which is dropped afterwards."""
    name = f"test_{uuid4().hex}"
    run(server, f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def cut_off(server: str, database: str) -> None:
    """An outage: everybody is thrown out of a database, and nobody is let in."""
    run(
        server,
        f"ALTER DATABASE {database} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'",
    )


def empty(server: str, url: str) -> None:
    """Make a database as new: reachable, and with nothing in its tables."""
    run(server, f"ALTER DATABASE {make_url(url).database} ALLOW_CONNECTIONS true")
    # Every other row belongs to an organisation, and goes with it.
    tables = ("organisations", "shared_models", "model_timings", "memory_vectors", "memory_indexes")
    run(url, *(f"DELETE FROM {table}" for table in tables))


def run(url: str, *statements: str) -> None:
    """Run statements, each on its own, on a new connection."""
    engine = open_database(url)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()
