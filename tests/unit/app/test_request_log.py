"""One log line per request, and the id that ties it to the answer."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from flows.errors import StoreUnavailable

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}

MakeClient = Callable[..., FlaskClient]


class Broken:
    """A catalogue library with a fault, of a kind that was foreseen or not."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get(self, organisation: str, name: str) -> Any:
        raise self._error


def lines(caplog: pytest.LogCaptureFixture, logger: str = "learning.request") -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == logger]


@pytest.fixture(autouse=True)
def listening(caplog: pytest.LogCaptureFixture) -> None:
    """Log as a front does by default."""
    caplog.set_level(logging.INFO)


def test_what_a_line_says(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    """A request's line has its id, what was asked, how it ended, how long it took, and its job."""
    response = client.post(URL + "?mode=sync", json=BODY, headers={"X-Request-Id": "req-1"})
    (line,) = lines(caplog)
    said = vars(line)
    assert (line.levelname, line.getMessage()) == ("INFO", "request")
    assert (said["request_id"], said["method"], said["path"]) == ("req-1", "POST", URL)
    assert (said["status"], said["cache"]) == (200, "miss")
    assert said["job_id"] == response.headers["X-Job-Id"]
    total = float(response.headers["Server-Timing"].rpartition("total;dur=")[2])
    assert said["ms"] >= total - 0.01


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "/health/live", {}, 200),
        ("GET", "/metrics", {}, 200),
        ("GET", "/docs", {}, 308),
        ("GET", "/api/jobs/none", {}, 404),
        ("GET", "/nowhere", {}, 404),
        ("GET", URL, {}, 405),
        ("POST", URL, {"json": {}}, 422),
        ("POST", URL, {"data": "{", "content_type": "application/json"}, 400),
        ("POST", URL, {"data": "hello"}, 415),
        ("POST", URL, {"data": " " * 3_000_000, "content_type": "application/json"}, 413),
    ],
)
def test_every_request_has_exactly_one_line(
    client: FlaskClient,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    sent: dict[str, Any],
    status: int,
) -> None:
    """However a request ends, there is one line with its status and the id that the client sees."""
    response = client.open(path, method=method, **sent)
    (line,) = lines(caplog)
    said = vars(line)
    assert (response.status_code, said["status"], said["path"], said["method"]) == (
        status,
        status,
        path,
        method,
    )
    assert said["request_id"] == response.headers["X-Request-Id"]
    assert (said["job_id"], said["cache"]) == (None, None)


def test_a_refused_request_has_its_line_too(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Who is turned away for want of a key is logged like everybody else."""
    make_client(env={"API_KEYS": "acme:acme-key-0123456789"}).get("/api/jobs/none")
    assert [vars(line)["status"] for line in lines(caplog)] == [401]


@pytest.mark.parametrize(
    ("error", "status", "event", "logged"),
    [
        (StoreUnavailable("no database"), 503, "service_error", None),
        (ZeroDivisionError("oops"), 500, "unexpected_error", ZeroDivisionError),
    ],
)
def test_faults_of_ours_are_logged(
    make_client: MakeClient,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    event: str,
    logged: type[Exception] | None,
) -> None:
    """A fault on our side is an error in the log, with its traceback when nobody foresaw it."""
    make_client(catalogues=Broken(error)).post(URL, json=BODY)
    (fault,) = lines(caplog, "app.errors")
    assert [vars(line)["status"] for line in lines(caplog)] == [status]
    assert (fault.levelname, fault.getMessage()) == ("ERROR", event)
    assert (fault.exc_info[0] if fault.exc_info else None) is logged


def test_faults_of_clients_are_no_errors(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    """A request that cannot be used leaves its line and no error."""
    client.post(URL, json=BODY | {"goal": "unheard-of"})
    client.get("/api/jobs/none")
    assert {record.levelname for record in caplog.records} == {"INFO"}


def test_a_publish_that_failed_is_a_warning(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A broker that is away is said once, with the job that the sweeper will publish."""

    def refuse(job_id: str, step: int, attempt: int) -> None:
        raise StoreUnavailable("no broker")

    response = make_client(publish=refuse, budget_ms=20).post(URL, json=BODY)
    (warning,) = lines(caplog, "app.front")
    assert (warning.levelname, warning.getMessage()) == ("WARNING", "publish_failed")
    assert vars(warning)["job_id"] == response.headers["X-Job-Id"]


@pytest.mark.parametrize("given", ["a", "req-1.2:3_x", "0af7651916cd43dd8448eb211c80319c", "x" * 128])
def test_a_request_id_is_kept(client: FlaskClient, given: str) -> None:
    """The client's own id comes back, on answers and on problems."""
    for path in ("/health/live", "/nowhere"):
        assert client.get(path, headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "two words", 'a"b', "<script>", "a,b", "a/b"])
def test_a_malformed_request_id_is_replaced(client: FlaskClient, given: str) -> None:
    """An id that is no id is dropped for one of ours, another one for each request."""
    first, second = (
        client.get("/nowhere", headers={"X-Request-Id": given}).headers["X-Request-Id"] for _ in range(2)
    )
    assert len(first) == len(second) == 32
    assert int(first, 16) != int(second, 16)
