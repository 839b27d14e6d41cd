"""Idempotency-Key: what is a key, and that the same request under it is done once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from app.idempotency import key_of
from flows.errors import InvalidInput
from tasks.store.in_memory import InMemoryLedger

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}
KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd"'}
TENANTS = {"API_KEYS": "acme:acme-key-0123456789,globex:globex-key-0123456789"}

MakeClient = Callable[..., FlaskClient]


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ('"a"', "a"),
        ('  "a b"  ', "a b"),
        (r'"say \"no\" \\"', r'say "no" ' + "\\"),
        ('"' + "x" * 255 + '"', "x" * 255),
    ],
)
def test_a_key_is_a_structured_field_string(sent: str, key: str) -> None:
    """What is between the quotes counts, with its escapes undone."""
    assert key_of(Headers({"Idempotency-Key": sent})) == key


def test_no_key() -> None:
    """A request need not have one."""
    assert key_of(Headers()) is None


@pytest.mark.parametrize(
    "sent",
    ["a", "", '""', '"a', 'a"', '"a" "b"', '"a", "b"', '"a\\n"', '"ü"', '"a\tb"', '"' + "x" * 256 + '"'],
)
def test_what_is_no_key(sent: str) -> None:
    """Anything else is refused, and the error names the header."""
    with pytest.raises(InvalidInput) as raised:
        key_of(Headers({"Idempotency-Key": sent}))
    assert raised.value.field == "header:Idempotency-Key"
    assert "Idempotency-Key" in str(raised.value)


def test_a_key_without_quotes_is_a_422(client: FlaskClient) -> None:
    """The problem says which header is wrong and what it should look like."""
    response = client.post(URL, json=BODY, headers={"Idempotency-Key": "8e03978e"})
    (fault,) = response.get_json()["errors"]
    assert (response.status_code, response.get_json()["code"]) == (422, "invalid_input")
    assert fault["header"] == "Idempotency-Key"
    assert "quoted string" in fault["detail"]


def test_the_same_request_is_done_once(client: FlaskClient) -> None:
    """The second is the first one's answer, to the byte, and says that it is."""
    first = client.post(URL, json=BODY, headers=KEY)
    again = client.post(URL, json=BODY, headers=KEY)
    assert (first.headers["X-Cache"], again.headers["X-Cache"]) == ("miss", "hit")
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.data) == (200, first.data)
    assert again.headers["X-Job-Id"] == first.headers["X-Job-Id"]


def test_the_order_of_fields_does_not_matter(client: FlaskClient) -> None:
    """The same JSON is the same request, however it is written."""
    first = client.post(URL, json=BODY, headers=KEY)
    again = client.post(URL, json=dict(reversed(BODY.items())), headers=KEY)
    assert again.headers["X-Job-Id"] == first.headers["X-Job-Id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (URL, {**BODY, "goal": "react"}),
        ("/api/learning-paths", BODY),
        ("/api/prompts/next", {"userId": "ann"}),
    ],
)
def test_another_request_under_the_key_is_refused(client: FlaskClient, path: str, body: Any) -> None:
    """A key stands for one request: another body, or another endpoint, is a 422."""
    client.post(URL, json=BODY, headers=KEY)
    response = client.post(path, json=body, headers=KEY)
    assert (response.status_code, response.get_json()["code"]) == (422, "idempotency_key_reused")


def test_a_key_counts_within_its_organisation(make_client: MakeClient) -> None:
    """Two tenants may choose the same key, and neither learns of the other's."""
    client = make_client(env=TENANTS)
    acme = client.post(URL, json=BODY, headers={**KEY, "X-API-Key": "acme-key-0123456789"})
    globex = client.post(
        URL, json={**BODY, "goal": "react"}, headers={**KEY, "X-API-Key": "globex-key-0123456789"}
    )
    assert (acme.status_code, globex.status_code) == (200, 200)
    assert acme.headers["X-Job-Id"] != globex.headers["X-Job-Id"]


def test_a_cached_answer_is_bound_to_the_key(make_client: MakeClient, ledger: InMemoryLedger) -> None:
    """A key that came first with a cached answer stands for that answer also when the cache has lost it."""
    client = make_client()
    plain = client.post(URL, json=BODY)
    cached = client.post(URL, json=BODY, headers=KEY)
    ledger.outdate("demo", "ann")
    again = client.post(URL, json=BODY, headers=KEY)
    other = client.post(URL, json={**BODY, "goal": "react"}, headers=KEY)
    assert cached.headers["X-Cache"] == "hit"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.data == cached.data == plain.data
    assert other.status_code == 422


def test_a_key_whose_job_runs_joins_it(make_client: MakeClient) -> None:
    """Who does not wait is told of the same job, however often it asks."""
    client = make_client(publish=lambda job_id, step, attempt: None)
    first, again = (client.post(f"{URL}?mode=poll", json=BODY, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["Location"] == first.headers["Location"]
    assert (again.headers["X-Cache"], again.headers["Idempotency-Replayed"]) == ("shared", "true")


def test_fifty_at_once_start_one_job(make_client: MakeClient, ledger: InMemoryLedger) -> None:
    """However many come at the same time, one job is started and all get its answer."""
    client = make_client()
    app = client.application

    def ask(_: int) -> Any:
        return app.test_client().post(f"{URL}?mode=sync", json=BODY, headers=KEY)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, range(50)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["X-Job-Id"] for answer in answers}) == 1
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1


def test_what_was_refused_takes_no_key(client: FlaskClient) -> None:
    """A request with a fault leaves the key free for the corrected one."""
    assert client.post(URL, json={**BODY, "goal": "none"}, headers=KEY).status_code == 422
    assert client.post(URL, json=BODY, headers=KEY).status_code == 200
