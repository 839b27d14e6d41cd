"""``/api/entitlements``: where entitlements come from, over HTTP."""

from collections.abc import Callable

import pytest
import redis
from flask.testing import FlaskClient
from marshmallow import RAISE
from sqlalchemy import Engine

from app.schemas.common import ProblemSchema
from app.schemas.entitlements import EntitlementStatusSchema, RefreshedSchema
from config import keys
from flows.errors import BadUpstreamAnswer, PortUnavailable, UpstreamTimeout
from tests.sourced import STALE_S, Clock, HandSource, make_refresh, sourced

MakeClient = Callable[..., FlaskClient]
URL = "/api/entitlements/acme"
KEYS = {"API_KEYS": "acme:acme-key-0123456789,rival:rival-key-0123456789"}
ACME, RIVAL = ({"X-API-Key": f"{name}-key-0123456789"} for name in ("acme", "rival"))


@pytest.fixture
def source() -> HandSource:
    """Acme has a contract, a seat and a training."""
    source = HandSource()
    source.put(sourced("acme"))
    return source


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(
    make_client: MakeClient, database: Engine, redis_client: "redis.Redis", source: HandSource, clock: Clock
) -> FlaskClient:
    """An app with that source, for two organisations with a key each."""
    return make_client(env=KEYS, refresh=make_refresh(database, redis_client, source, clock))


def test_a_refresh_says_what_it_found(client: FlaskClient) -> None:
    """It needs no body; the counts and the age are those after it."""
    response = client.post(f"{URL}/refresh", headers=ACME)
    assert response.status_code == 200, response.get_json()
    said = RefreshedSchema(unknown=RAISE).load(response.get_json())
    assert (said["fate"], said["source"], said["ageS"], said["stale"]) == ("replaced", "http", 0, False)
    assert said["counts"] == {"contracts": 1, "seats": 1, "trainings": 1}
    assert client.post(f"{URL}/refresh", headers=ACME, json={}).get_json()["fate"] == "unchanged"


def test_a_body_must_be_json_where_there_is_one(client: FlaskClient) -> None:
    """As everywhere."""
    assert client.post(f"{URL}/refresh", headers=ACME, data="now").status_code == 415


def test_the_status_says_how_old_it_is(client: FlaskClient, clock: Clock) -> None:
    """Before anything was asked nothing is known; later it is as old as it is."""
    before = EntitlementStatusSchema(unknown=RAISE).load(client.get(URL, headers=ACME).get_json())
    assert (before["asOf"], before["void"], before["checkedAt"]) == (None, True, None)
    client.post(f"{URL}/refresh", headers=ACME)
    clock.pass_s(STALE_S + 1)
    after = EntitlementStatusSchema(unknown=RAISE).load(client.get(URL, headers=ACME).get_json())
    assert (after["ageS"], after["stale"], after["void"]) == (STALE_S + 1, True, False)
    assert after["checkedAt"] < after["nextCheckAt"]


@pytest.mark.parametrize(
    ("error", "status"),
    [(UpstreamTimeout("took too long"), 503), (BadUpstreamAnswer("line 3: seats must be a number"), 502)],
)
def test_when_the_source_does_not_say_what_was_kept_is_told(
    client: FlaskClient, source: HandSource, error: PortUnavailable, status: int
) -> None:
    """The problem carries what goes on to be used, and how old it is."""
    client.post(f"{URL}/refresh", headers=ACME)
    source.error = error
    response = client.post(f"{URL}/refresh", headers=ACME)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    problem = response.get_json()
    assert (problem["code"], problem["detail"]) == (error.code, str(error))
    kept = EntitlementStatusSchema(unknown=RAISE).load(problem.pop("kept"))
    assert kept["counts"]["contracts"] == 1
    assert kept["lastError"] == {"code": error.code, "detail": str(error)}
    ProblemSchema(unknown=RAISE).load(problem)


def test_one_that_the_source_does_not_know(client: FlaskClient) -> None:
    """Is told so."""
    response = client.post("/api/entitlements/rival/refresh", headers=RIVAL)
    assert (response.status_code, response.get_json()["code"]) == (404, "entitlements_not_found")


def test_one_refresh_at_a_time(client: FlaskClient, redis_client: "redis.Redis") -> None:
    """Who comes while another is under way is told to come again."""
    redis_client.set(keys.refresh_lease("acme"), "somebody", ex=9)
    response = client.post(f"{URL}/refresh", headers=ACME)
    assert (response.status_code, response.get_json()["code"]) == (409, "refresh_under_way")


@pytest.mark.parametrize("organisation", ["acme", "no-such-organisation"])
def test_organisations_do_not_see_each_other(
    client: FlaskClient, source: HandSource, organisation: str
) -> None:
    """Neither may one ask about another, whether it exists or not, nor have it asked for."""
    for response in (
        client.get(f"/api/entitlements/{organisation}", headers=RIVAL),
        client.post(f"/api/entitlements/{organisation}/refresh", headers=RIVAL),
    ):
        assert (response.status_code, response.get_json()["code"]) == (403, "forbidden")
    assert source.asked == []
    assert client.get(URL).status_code == 401


def test_without_a_source_the_store_is_it(
    make_client: MakeClient, database: Engine, redis_client: "redis.Redis", clock: Clock
) -> None:
    """Nothing grows old there."""
    client = make_client(refresh=make_refresh(database, redis_client, None, clock))
    said = client.post("/api/entitlements/demo/refresh").get_json()
    assert (said["source"], said["fate"], said["stale"], said["void"]) == ("store", "unchanged", False, False)
