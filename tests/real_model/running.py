"""Starts the model's server in a process of its own, and ends it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

ROOT = Path(__file__).parents[2]
LOADED_WITHIN_S = 300  #: A quarter of a gigabyte is put together and read first.


@contextmanager
def model_server(folder: Path, module: str = "tests.real_model.server") -> Iterator[str]:
    """The address of a server that has loaded its model; ``folder`` takes weights and log.

    ``module`` is what runs it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", module, str(port), str(folder)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_loaded(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()  # It keeps nothing that an orderly end would save.
            server.communicate()


@retry(
    retry=retry_if_exception_type(requests.RequestException),
    stop=stop_after_delay(LOADED_WITHIN_S),
    wait=wait_fixed(0.2),
    reraise=True,
)
def _wait_until_loaded(url: str) -> None:
    requests.get(f"{url}/health", timeout=5).raise_for_status()
