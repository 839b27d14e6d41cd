"""``POST /api/recommendations/contract-aware``: over HTTP, from request to answer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import RAISE

from app.schemas.contracts import ContractAwareAnswer
from flows.intelligence.entitlements.model import Confirmation, Contract, Training
from flows.intelligence.mastery import Mastery
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_memory_entitlements import InMemoryEntitlements
from tasks.store.in_memory_learners import InMemoryLearners

URL = "/api/recommendations/contract-aware"
BODY = {"userId": "ann", "orgId": "corp-123"}
KEYS = {"API_KEYS": "acme:acme-key-0123456789,demo:demo-key-0123456789"}

MakeClient = Callable[..., FlaskClient]


def contract(id_: str, days: float, *, used: int = 0, skill: str | None = "graphql") -> Contract:
    ends = datetime.now(UTC) + timedelta(days=days)
    return Contract(id=id_, course=id_.title(), skill=skill, seats=40, seats_used=used, expires_at=ends)


@pytest.fixture(autouse=True)
def bought(entitlements: InMemoryEntitlements) -> None:
    due = datetime.now(UTC).date() + timedelta(days=3)
    training = Training(id="sec", course="Security Awareness", skill=None, due_on=due)
    contracts = [
        contract("late", 90),
        contract("soon", 10),
        contract("over", -1),
        contract("full", 9, used=40),
    ]
    entitlements.put("corp-123", [*contracts, contract("known", 50, skill="html")], [training])
    entitlements.put("acme", [contract("acme's", 10)], [])


def courses(response: Any) -> list[str]:
    assert response.status_code == 200, response.get_json()
    return [item["course"] for item in response.get_json()["recommendations"]]


def test_what_may_be_taken_soonest_to_end_first(client: FlaskClient) -> None:
    """Neither what is over nor what is full is shown; an answer is as its schema says."""
    response = client.post(URL, json=BODY)
    assert courses(response) == ["Soon", "Known", "Late"]
    answer = ContractAwareAnswer(unknown=RAISE).load(response.get_json())
    assert answer["compliance"]["mandatoryTraining"] == ["Security Awareness"]
    assert answer["compliance"]["completionRequired"] is True
    assert "Over" not in response.get_data(as_text=True)
    assert "Full" not in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("age_s", "shown", "reasons"),
    [
        (60, ["Soon"], []),
        (1_000, ["Soon"], ["entitlements:stale"]),
        (90_000, [], ["entitlements:stale"]),
        (None, [], ["entitlements:unknown"]),
    ],
)
def test_old_entitlements_are_told_of(
    client: FlaskClient,
    entitlements: InMemoryEntitlements,
    age_s: int | None,
    shown: list[str],
    reasons: list[str],
) -> None:
    """Of when the source spoke stands in the answer; beyond the bound nothing is shown, and why is said."""
    at = None if age_s is None else datetime.now(UTC) - timedelta(seconds=age_s)
    confirmation = Confirmation(at=at, stale_after_s=900, void_after_s=86_400)
    entitlements.put("corp-123", [contract("soon", 10)], confirmation=confirmation)
    response = client.post(URL, json=BODY)
    assert courses(response) == shown
    answer = ContractAwareAnswer(unknown=RAISE).load(response.get_json())
    assert (answer["degraded"], answer["degradedReasons"]) == (bool(reasons), reasons)
    assert answer["entitlementsAsOf"] == (at and at.replace(microsecond=0))


def test_what_the_person_has_counts(
    client: FlaskClient, entitlements: InMemoryEntitlements, learners: InMemoryLearners
) -> None:
    """A seat opens a full contract, mastery leaves a course out, a completed training is done."""
    entitlements.assign("corp-123", "full", "ann")
    entitlements.complete("corp-123", "sec", "ann")
    learners.record("corp-123", "ann", {"html": Mastery(0.95, 20)})
    learners.record("demo", "ann", {"graphql": Mastery(0.95, 20)})  # Another Ann.
    response = client.post(URL, json=BODY)
    assert courses(response) == ["Full", "Soon", "Late"]
    body = response.get_json()
    ContractAwareAnswer(unknown=RAISE).load(body)
    assert [item["course"] for item in body["alreadyMastered"]] == ["Known"]
    assert body["compliance"]["items"] == []


def test_a_goal_shows_in_the_reasons(client: FlaskClient) -> None:
    """With a goal, a reason says what the course does for it."""
    response = client.post(URL, json=BODY | {"goal": "frontend"})
    reasons = [item["reason"] for item in response.get_json()["recommendations"]]
    assert reasons[0] == (
        "Expires in 10 days; 40 of 40 seats are free. It teaches a skill of the goal Frontend."
    )


def test_the_job_is_the_askers(client: FlaskClient, ledger: InMemoryLedger) -> None:
    """A job about another demo organisation belongs to who asked, who can poll it."""
    response = client.post(URL, json=BODY, headers={"Prefer": "respond-async"})
    assert response.status_code == 202
    assert ledger.read(response.headers["X-Job-Id"]).organisation == "demo"
    done = client.get(response.headers["Location"], headers={"Prefer": "wait=5"}).get_json()
    assert [item["course"] for item in done["result"]["recommendations"]] == ["Soon", "Known", "Late"]


@pytest.mark.parametrize("org_id", ["acme", "no-such-organisation"])
def test_the_demo_asks_for_the_demo_only(client: FlaskClient, org_id: str) -> None:
    """Without a key the organisations of the demo may be asked for, and no other, existing or not."""
    response = client.post(URL, json=BODY | {"orgId": org_id})
    assert (response.status_code, response.content_type) == (403, "application/problem+json")
    assert response.get_json()["code"] == "forbidden"
    assert response.get_json()["detail"] == "you may not ask for the organisation that orgId names"


@pytest.mark.parametrize(
    ("key", "org_id", "status"),
    [("acme", "acme", 200), ("acme", "corp-123", 403), ("demo", "demo", 200), ("demo", "corp-123", 403)],
)
def test_a_key_asks_for_its_own_organisation(
    make_client: MakeClient, key: str, org_id: str, status: int
) -> None:
    """A key's organisation is the only one it may ask for, also when it is called demo."""
    client = make_client(env=KEYS)
    headers = {"X-API-Key": f"{key}-key-0123456789"}
    response = client.post(URL, json=BODY | {"orgId": org_id}, headers=headers)
    assert response.status_code == status
    if org_id == "acme":
        assert courses(response) == ["Acme'S"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"userId": ""}, "/userId"),
        ({"orgId": "a b"}, "/orgId"),
        ({"orgId": 1}, "/orgId"),
        ({"goal": "fronted"}, "/goal"),
        ({"seats": 3}, "/seats"),
    ],
)
def test_what_is_refused(client: FlaskClient, change: dict[str, Any], pointer: str) -> None:
    """A request that cannot be used is a 422 that points at the field."""
    response = client.post(URL, json=BODY | change)
    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.get_json()["errors"]] == [pointer]
