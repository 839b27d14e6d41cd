"""Batches over HTTP: opened, watched, read in three forms, retried and cancelled, by their owner only."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tasks.batches.model import Batch, MemberEnd, member_job
from tasks.store.base import State
from tasks.store.batch_feeding import BatchFeeding
from tasks.store.batches import StoredBatches
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_memory_teams import InMemoryTeams
from tests.batches import put_people
from tests.factories import new_job

MakeClient = Callable[..., FlaskClient]

URL = "/api/batches"
OPEN = f"{URL}/learning-paths"
SENT = {"orgId": "demo", "userIds": ["ann", "bob", "cleo"], "goal": "frontend", "timeframe": "6weeks"}
RESULT = {
    "path": [
        {
            "week": 1,
            "focus": "React",
            "skills": [{"title": "HTML"}, {"title": "=React"}],
            "reviews": [{"title": "CSS"}],
            "hours": 6.0,
            "confidence": 0.8,
            "reason": 'You know, "most"',
        }
    ]
}
KEYS = {"API_KEYS": "acme:key-of-acme-0123456789,rival:key-of-rival-0123456789"}
ACME, RIVAL = ({"X-API-Key": f"key-of-{name}-0123456789"} for name in ("acme", "rival"))


@pytest.fixture
def client(make_client: MakeClient, database: Engine) -> FlaskClient:
    """A client that needs no key, over a real store."""
    return make_client(engine=database)


def opened(client: FlaskClient, **changes: Any) -> Any:
    """A batch as the answer to its request shows it."""
    answer = client.post(OPEN, json={**SENT, **changes})
    assert answer.status_code == 202, answer.get_json()
    return answer.get_json()


def worked(database: Engine, id_: str, organisation: str = "demo") -> Batch:
    """Of three members one has succeeded, one has failed, one has not begun."""
    batches, feeding = StoredBatches(database), BatchFeeding(database)
    batch = batches.get(organisation, id_)
    feeding.begin_turn(batch)
    feeding.claim(batch, 2)
    problem = {"code": "unknown_name", "detail": "=cmd|x"}
    ends = [
        MemberEnd(0, member_job(id_, 0, 1), State.SUCCEEDED, None, json.dumps(RESULT)),
        MemberEnd(1, member_job(id_, 1, 1), State.FAILED, problem),
    ]
    feeding.settle(batch, ends)
    return batches.get(organisation, id_)


def pointers(answer: Any) -> list[str]:
    """Where the faults of a 422 are."""
    assert answer.status_code == 422, answer.get_json()
    return [fault.get("pointer") or fault["parameter"] for fault in answer.get_json()["errors"]]


def test_a_batch_is_begun(client: FlaskClient) -> None:
    """202 at once, with where to look, and who waits."""
    answer = client.post(OPEN, json=SENT)

    body = answer.get_json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == body["links"]["self"] == f"{URL}/{body['id']}"
    assert body["counts"] == {
        "queued": 3, "running": 0, "succeeded": 0, "failed": 0, "cancelled": 0, "erased": 0,
    }  # fmt: skip
    assert (body["status"], body["members"], body["progress"]) == ("queued", 3, 0.0)
    assert body["request"] == {"orgId": "demo", "goal": "frontend", "timeframe": "6weeks"}
    assert client.get(answer.headers["Location"]).get_json() == body


def test_a_team(client: FlaskClient, teams: InMemoryTeams) -> None:
    """Everybody in it, by id; the batch remembers which team it was."""
    teams.put("demo", "web", ["bob", "ann"])
    sent = {name: value for name, value in SENT.items() if name != "userIds"}

    body = client.post(OPEN, json={**sent, "teamId": "web"}).get_json()

    assert (body["members"], body["request"]["teamId"]) == (2, "web")
    members = client.get(body["links"]["members"]).get_json()["members"]
    assert [member["userId"] for member in members] == ["ann", "bob"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"userIds": ["ann", "bob", "ann"]}, ["/userIds/2"]),
        ({"userIds": []}, ["/userIds"]),
        ({"userIds": ["a b"]}, ["/userIds/0"]),
        ({"userIds": [f"u{number}" for number in range(10_001)]}, ["/userIds"]),
        ({"teamId": "web"}, ["/teamId"]),
        ({"goal": "frontent"}, ["/goal"]),
        ({"goal": None}, ["/goal"]),
        ({"goalByUser": {"dan/x": "react"}}, ["/goalByUser/dan~1x"]),
        ({"timeframe": "soon"}, ["/timeframe"]),
        ({"hoursPerWeek": 100}, ["/hoursPerWeek"]),
        ({"catalogue": "none"}, ["/catalogue"]),
        ({"currentSkill": "guru"}, ["/currentSkill"]),
        ({"callbackUrl": "ftp://example.org"}, ["/callbackUrl"]),
        ({"orgId": None}, ["/orgId"]),
        ({"unknown": 1}, ["/unknown"]),
        (
            {"goalByUser": {"x": "react"}, "userIds": ["a", "a"], "goal": "z"},
            ["/userIds/1", "/goalByUser/x", "/goal"],
        ),
    ],
)
def test_what_is_wrong_for_all(client: FlaskClient, changes: dict[str, Any], expected: list[str]) -> None:
    """Refused whole, with a pointer to each fault, and no batch is begun."""
    assert pointers(client.post(OPEN, json={**SENT, **changes})) == expected
    assert client.get(URL).get_json()["batches"] == []


def test_without_people_and_without_a_goal(client: FlaskClient) -> None:
    """Somebody must be named, and each must have a goal, of their own or that of all."""
    bare = {"orgId": "demo", "timeframe": "6weeks"}
    assert pointers(client.post(OPEN, json=bare)) == ["/teamId", "/goal"]
    some = {**bare, "userIds": ["ann", "bob"], "goalByUser": {"ann": "react"}}
    assert pointers(client.post(OPEN, json=some)) == ["/goal"]
    everybody = {**some, "goalByUser": {"ann": "react", "bob": "unknown"}}
    assert client.post(OPEN, json=everybody).status_code == 202


def test_a_team_that_is_none(client: FlaskClient, teams: InMemoryTeams) -> None:
    """An unknown team is refused with the nearest names, one that nobody is in with how many there are."""
    teams.put("demo", "platform", ["ann"])
    teams.put("demo", "empty", [])
    sent = {name: value for name, value in SENT.items() if name != "userIds"}

    unknown = client.post(OPEN, json={**sent, "teamId": "plattform"})
    empty = client.post(OPEN, json={**sent, "teamId": "empty"})

    assert unknown.get_json()["errors"][0]["nearest"] == ["platform"]
    assert pointers(unknown) == pointers(empty) == ["/teamId"]
    assert "has 0 members" in empty.get_json()["errors"][0]["detail"]


def test_people_of_others(make_client: MakeClient, database: Engine) -> None:
    """An organisation that is not one's own is forbidden, whether it exists or not."""
    client = make_client(env=KEYS, engine=database)
    for named in ("rival", "nowhere"):
        assert client.post(OPEN, json={**SENT, "orgId": named}, headers=ACME).status_code == 403
    assert client.post(OPEN, json={**SENT, "orgId": "acme"}, headers=ACME).status_code == 202
    assert client.post(OPEN, json={**SENT, "orgId": "acme"}).status_code == 401


def test_somebody_elses_batch_does_not_exist(make_client: MakeClient, database: Engine) -> None:
    """404 whatever is asked of it, and it stays as it is."""
    client = make_client(env=KEYS, engine=database)
    url = client.post(OPEN, json={**SENT, "orgId": "acme"}, headers=ACME).headers["Location"]

    asked = [
        client.get(url, headers=RIVAL),
        client.get(f"{url}/members", headers=RIVAL),
        client.get(f"{url}/results", headers=RIVAL),
        client.post(f"{url}/retry", json={}, headers=RIVAL),
        client.delete(url, headers=RIVAL),
    ]

    assert [(answer.status_code, answer.get_json()["code"]) for answer in asked] == [
        (404, "batch_not_found")
    ] * 5
    assert client.get(URL, headers=RIVAL).get_json()["batches"] == []
    assert client.get(url, headers=ACME).get_json()["status"] == "queued"


def test_a_key_begins_one_batch(client: FlaskClient) -> None:
    """Sent again it is the same batch; with another request it is refused."""
    key = {"Idempotency-Key": '"8e03978e"'}
    first = client.post(OPEN, json=SENT, headers=key)
    again = client.post(OPEN, json=SENT, headers=key)
    other = client.post(OPEN, json={**SENT, "userIds": ["dan"]}, headers=key)

    assert (again.status_code, again.headers["Location"]) == (202, first.headers["Location"])
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")
    assert len(client.get(URL).get_json()["batches"]) == 1


def test_a_key_is_quoted(client: FlaskClient) -> None:
    """It is read as that of any other request."""
    refused = client.post(OPEN, json=SENT, headers={"Idempotency-Key": "8e03978e"})
    assert refused.status_code == 422
    assert client.get(URL).get_json()["batches"] == []


def test_how_far_it_is(client: FlaskClient, database: Engine) -> None:
    """Counts by state, the share that has ended, and how long the rest may take."""
    worked(database, opened(client)["id"])
    (body,) = client.get(URL).get_json()["batches"]
    assert (body["status"], body["progress"]) == ("running", 0.6667)
    assert (body["counts"]["succeeded"], body["counts"]["failed"], body["counts"]["queued"]) == (1, 1, 1)
    assert body["secondsLeft"] is not None
    assert set(body["links"]) == {"self", "members", "results", "cancel", "retry"}


def test_members_page_by_page(client: FlaskClient, database: Engine) -> None:
    """In the order in which they were named, of one state or all, with what was wrong."""
    url = worked_url(client, database)

    first = client.get(f"{url}/members?limit=2").get_json()
    rest = client.get(f"{url}/members?limit=2&after={first['next']}").get_json()
    failed = client.get(f"{url}/members?state=failed").get_json()

    assert [m["userId"] for m in (*first["members"], *rest["members"])] == ["ann", "bob", "cleo"]
    assert (rest["next"], failed["next"]) == (None, None)
    (bob,) = failed["members"]
    assert (bob["userId"], bob["status"], bob["problem"]["code"]) == ("bob", "failed", "unknown_name")
    assert [m["jobId"] is None for m in (*first["members"], *rest["members"])] == [False, False, True]
    for query in ("state=odd", "limit=0", "after=x"):
        assert pointers(client.get(f"{url}/members?{query}")) == [query.partition("=")[0]]


def worked_url(client: FlaskClient, database: Engine) -> str:
    """Where a batch is one member of which has succeeded and one has failed."""
    id_ = opened(client)["id"]
    worked(database, id_)
    return f"{URL}/{id_}"


def test_results_as_json(client: FlaskClient, database: Engine) -> None:
    """The batch, and each member with the whole answer or what was wrong."""
    url = worked_url(client, database)
    answer = client.get(f"{url}/results")
    assert answer.content_type.startswith("application/json")
    body = answer.get_json()
    assert body["batch"]["links"]["self"] == url
    assert [(m["userId"], m["status"], m["result"]) for m in body["results"]] == [
        ("ann", "succeeded", RESULT),
        ("bob", "failed", None),
        ("cleo", "queued", None),
    ]
    only = client.get(f"{url}/results?state=failed").get_json()["results"]
    assert [member["problem"]["code"] for member in only] == ["unknown_name"]
    assert client.get(f"{url}/results?state=cancelled").get_json()["results"] == []


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        ("", "application/x-ndjson", "application/x-ndjson"),
        ("", "text/csv;q=0.9, application/json;q=0.1", "text/csv"),
        ("", "image/png", "application/json"),
        ("?format=csv", "application/json", "text/csv"),
    ],
)
def test_which_form(
    client: FlaskClient, database: Engine, query: str, accept: str, content_type: str
) -> None:
    """The format goes before Accept, and JSON is for whoever asks for nothing that there is."""
    url = worked_url(client, database)
    answer = client.get(f"{url}/results{query}", headers={"Accept": accept})
    assert answer.content_type.partition(";")[0] == content_type
    assert answer.headers["Vary"] == "Accept"
    assert pointers(client.get(f"{url}/results?format=xml")) == ["format"]


def test_results_as_ndjson(client: FlaskClient, database: Engine) -> None:
    """A line is a member, as in JSON."""
    url = worked_url(client, database)
    lines = client.get(f"{url}/results?format=ndjson").get_data(as_text=True).splitlines()
    assert [json.loads(line) for line in lines] == client.get(f"{url}/results").get_json()["results"]


def test_results_as_csv(client: FlaskClient, database: Engine) -> None:
    """A line is a week of somebody, or what was wrong; nothing in it runs as a formula."""
    url = worked_url(client, database)
    answer = client.get(f"{url}/results?format=csv")
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert list(csv.reader(StringIO(text[1:]))) == [
        ["user", "state", "week", "focus", "skills", "hours", "confidence", "reason"],
        ["ann", "succeeded", "1", "React", "HTML; =React; CSS", "6.0", "0.8", 'You know, "most"'],
        ["bob", "failed", "", "", "", "", "", "'=cmd|x"],
        ["cleo", "queued", "", "", "", "", "", ""],
    ]


def test_results_come_piece_by_piece(client: FlaskClient) -> None:
    """A large batch is sent in parts as it is read, and whole."""
    people = [f"user-{number}" for number in range(450)]
    url = opened(client, userIds=people)["links"]["results"]
    answer = client.get(f"{url}?format=ndjson", buffered=False)
    parts = list(answer.response)
    assert len(parts) >= 5
    assert [json.loads(line)["userId"] for line in b"".join(parts).splitlines()] == people  # type: ignore[arg-type]
    answer.close()


def test_retry(client: FlaskClient, database: Engine) -> None:
    """What failed waits again; who is named and did not fail is pointed at."""
    url = worked_url(client, database)
    assert pointers(client.post(f"{url}/retry", json={"userIds": ["bob", "ann"]})) == ["/userIds/1"]

    answer = client.post(f"{url}/retry", json={})

    body = answer.get_json()
    assert (answer.status_code, body["retried"], body["status"]) == (202, 1, "queued")
    assert (body["counts"]["failed"], body["counts"]["queued"]) == (0, 2)


def test_cancel(client: FlaskClient, database: Engine, ledger: InMemoryLedger) -> None:
    """Jobs under way are cancelled, nobody else starts; a second time there is nothing to cancel: 409."""
    id_ = opened(client)["id"]
    BatchFeeding(database).claim(StoredBatches(database).get("demo", id_), 2)
    ledger.accept(new_job(id=member_job(id_, 0, 1)), 60_000)

    body = client.delete(f"{URL}/{id_}").get_json()

    assert (body["status"], body["counts"]["cancelled"], body["progress"]) == ("cancelled", 3, 1.0)
    assert ledger.read(member_job(id_, 0, 1)).state is State.CANCELLED
    assert set(body["links"]) == {"self", "members", "results"}
    for again in (client.delete(f"{URL}/{id_}"), client.post(f"{URL}/{id_}/retry", json={})):
        assert (again.status_code, again.get_json()["code"]) == (409, "batch_ended")


def test_the_list_page_by_page(client: FlaskClient) -> None:
    """Newest first, and next leads on."""
    ids = [opened(client)["id"] for _ in range(3)]
    first = client.get(f"{URL}?limit=2").get_json()
    rest = client.get(f"{URL}?limit=2&before={first['next']}").get_json()
    assert [batch["id"] for batch in (*first["batches"], *rest["batches"])] == ids[::-1]
    assert rest["next"] is None
    assert pointers(client.get(f"{URL}?before=x")) == ["before"]


def test_an_unknown_person_fails_alone(client: FlaskClient, database: Engine) -> None:
    """Nobody is refused for a colleague who is not there: a batch takes ids that nobody knows."""
    put_people(database, "demo", ["ann"])
    assert opened(client, userIds=["ann", "nobody"])["members"] == 2
