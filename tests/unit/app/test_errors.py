"""Every error is a problem: one shape, a stable code, and a pointer to each fault."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import flows.errors
from app.errors import STATUS
from flows.errors import JobNotFound, ServiceError, StoreUnavailable
from tasks.store.base import Accepted, Answer, Job, NewJob, Room
from tasks.store.in_memory import InMemoryLedger

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}
JSON = "application/json"

NO_ID = "must be 1 to 128 characters without spaces"
NO_HOURS = "Must be greater than or equal to 0.5 and less than or equal to 60."
NO_TIME = "must be a number with days, weeks, months or years, such as 3months, 6weeks or 90days"

MakeClient = Callable[..., FlaskClient]


class FailingLedger(InMemoryLedger):
    """A ledger whose one method does not answer."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self._method = method

    def _ask(self, method: str) -> None:
        if method == self._method:
            raise StoreUnavailable("the ledger does not answer")

    def cached(self, fingerprint: str) -> Answer | None:
        self._ask("cached")
        return super().cached(fingerprint)

    def accept(self, job: NewJob, lease_ms: int, room: Room | None = None) -> Accepted:
        self._ask("accept")
        return super().accept(job, lease_ms, room)

    def read(self, job_id: str) -> Job:
        self._ask("read")
        return super().read(job_id)


class BrokenCatalogues:
    """As much of a catalogue library as is asked, with a bug."""

    def get(self, organisation: str, name: str) -> Any:
        raise ZeroDivisionError("a secret of ours")


def faults(response: TestResponse) -> list[dict[str, Any]]:
    """The faults of a 422 that has exactly the documented members."""
    body = response.get_json()
    assert (response.status_code, response.content_type) == (422, "application/problem+json")
    assert set(body) == {"type", "title", "status", "code", "detail", "instance", "errors"}
    assert (body["code"], body["detail"]) == ("invalid_input", "the request cannot be used as it is")
    return list(body["errors"])


def pointers(response: TestResponse) -> list[str]:
    return [fault["pointer"] for fault in faults(response)]


def test_every_error_has_a_status() -> None:
    """No error of the service goes out with a status that nobody chose."""
    classes = [found for _, found in inspect.getmembers(flows.errors, inspect.isclass)]
    codes = {found.code for found in classes if issubclass(found, ServiceError)}
    assert codes == set(STATUS)


def test_retryable_errors_invite_a_retry() -> None:
    """What may succeed when asked again is a 503, or a 429 where nothing was done, and nothing else."""
    classes = [found for _, found in inspect.getmembers(flows.errors, inspect.isclass)]
    retryable = {found.code for found in classes if issubclass(found, ServiceError) and found.retryable}
    outside = {"upstream_unavailable", "upstream_timeout", "breaker_open"}
    assert retryable == {"worker_lost", "port_unavailable", "store_unavailable", "overloaded"} | outside
    assert {code for code in retryable if STATUS[code] != 503} == {"overloaded"}
    assert STATUS["overloaded"] == 429
    assert STATUS[JobNotFound.code] == 404


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("POST", URL, {"data": "{", "content_type": JSON}, 400, "bad_request"),
        ("POST", URL, {"data": b"\xff{}", "content_type": JSON}, 400, "bad_request"),
        ("GET", "/nowhere", {}, 404, "not_found"),
        ("POST", "/nowhere", {"json": {}}, 404, "not_found"),
        ("GET", "/docs/none.js", {}, 404, "not_found"),
        ("GET", "/api/jobs/none", {}, 404, "job_not_found"),
        ("DELETE", "/api/jobs/none", {}, 404, "job_not_found"),
        ("GET", URL, {}, 405, "method_not_allowed"),
        ("POST", URL, {"data": " " * 2_097_153, "content_type": JSON}, 413, "content_too_large"),
        ("POST", URL, {"data": "a=1"}, 415, "unsupported_media_type"),
        ("POST", URL, {"data": {"a": "1"}}, 415, "unsupported_media_type"),
        ("POST", URL, {}, 415, "unsupported_media_type"),
    ],
)
def test_errors_of_http(
    client: FlaskClient, method: str, path: str, sent: dict[str, Any], status: int, code: str
) -> None:
    """Whatever HTTP itself refuses is a problem with the documented members."""
    response = client.open(path, method=method, **sent)
    body = response.get_json()
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert set(body) == {"type", "title", "status", "code", "detail", "instance"}
    assert (body["type"], body["code"]) == (f"urn:learning-service:problem:{code}", code)
    assert (body["status"], body["instance"]) == (status, path)
    assert all(isinstance(body[member], str) and body[member] for member in ("title", "detail"))


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        ({"data": "{", "content_type": JSON}, "Invalid JSON body."),
        ({"data": "{}", "content_type": "text/plain"}, "send the body as application/json"),
    ],
)
def test_what_to_do_about_a_body(client: FlaskClient, sent: dict[str, Any], detail: str) -> None:
    """A body that cannot be read is refused with a sentence that says why."""
    assert client.post(URL, **sent).get_json()["detail"] == detail


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", URL, {"POST", "OPTIONS"}), ("PUT", "/api/jobs/x", {"GET", "HEAD", "DELETE", "OPTIONS"})],
)
def test_a_wrong_method_names_the_right_ones(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    """A 405 lists in Allow what can be done there."""
    response = client.open(path, method=method, json={})
    assert (response.status_code, set(response.headers["Allow"].split(", "))) == (405, allowed)


def test_a_body_of_the_largest_size_is_read(client: FlaskClient) -> None:
    """2 MiB are taken: the limit is the first byte more."""
    text = '{"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}'
    assert client.post(URL, data=text.ljust(2_097_152), content_type=JSON).status_code == 200


@pytest.mark.parametrize("method", ["cached", "accept"])
def test_a_ledger_that_is_away(make_client: MakeClient, method: str) -> None:
    """Without the ledger and with nothing to stand in the answer is 503, says so, and when to try again."""
    client = make_client(ledger=FailingLedger(method), publish=lambda job_id, step, attempt: None)
    response = client.post(URL, json=BODY, headers={"Prefer": "respond-async"})
    body = response.get_json()
    assert (response.status_code, response.content_type) == (503, "application/problem+json")
    assert (body["code"], body["detail"]) == ("store_unavailable", "ask again: the ledger does not answer")
    assert (body["title"], response.headers["Retry-After"]) == ("Service Unavailable", "1")


def test_a_ledger_that_goes_away_after_it_took_the_job(make_client: MakeClient) -> None:
    """The job was accepted, so the client is told where it will be."""
    client = make_client(ledger=FailingLedger("read"), publish=lambda job_id, step, attempt: None)
    response = client.post(URL, json=BODY, headers={"Prefer": "respond-async"})
    assert (response.status_code, response.get_json()["status"]) == (202, "queued")
    assert response.headers["Location"] == f"/api/jobs/{response.get_json()['id']}"


def test_a_bug_of_ours_keeps_its_secrets(make_client: MakeClient) -> None:
    """What nobody foresaw is a 500 that says nothing about our inside, but how the log finds it."""
    response = make_client(catalogues=BrokenCatalogues()).post(URL, json=BODY)
    body = response.get_json()
    assert (response.status_code, response.content_type) == (500, "application/problem+json")
    assert (body["code"], body["title"]) == ("internal", "Internal Server Error")
    assert "X-Request-Id" in body["detail"]
    assert "secret" not in response.get_data(as_text=True)
    assert "Retry-After" not in response.headers


def test_missing_fields_are_named_together(client: FlaskClient) -> None:
    """All that is missing is said in one answer."""
    response = client.post(URL, json={})
    assert pointers(response) == ["/userId", "/currentSkill", "/goal", "/timeframe"]
    assert {fault["detail"] for fault in faults(response)} == {"Missing data for required field."}


@pytest.mark.parametrize(
    ("field", "value", "pointer", "detail"),
    [
        ("userId", 5, "/userId", "Not a valid string."),
        ("userId", "", "/userId", NO_ID),
        ("userId", "x" * 129, "/userId", NO_ID),
        ("userId", "two words", "/userId", NO_ID),
        ("userId", "nul\x00", "/userId", NO_ID),
        ("userId", "half\ud83d", "/userId", NO_ID),
        ("currentSkill", "guru", "/currentSkill", "Must be one of: junior, mid, senior."),
        ("currentSkill", "foundation", "/currentSkill", "Must be one of: junior, mid, senior."),
        ("goal", None, "/goal", "Field may not be null."),
        ("goal", ["frontend"], "/goal", "Not a valid string."),
        ("timeframe", "soon", "/timeframe", NO_TIME),
        ("timeframe", "3years", "/timeframe", "must be between 7days and 104weeks"),
        ("hoursPerWeek", "many", "/hoursPerWeek", "Not a valid number."),
        ("hoursPerWeek", True, "/hoursPerWeek", "Not a valid number."),
        ("hoursPerWeek", 10**400, "/hoursPerWeek", "Number too large."),
        ("hoursPerWeek", 0.4, "/hoursPerWeek", NO_HOURS),
        ("hoursPerWeek", 60.5, "/hoursPerWeek", NO_HOURS),
        ("knownSkills", "html", "/knownSkills", "Not a valid list."),
        ("knownSkills", ["html", 7], "/knownSkills/1", "Not a valid string."),
        ("knownSkills", ["html"] * 1001, "/knownSkills", "Longer than maximum length 1000."),
        ("favouriteColour", "blue", "/favouriteColour", "Unknown field."),
    ],
)
def test_a_wrong_field_is_pointed_at(
    client: FlaskClient, field: str, value: Any, pointer: str, detail: str
) -> None:
    """A field that cannot be used is named by a JSON pointer, with what is wrong with it."""
    assert faults(client.post(URL, json={**BODY, field: value})) == [{"pointer": pointer, "detail": detail}]


@pytest.mark.parametrize("text", ["[]", "null", "5", '"frontend"'])
def test_a_body_that_is_no_object(client: FlaskClient, text: str) -> None:
    """The pointer to the whole body is empty."""
    response = client.post(URL, data=text, content_type=JSON)
    assert faults(response) == [{"pointer": "", "detail": "Invalid input type."}]


def test_all_wrong_fields_in_one_answer(client: FlaskClient) -> None:
    """Faults of shape are collected, not reported one at a time."""
    sent = {**BODY, "currentSkill": "guru", "hoursPerWeek": 0, "knownSkills": ["html", "a b"], "x": 1}
    assert pointers(client.post(URL, json=sent)) == ["/currentSkill", "/hoursPerWeek", "/knownSkills/1", "/x"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"goal": "frontent"}, [("/goal", "goal 'frontent'", ["frontend"])]),
        ({"goal": "reakt"}, [("/goal", "goal 'reakt'", ["react"])]),
        ({"goal": "qqqq"}, [("/goal", "goal 'qqqq'", [])]),
        ({"knownSkills": ["html", "graphq"]}, [("/knownSkills/1", "skill 'graphq'", ["graphql"])]),
        ({"catalogue": "builtin"}, [("/catalogue", "catalogue 'builtin'", ["built-in"])]),
        (
            {"goal": "reakt", "knownSkills": ["htm", "react", "qqqq"]},
            [
                ("/goal", "goal 'reakt'", ["react"]),
                ("/knownSkills/0", "skill 'htm'", ["html"]),
                ("/knownSkills/2", "skill 'qqqq'", []),
            ],
        ),
    ],
)
def test_unknown_names_come_with_the_nearest(
    client: FlaskClient, sent: dict[str, Any], expected: list[tuple[str, str, list[str]]]
) -> None:
    """Every name that nobody knows is pointed at, with the names that may have been meant."""
    found = faults(client.post(URL, json=BODY | sent))
    assert [(fault["pointer"], fault["nearest"]) for fault in found] == [(e[0], e[2]) for e in expected]
    assert all(
        fault["detail"].startswith("unknown " + e[1]) for fault, e in zip(found, expected, strict=True)
    )
