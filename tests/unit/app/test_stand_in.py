"""What stands in when ledger, workers or room are missing, and what nothing may stand in for."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from app.answer_memory import AnswerMemory
from flows.errors import StoreUnavailable
from tasks.store.base import Accepted, Answer, Job, NewJob, Room
from tasks.store.in_memory import InMemoryLedger

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}
KEY = {"Idempotency-Key": '"k"'}

MakeClient = Callable[..., FlaskClient]


class Breaking(InMemoryLedger):
    """A ledger that goes away: for everything, or for writes."""

    away = full = False

    def cached(self, fingerprint: str) -> Answer | None:
        self._ask()
        return super().cached(fingerprint)

    def accept(self, job: NewJob, lease_ms: int, room: Room | None = None) -> Accepted:
        self._ask()
        if self.full:
            raise StoreUnavailable("Redis takes no writes")
        return super().accept(job, lease_ms, room)

    def read(self, job_id: str) -> Job:
        self._ask()
        return super().read(job_id)

    def _ask(self) -> None:
        if self.away:
            raise StoreUnavailable("Redis does not answer")


@pytest.fixture
def ledger(waiters: Any) -> Breaking:
    """The ledger of every app of a test; its clock stands still, so that nothing waits for long."""
    return Breaking(now_s=lambda: 1_000.0, told=waiters.tell)


def lost(job_id: str, step: int, attempt: int) -> None:
    """Publish to workers that take nothing up."""


def reasons(response: Any) -> list[str]:
    return list(response.get_json()["degradedReasons"])


def counted(source: str) -> float:
    labels = {"flow": "learning_path", "source": source}
    return REGISTRY.get_sample_value("learning_answers_total", labels) or 0.0


@pytest.mark.parametrize("fault", ["away", "full"])
def test_without_the_ledger_the_flow_runs_here(make_client: MakeClient, ledger: Breaking, fault: str) -> None:
    """The same answer as a worker's, degraded; counted as what it is."""
    normal = make_client().post(URL, json={**BODY, "userId": "bob"}).get_json()
    setattr(ledger, fault, True)
    before = counted("local")
    response = make_client(local=1).post(URL, json=BODY)
    body = response.get_json()
    assert (response.status_code, response.headers["X-Cache"]) == (200, "local")
    assert (body["degraded"], reasons(response)) == (True, ["redis:unavailable"])
    assert body["path"] == normal["path"]
    assert "local;dur=" in response.headers["Server-Timing"]
    assert counted("local") == before + 1


def test_what_went_by_is_given_again(make_client: MakeClient, ledger: Breaking) -> None:
    """An answer of a moment ago goes before one that is computed here."""
    client = make_client(local=1)
    first = client.post(URL, json=BODY)
    ledger.away = True
    again = client.post(URL, json=BODY)
    assert (again.headers["X-Cache"], reasons(again)) == ("hit", ["redis:unavailable"])
    assert again.get_json()["decisionId"] == first.get_json()["decisionId"]


def test_who_is_out_of_date_is_computed_anew(make_client: MakeClient, ledger: Breaking) -> None:
    """What was known about a person before is not given after it changed."""
    memory = AnswerMemory()
    client = make_client(local=1, memory=memory)
    client.post(URL, json=BODY)
    memory.outdate("demo:ann")
    ledger.away = True
    assert client.post(URL, json=BODY).headers["X-Cache"] == "local"


@pytest.mark.parametrize(
    ("url", "headers"), [(URL, KEY), ("/api/learning-paths", {}), ("/api/learning-paths", KEY)]
)
def test_what_needs_a_job(
    make_client: MakeClient, ledger: Breaking, url: str, headers: dict[str, str]
) -> None:
    """A key and an effect need the ledger: 503 with when to ask again."""
    ledger.away = True
    response = make_client(local=1).post(url, json=BODY, headers=headers)
    assert (response.status_code, response.get_json()["code"]) == (503, "store_unavailable")
    assert response.headers["Retry-After"] == "1"
    assert ("Idempotency-Key" in response.get_json()["detail"]) is bool(headers)


def test_a_front_that_is_busy_itself(make_client: MakeClient, ledger: Breaking) -> None:
    """No more flows run here at once than may: the next gets a 503."""
    ledger.away = True
    response = make_client(local=0).post(URL, json=BODY)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


def test_without_workers_nobody_waits(make_client: MakeClient) -> None:
    """With none there the flow runs here at once; the job is accepted and goes on waiting."""
    client = make_client(local=1, workers=0, publish=lost, budget_ms=30_000)
    response = client.post(URL, json=BODY)
    assert (response.status_code, response.headers["X-Cache"]) == (200, "local")
    assert reasons(response) == ["workers:unavailable"]
    job = client.get(f"/api/jobs/{response.headers['X-Job-Id']}").get_json()
    assert (job["status"], job["id"] != response.get_json()["decisionId"]) == ("queued", True)


def test_a_job_that_is_not_taken_up_in_time(make_client: MakeClient) -> None:
    """With a worker that takes nothing up, the answer comes within the budget all the same."""
    response = make_client(local=1, publish=lost, budget_ms=250).post(URL, json=BODY)
    assert (response.headers["X-Cache"], reasons(response)) == ("local", ["workers:unavailable"])


def test_busy_workers_are_left_to_it(make_client: MakeClient, waiters: Any) -> None:
    """While jobs end, one that waits its turn gets a 202: computing it here would take from theirs."""

    def busy(job_id: str, step: int, attempt: int) -> None:
        waiters.tell("another job")

    response = make_client(local=1, publish=busy, budget_ms=250).post(URL, json=BODY)
    assert response.status_code == 202


@pytest.mark.parametrize(("headers", "url"), [(KEY, URL), ({}, "/api/learning-paths")])
def test_a_job_that_must_be_done_once_is_waited_for(
    make_client: MakeClient, headers: dict[str, str], url: str
) -> None:
    """With a key or an effect the job is the answer, and nothing else is."""
    client = make_client(local=1, workers=0, publish=lost, budget_ms=50)
    response = client.post(url, json=BODY, headers=headers)
    assert (response.status_code, response.get_json()["status"]) == (202, "queued")


def test_a_ledger_that_goes_away_while_a_request_waits(make_client: MakeClient, ledger: Breaking) -> None:
    """The waiting are answered as soon as it is noticed."""

    def publish(job_id: str, step: int, attempt: int) -> None:
        ledger.away = True

    response = make_client(local=1, publish=publish, budget_ms=250).post(URL, json=BODY)
    assert (response.headers["X-Cache"], reasons(response)) == ("local", ["redis:unavailable"])
    assert response.headers["X-Job-Id"]


def test_a_job_that_the_ledger_lost(make_client: MakeClient, ledger: Breaking) -> None:
    """A Redis that was emptied meanwhile knows nothing of the job: the answer is computed here."""

    def publish(job_id: str, step: int, attempt: int) -> None:
        ledger._jobs.clear()

    response = make_client(local=1, publish=publish, budget_ms=250).post(URL, json=BODY)
    assert reasons(response) == ["redis:emptied"]


def flooded(client: FlaskClient, jobs: int) -> None:
    """So many jobs wait."""
    for number in range(jobs):
        client.post(f"{URL}?mode=poll", json={**BODY, "userId": f"person-{number}"})


def test_too_many_wait(make_client: MakeClient, ledger: Breaking) -> None:
    """The next is refused before it is accepted; what is there or under way is given still."""
    client = make_client(publish=lost)
    make_client().post(URL, json=BODY)
    flooded(client, 20)
    refused = client.post(URL, json={**BODY, "userId": "zoe"})
    assert (refused.status_code, refused.get_json()["code"]) == (429, "overloaded")
    assert (refused.headers["Retry-After"], len(ledger._jobs)) == ("1", 21)
    assert client.post(URL, json=BODY).headers["X-Cache"] == "hit"
    joined = client.post(f"{URL}?mode=poll", json={**BODY, "userId": "person-3"})
    assert (joined.status_code, joined.headers["X-Cache"]) == (202, "shared")


def test_more_workers_make_more_room(make_client: MakeClient) -> None:
    """How many may wait goes by the workers that are there."""
    client = make_client(publish=lost, workers=2)
    flooded(client, 20)
    assert client.post(f"{URL}?mode=poll", json={**BODY, "userId": "zoe"}).status_code == 202


def test_a_refused_key_stays_free(make_client: MakeClient) -> None:
    """Nothing was accepted under it, so it stands for nothing."""
    client = make_client(publish=lost)
    flooded(client, 20)
    assert client.post(URL, json={**BODY, "userId": "zoe"}, headers=KEY).status_code == 429
    assert client.post(f"{URL}?mode=poll", json=BODY | {"userId": "person-1"}, headers=KEY).status_code == 202


def test_threads_are_left_for_who_need_not_wait(make_client: MakeClient) -> None:
    """When as many wait as may, the next gets its job at once, and no word that a preference was followed."""
    client = make_client(publish=lost, places=0)
    response = client.post(URL, json=BODY, headers={"Prefer": "wait=20"})
    assert response.status_code == 202
    assert "Preference-Applied" not in response.headers
    job = client.get(response.headers["Location"], headers={"Prefer": "wait=20"})
    assert (job.status_code, "Preference-Applied" in job.headers) == (200, False)


def test_a_place_is_given_back(make_client: MakeClient) -> None:
    """Who has waited makes room for the next."""
    client = make_client(places=1)
    for user in ("ann", "bob", "cai"):
        assert client.post(URL, json={**BODY, "userId": user}).status_code == 200
