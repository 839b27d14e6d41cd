"""The memory bank over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import RAISE

from app.schemas.memories import RecalledList
from flows.memory.model import Visibility
from tasks.store.in_memory_memories import InMemoryMemories
from tests.memories import remembered

URL = "/api/memories"
MEMORY = {
    "id": "m-1",
    "userId": "ann",
    "kind": "solution",
    "at": "2025-06-01T10:00:00+02:00",
    "text": "Add a dependency array to useEffect.",
    "error": "Maximum update depth exceeded",
    "success": True,
    "visibility": "team",
    "tags": ["react"],
}
ACME, RIVAL = "a-key-of-acme-0001", "a-key-of-rival-001"
TWO_KEYS = {"API_KEYS": f"acme:{ACME},rival:{RIVAL}"}


def post(client: FlaskClient, body: Any) -> tuple[int, Any]:
    response = client.post(URL, json=body)
    return response.status_code, response.get_json()


def recalled(client: FlaskClient, **query: Any) -> list[Any]:
    response = client.get(URL, query_string={"userId": "ann"} | query)
    assert response.status_code == 200
    return list(RecalledList(unknown=RAISE).load(response.get_json())["memories"])


@pytest.mark.parametrize("body", [MEMORY, [MEMORY], {"memories": [MEMORY]}])
def test_one_memory_or_a_batch(client: FlaskClient, body: Any) -> None:
    """A memory by itself, a list, and a batch are taken alike."""
    assert post(client, body) == (200, {"stored": 1, "duplicates": 0})
    assert post(client, body) == (200, {"stored": 0, "duplicates": 1})


def test_a_memory_is_recalled_with_its_score_and_why(client: FlaskClient) -> None:
    """The answer is as described, and says what was found and by which words."""
    post(client, MEMORY)
    (found,) = recalled(client, query="maximum update depth")
    assert (found["id"], found["scope"], found["evidence"]) == ("m-1", "own", "memory:m-1")
    assert found["why"].startswith("has maximum, update, depth; your own; ")
    assert 0 < found["score"] <= 1
    assert found["parts"]["scope"] == 1.0
    assert recalled(client, query="kubernetes") == []
    assert [each["id"] for each in recalled(client)] == ["m-1"]


def test_limit_and_kind(client: FlaskClient) -> None:
    """How many come, and of which kind, is up to who asks."""
    post(client, [MEMORY | {"id": f"m-{n}", "text": f"Note {n}", "kind": "note"} for n in range(12)])
    assert (len(recalled(client)), len(recalled(client, limit=3))) == (10, 3)
    assert (len(recalled(client, kind="note")), recalled(client, kind="session")) == (10, [])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "dream"}, "/memories/0/kind"),
        ({"visibility": "world"}, "/memories/0/visibility"),
        ({"at": "2025-06-01T10:00:00"}, "/memories/0/at"),
        ({"text": ""}, "/memories/0/text"),
        ({"text": " \n "}, "/memories/0/text"),
        ({"text": "x" * 4_001}, "/memories/0/text"),
        ({"userId": "a b"}, "/memories/0/userId"),
        ({"tags": ["x"] * 21}, "/memories/0/tags"),
        ({"organisation": "rival"}, "/memories/0/organisation"),
    ],
)
def test_a_wrong_memory_is_refused(client: FlaskClient, change: dict[str, Any], pointer: str) -> None:
    """A fault is named with its place, and nothing of the batch is stored."""
    status, body = post(client, [MEMORY | change, MEMORY | {"id": "m-2"}])
    assert status == 422
    assert [fault["pointer"] for fault in body["errors"]] == [pointer]
    assert recalled(client) == []


def test_a_text_of_several_lines_is_fine(client: FlaskClient) -> None:
    """Also one that begins with an empty line."""
    assert post(client, MEMORY | {"text": "\n\nfirst\nsecond"})[0] == 200


def test_a_batch_has_a_limit(client: FlaskClient) -> None:
    """More than a hundred memories are refused, and so is none."""
    assert post(client, [MEMORY] * 101)[0] == 422
    assert post(client, [])[0] == 422


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 51}, {"kind": "x"}, {"query": "x" * 4_001}, {"userId": ""}]
)
def test_a_wrong_question_is_refused(client: FlaskClient, query: dict[str, Any]) -> None:
    """A query parameter that cannot be used is named."""
    response = client.get(URL, query_string={"userId": "ann"} | query)
    assert response.status_code == 422
    (name,) = query
    assert name in str(response.get_json()["errors"])


def test_a_person_forgets_one_of_their_own(client: FlaskClient) -> None:
    """It is gone; somebody else's, and one that is not there, are not found."""
    post(client, MEMORY)
    assert client.delete(f"{URL}/m-1?userId=bob").status_code == 404
    response = client.delete(f"{URL}/m-1?userId=ann")
    assert (response.status_code, response.get_json()) == (200, {"id": "m-1", "deleted": True})
    again = client.delete(f"{URL}/m-1?userId=ann")
    assert (again.status_code, again.get_json()["code"]) == (404, "memory_not_found")
    assert client.delete(f"{URL}/m-1").status_code == 422


def test_what_an_event_brought_can_be_forgotten(client: FlaskClient) -> None:
    """A resolved error is remembered at once; ids of events may hold a slash."""
    event = {"id": "e/1", "userId": "ann", "kind": "error_resolved", "at": MEMORY["at"], "text": "Await it."}
    client.post("/api/events", json=event)
    client.post("/api/events", json=event)
    assert [each["id"] for each in recalled(client, query="await")] == ["event:e/1"]
    assert client.delete(f"{URL}/event:e/1?userId=ann").status_code == 200
    assert recalled(client) == []


def test_organisations_do_not_see_each_other(
    make_client: Callable[..., FlaskClient], memories: InMemoryMemories
) -> None:
    """A key opens the memories of its own organisation, whatever else a request says."""
    memories.add("acme", [remembered("m-1", user_id="bob", visibility=Visibility.ORGANISATION)])
    client = make_client(env=TWO_KEYS)
    asked = {"userId": "bob", "query": "useEffect"}
    found = {
        key: client.get(URL, query_string=asked, headers={"X-API-Key": key}).get_json()["memories"]
        for key in (ACME, RIVAL)
    }
    assert ([each["id"] for each in found[ACME]], found[RIVAL]) == (["m-1"], [])
    gone = client.delete(f"{URL}/m-1?userId=bob", headers={"X-API-Key": RIVAL})
    assert gone.status_code == 404
    assert client.get(URL, query_string=asked).status_code == 401


def test_a_deleted_memory_does_not_come_back_with_its_event(client: FlaskClient) -> None:
    """Who sends an event again brings back nothing that the person let go of since."""
    fix = {
        "id": "fix-1",
        "userId": "ann",
        "kind": "error_resolved",
        "at": "2026-11-01T10:00:00Z",
        "text": "Pinned the version",
    }
    address = "/api/memories/event:fix-1?userId=ann"
    client.post("/api/events", json=fix)
    assert client.delete(address).status_code == 200
    assert client.post("/api/events", json=fix).get_json() == {"stored": 0, "duplicates": 1}
    assert client.delete(address).status_code == 404
