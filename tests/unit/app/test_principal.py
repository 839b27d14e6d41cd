"""Who is asking: nobody in particular on loopback, else the owner of a key."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from app.principal import Forbidden, Principal, Unauthenticated, principal_of
from config.settings import Settings
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_memory_catalogues import InMemoryCatalogues

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}
KEYS = "acme:acme-key-0123456789,globex:globex-key-0123456789"

HERE = {"Host": "localhost:3005"}

MakeClient = Callable[..., FlaskClient]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
@pytest.mark.parametrize("headers", [HERE, HERE | {"X-API-Key": "whatever"}])
def test_loopback_without_keys_is_open(host: str, headers: dict[str, str]) -> None:
    """Where only this machine can call and no keys are set, everybody is the demo organisation."""
    settings = Settings.from_env({"HOST": host})
    assert principal_of(Headers(headers), settings) == Principal("demo")


def test_whoever_tries_the_service_may_ask_for_the_whole_demo() -> None:
    """Without keys the four organisations of the demo are open; a key opens its own alone."""
    open_to_all = principal_of(Headers(HERE), Settings.from_env({}))
    assert open_to_all.others == {"demo", "enterprise-789", "corp-123", "studio-2"}
    keyed = Settings.from_env({"API_KEYS": "demo:demo-key-0123456789"})
    owner = principal_of(Headers({"X-API-Key": "demo-key-0123456789"}), keyed)
    assert (owner.may_ask_for("demo"), owner.others) == ("demo", frozenset())
    with pytest.raises(Forbidden):
        owner.may_ask_for("corp-123")


@pytest.mark.parametrize(
    ("headers", "organisation"),
    [
        ({"Authorization": "Bearer acme-key-0123456789"}, "acme"),
        ({"Authorization": "bearer   globex-key-0123456789 "}, "globex"),
        ({"X-API-Key": "acme-key-0123456789"}, "acme"),
        ({"X-API-Key": "globex-key-0123456789"}, "globex"),
        ({"Authorization": "Basic YTpi", "X-API-Key": "globex-key-0123456789"}, "globex"),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_key_names_its_organisation(host: str, headers: dict[str, str], organisation: str) -> None:
    """A key is taken from either header, on loopback too once keys are set."""
    settings = Settings.from_env({"HOST": host, "API_KEYS": KEYS})
    assert principal_of(Headers(headers), settings) == Principal(organisation)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "acme-key-012345678"},
        {"X-API-Key": "acme-key-0123456789x"},
        {"X-API-Key": "ACME-KEY-0123456789"},
        {"X-API-Key": "schlüssel"},
        {"X-API-Key": "acme"},
        {"Authorization": "acme-key-0123456789"},
        {"Authorization": "Basic acme-key-0123456789"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong", "X-API-Key": "acme-key-0123456789"},
    ],
)
def test_no_known_key_no_entry(headers: dict[str, str]) -> None:
    """Without exactly a known key nobody gets in; a wrong Bearer is not mended by another header."""
    with pytest.raises(Unauthenticated):
        principal_of(Headers(headers), Settings.from_env({"API_KEYS": KEYS}))


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", URL), ("GET", "/api/jobs/any"), ("DELETE", "/api/jobs/any"), ("GET", "/"), ("GET", "/nowhere")],
)
def test_without_a_key_nothing_is_said(make_client: MakeClient, method: str, path: str) -> None:
    """A request that needs a key and has none is a 401 that says how to send one, found or not."""
    response = make_client(env={"API_KEYS": KEYS}).open(path, method=method, json=BODY)
    body = response.get_json()
    assert (response.status_code, response.content_type) == (401, "application/problem+json")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert body["code"] == "unauthenticated"
    assert body["detail"] == "send a key as Authorization: Bearer <key> or X-API-Key: <key>"


@pytest.mark.parametrize(
    "path",
    ["/health", "/health/live", "/health/ready", "/health/startup", "/metrics", "/openapi.json", "/docs/"],
)
def test_probes_and_documentation_need_no_key(make_client: MakeClient, path: str) -> None:
    """What serves probes, metrics and documentation is open to whoever can reach the port."""
    assert make_client(env={"API_KEYS": KEYS}).get(path).status_code == 200


@pytest.mark.parametrize(
    ("env", "headers", "organisation"),
    [
        ({}, {}, "demo"),
        ({"API_KEYS": KEYS}, {"Authorization": "Bearer acme-key-0123456789"}, "acme"),
        ({"API_KEYS": KEYS}, {"X-API-Key": "globex-key-0123456789"}, "globex"),
    ],
)
def test_a_job_belongs_to_who_asked(
    make_client: MakeClient,
    ledger: InMemoryLedger,
    env: dict[str, str],
    headers: dict[str, str],
    organisation: str,
) -> None:
    """A request is answered in the name of its key's organisation."""
    response = make_client(env=env).post(URL, json=BODY, headers=headers)
    assert response.status_code == 200
    assert ledger.read(response.headers["X-Job-Id"]).organisation == organisation


def test_a_catalogue_is_seen_by_its_owner_only(
    make_client: MakeClient, catalogues: InMemoryCatalogues
) -> None:
    """Another organisation's imported catalogue is unknown, and not among the nearest names."""
    skill = {"id": "loops", "title": "Loops", "hours": 1, "prompts": ["Do it."]}
    catalogues.put("acme", "house", {"skills": [skill]}, "test")
    client = make_client(env={"API_KEYS": KEYS})
    body = BODY | {"catalogue": "house", "goal": "loops"}
    acme = client.post(URL, json=body, headers={"X-API-Key": "acme-key-0123456789"})
    globex = client.post(URL, json=body, headers={"X-API-Key": "globex-key-0123456789"})
    assert (acme.status_code, acme.get_json()["catalogue"]) == (200, "house")
    assert (globex.status_code, globex.get_json()["errors"][0]["nearest"]) == (422, [])
