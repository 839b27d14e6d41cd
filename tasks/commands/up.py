"""``manage.py up``: the whole service on one machine, with whatever is missing embedded."""

import fcntl
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import requests

from config.queues import INTERACTIVE, QUEUES
from config.settings import Settings, SettingsError
from tasks.clients.vectors import vectors_lack
from tasks.commands.environment import settings as read_settings
from tasks.commands.stores import prepare_stores
from tasks.embedded_redis import EmbeddedRedis, find_server
from tasks.operator_login import login_file, login_of
from tasks.preflight import check_start
from tasks.supervisor import CHECK_EVERY_S, Supervisor

READY_TIMEOUT_S = 60.0
MANAGE = Path(__file__).parents[2] / "manage.py"

SAMPLE = """\
  curl -s http://{address}/api/recommendations/learning-path -H 'Content-Type: application/json'{key} \\
       -d '{{"userId":"dev-123","currentSkill":"junior","goal":"fullstack","timeframe":"3months"}}'"""


@click.command()
def up() -> None:
    """Run the whole service on this machine until told to stop."""
    run(read_settings())


def run(settings: Settings) -> None:
    """Start everything, say where it is, and stay."""
    _check_ports(settings)
    supervisor = Supervisor(settings.data_dir / "logs", click.echo)
    supervisor.catch_signals()  # Before anything is started, so that nothing is left behind.
    with _data_folder(settings.data_dir), _redis(settings, supervisor) as redis_url:
        check_start(replace(settings, redis_url=redis_url))
        prepare_stores(settings, redis_url)
        try:
            _start_all(supervisor, settings, redis_url)
            given_up = _wait_until_ready(supervisor, settings)
            if not given_up and not supervisor.stopping:
                click.echo(_summary(settings))
                given_up = supervisor.keep_running()
        finally:
            click.echo("stopping ...")
            supervisor.stop()
    if given_up:
        raise SettingsError(f"{given_up} keeps ending; see {supervisor.log_dir / given_up}.log")


def _check_ports(settings: Settings) -> None:
    ports = {
        "PORT": settings.port,
        "STREAMS_PORT": settings.streams_port,
        "FLOWER_PORT": settings.flower_port,
    }
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, port))
            except OSError as error:
                raise SettingsError(
                    f"{name}={port} on {settings.host}: {error.strerror}; choose another"
                ) from None


@contextmanager
def _data_folder(folder: Path) -> Iterator[None]:
    """Hold the data folder, so that two services never share one."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(f"DATA_DIR={folder} is in use by another service") from None
        yield


@contextmanager
def _redis(settings: Settings, supervisor: Supervisor) -> Iterator[str]:
    """The configured Redis, or an embedded one that is kept running with everything else."""
    if settings.redis_url:
        yield settings.redis_url
        return
    server = EmbeddedRedis(settings.data_dir, find_server())
    supervisor.also = server.start
    try:
        yield server.start()
    finally:
        server.stop()


def _start_all(supervisor: Supervisor, settings: Settings, redis_url: str) -> None:
    env = _child_env(settings, redis_url)
    commands = {"front": ["front"], "streams": ["streams"], "beat": ["beat"], "flower": ["flower"]}
    commands |= {f"worker-{queue}": ["worker", queue] for queue in QUEUES}
    for number in range(2, settings.interactive_workers + 1):
        commands[f"worker-{INTERACTIVE}-{number}"] = ["worker", INTERACTIVE, "--number", str(number)]
    for name, arguments in commands.items():
        supervisor.start(name, [sys.executable, str(MANAGE), *arguments], env)


def _child_env(settings: Settings, redis_url: str) -> Mapping[str, str]:
    """All processes of this machine share one folder of metrics, which start at nothing."""
    metrics = settings.metrics_dir or settings.data_dir / "metrics"
    metrics.mkdir(parents=True, exist_ok=True)
    for left_over in metrics.glob("*.db"):
        left_over.unlink()
    return {**os.environ, "REDIS_URL": redis_url, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}


def _wait_until_ready(supervisor: Supervisor, settings: Settings) -> str | None:
    """Return once front, streams and all they need answer, workers too; or as ``keep_running`` does."""
    until = time.monotonic() + READY_TIMEOUT_S
    while not supervisor.stopping and not _is_healthy(settings):
        if given_up := supervisor.keep_running(seconds=CHECK_EVERY_S):
            return given_up
        if time.monotonic() > until:
            raise SettingsError(f"not ready after {READY_TIMEOUT_S:g} s; see {supervisor.log_dir}")
    return None


def _is_healthy(settings: Settings) -> bool:
    addresses = (_address(settings), _streams_address(settings))
    try:
        return all(requests.get(f"http://{address}/health", timeout=1).ok for address in addresses)
    except requests.RequestException:
        return False


def _address(settings: Settings) -> str:
    return f"{settings.host}:{settings.port}"


def _streams_address(settings: Settings) -> str:
    return f"{settings.host}:{settings.streams_port}"


def _login_hint(settings: Settings) -> str:
    """A password that was set is known to who set it."""
    name = login_of(settings).name
    return f"user {name}" if settings.operator_login else f"user {name}, password in {login_file(settings)}"


def _summary(settings: Settings) -> str:
    address = _address(settings)
    lines = [
        f"Learning Service  http://{address}        (API docs: http://{address}/docs/)",
        f"Events of jobs    http://{_streams_address(settings)}        (server-sent events and WebSockets)",
        f"Flower            http://{settings.host}:{settings.flower_port}        ({_login_hint(settings)})",
        f"Operators         http://{address}/ops/        (the same login)",
        f"Redis             {settings.redis_url or 'embedded'}",
        *_vectors(settings),
        f"Data and logs     {settings.data_dir}",
        "Try:",
        SAMPLE.format(address=address, key=" -H 'X-API-Key: <key>'" if settings.api_keys else ""),
        "Ctrl-C stops everything.",
    ]
    return "\n".join(lines)


def _vectors(settings: Settings) -> list[str]:
    if vectors_lack(settings):
        return []
    return [f"Memory vectors    {settings.qdrant_url}        ({settings.embedding_model})"]
