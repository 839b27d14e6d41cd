"""``manage.py webhooks``: secrets, messages, and a receiver to try them with."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from time import time

import pytest
import requests
from click.testing import CliRunner, Result

from flows.webhooks.messages import Message
from flows.webhooks.signing import headers, key_of, new_secret
from manage import cli
from tasks.store.database import open_database
from tasks.store.webhook_deliveries import WebhookDeliveries
from tasks.webhooks.listener import Listener

HOOK = "https://example.com/hook"

Run = Callable[..., Result]


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on a database of its own."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    for name in ("REDIS_URL", "PORT", "HOST", "API_KEYS"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: CliRunner().invoke(cli, ["webhooks", *arguments])


@pytest.fixture
def deliveries(sqlite_url: str) -> Iterator[WebhookDeliveries]:
    """The messages that the commands see; one at first."""
    engine = open_database(sqlite_url)
    store = WebhookDeliveries(engine)
    store.put([Message(organisation="acme", id="msg_1", url=HOOK, type="job.failed", body="{}")])
    yield store
    engine.dispose()


def test_secrets(run: Run) -> None:
    """Shown and rotated as a whole, listed without being shown, and removed."""
    first = run("secret", "show", "acme").output.strip()
    assert run("secret", "show", "acme").output.strip() == first
    assert len(key_of(first)) == 32
    second = run("secret", "rotate", "acme").output.strip()
    assert run("secret", "show", "acme").output.strip() == second != first
    listed = run("secret", "list", "acme").output
    assert [line.split()[0] for line in listed.splitlines()] == ["2", "1"]
    assert "signs until" in listed.splitlines()[1]
    assert not [secret for secret in (first, second) if secret in listed]
    assert run("secret", "remove", "acme", "1").output == "1: removed\n"
    gone = run("secret", "remove", "acme", "1")
    assert (gone.exit_code, gone.output) == (1, "Error: acme has no secret 1\n")


def test_messages(run: Run, deliveries: WebhookDeliveries) -> None:
    """Listed with their state, sent again, and held while their address wants none."""
    assert run("list", "acme").output.split()[0] == "msg_1"
    assert run("list", "rival").output == ""
    assert run("list", "acme", "--state", "dead").output == ""
    assert run("retry", "acme", "msg_1").output == "msg_1: is sent again\n"
    missing = run("retry", "rival", "msg_1")
    assert (missing.exit_code, missing.output) == (1, "Error: rival has no webhook delivery msg_1\n")
    deliveries.disable("acme", HOOK)
    assert run("list", "acme").output.splitlines()[1].endswith(HOOK)
    assert run("retry", "acme", "msg_1").exit_code == 1
    assert run("enable", "acme", HOOK).output == f"{HOOK}: enabled\n"
    assert run("enable", "acme", HOOK).output == f"{HOOK}: was not disabled\n"


def test_the_receiver_verifies() -> None:
    """It takes what is signed with a secret in force, and refuses and shows all else."""
    secrets, said = [new_secret(), new_secret()], list[str]()
    with Listener(0, lambda: secrets, said.append) as listener:
        thread = Thread(target=listener.serve_forever, args=(0.01,))
        thread.start()
        body = '{"type":"job.failed","data":{"x":"ü"}}'.encode()
        signed = headers(secrets[1:], "msg_1", int(time()), body)
        good = requests.post(listener.url, data=body, headers=signed, timeout=10)
        forged = requests.post(listener.url, data=body + b" ", headers=signed, timeout=10)
        bare = requests.post(listener.url, data=b"\xff", timeout=10)
        long = requests.post(listener.url, data=b"x" * 70_000, timeout=10)
        listener.shutdown()
        thread.join()
    assert [answer.status_code for answer in (good, forged, bare, long)] == [204, 400, 400, 413]
    assert said == [
        'verified msg_1 {"type": "job.failed", "data": {"x": "ü"}}',
        'REFUSED (no signature fits) msg_1 {"type": "job.failed", "data": {"x": "ü"}}',
        "REFUSED (webhook-id is missing) (no id) b'\\xff'",
    ]
