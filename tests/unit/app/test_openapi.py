"""The description of the API, and that the API keeps to it; its pages work without a network."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlparse

import pytest
from flask.testing import FlaskClient
from marshmallow import RAISE

from app.schemas.common import ProblemSchema
from app.schemas.jobs import JobSchema
from app.schemas.learning_paths import LearningPathAnswer
from flows.catalogue.built_in import built_in_catalogue
from tasks.outcome import failure
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_memory_catalogues import InMemoryCatalogues

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}
ANALYTICS = ("overview", "flows", "skills", "models", "calibration")
METHODS = {"get", "post", "put", "patch", "delete"}

MakeClient = Callable[..., FlaskClient]


def lost(job_id: str, step: int, attempt: int) -> None:
    """Publish to a broker that loses everything."""


@pytest.fixture
def catalogues() -> InMemoryCatalogues:
    """What a user without catalogues of their own plans from."""
    return InMemoryCatalogues(built_in_catalogue)


@pytest.fixture
def document(client: FlaskClient) -> Any:
    """The description as it is served."""
    response = client.get("/openapi.json")
    assert (response.status_code, response.content_type) == (200, "application/json")
    return response.get_json()


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield path, method, item[method]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


def resolved(document: Any, reference: str) -> Any:
    node = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def schema_of(document: Any, path: str, method: str, status: str, content_type: str) -> str:
    response = document["paths"][path][method]["responses"][status]
    return str(response["content"][content_type]["schema"]["$ref"])


def test_what_is_described(document: Any) -> None:
    """The description names its own version, the service, and every endpoint of the API."""
    assert (document["openapi"], document["info"]["title"]) == ("3.1.0", "Learning Service")
    assert {(path, method) for path, method, _ in operations(document)} == {
        (URL, "post"),
        ("/api/quizzes", "post"),
        ("/api/quizzes/{quiz_id}/answers", "post"),
        ("/api/prompts/optimize-model", "post"),
        ("/api/recommendations/contract-aware", "post"),
        ("/api/recommendations/team-insights", "post"),
        ("/api/events", "post"),
        ("/api/feedback", "post"),
        ("/api/prompts/next", "post"),
        ("/api/prompts/suggestions", "post"),
        ("/api/suggestions", "post"),
        ("/api/recommendations", "post"),
        *((f"/api/analytics/{name}", "get") for name in ANALYTICS),
        ("/api/memories", "get"),
        ("/api/memories", "post"),
        ("/api/memories/{memory_id}", "delete"),
        ("/api/learning-paths", "post"),
        ("/api/learning-paths", "get"),
        ("/api/learning-paths/{path_id}", "get"),
        ("/api/learning-paths/{path_id}", "patch"),
        ("/api/learning-paths/{path_id}", "delete"),
        ("/api/learning-paths/{path_id}/replan", "post"),
        ("/api/users/{user_id}", "delete"),
        ("/api/users/{user_id}/profile", "get"),
        ("/api/xapi/statements", "post"),
        ("/api/schedules", "get"),
        ("/api/entitlements/{organisation}", "get"),
        ("/api/entitlements/{organisation}/refresh", "post"),
        ("/api/webhooks/secret", "get"),
        ("/api/webhooks/secret/rotate", "post"),
        ("/api/webhooks/deliveries", "get"),
        ("/api/webhooks/deliveries/{delivery_id}", "get"),
        ("/api/webhooks/deliveries/{delivery_id}/retry", "post"),
        ("/api/webhooks/endpoints/disabled", "get"),
        ("/api/webhooks/endpoints/enable", "post"),
        ("/api/jobs/{job_id}", "get"),
        ("/api/jobs/{job_id}", "delete"),
        ("/api/jobs/{job_id}/events", "get"),
    }


def test_every_operation_describes_its_answers(document: Any) -> None:
    """Each has a summary, and a success among answers that are described or refer to one that is."""
    for path, method, operation in operations(document):
        answers = operation["responses"]
        assert "200" in answers, (path, method)
        assert operation["summary"], (path, method)
        for answer in answers.values():
            found = resolved(document, answer["$ref"]) if "$ref" in answer else answer
            assert found["description"], (path, method)
            assert all("schema" in media for media in found.get("content", {}).values()), (path, method)


def test_every_parameter_of_a_path_is_described(document: Any) -> None:
    """What stands in braces in a path is a required parameter of it."""
    for path, item in document["paths"].items():
        described = {p["name"] for p in item.get("parameters", []) if p["in"] == "path" and p["required"]}
        assert described == set(re.findall(r"{(\w+)}", path)), path


def test_every_reference_leads_somewhere(document: Any) -> None:
    """Nothing refers to what is not there."""
    found = set(references(document))
    assert "#/components/schemas/LearningPathAnswer" in found
    for reference in found:
        assert isinstance(resolved(document, reference), dict), reference


def test_requests_are_described_as_they_are_checked(document: Any) -> None:
    """The request's schema has its required fields and choices, and takes nothing else."""
    reference = document["paths"][URL]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = resolved(document, reference)
    assert set(schema["required"]) == {"userId", "currentSkill", "goal", "timeframe"}
    optional = {"hoursPerWeek", "knownSkills", "catalogue", "callbackUrl"}
    assert set(schema["properties"]) - set(schema["required"]) == optional
    assert schema["properties"]["currentSkill"]["enum"] == ["junior", "mid", "senior"]
    assert schema["additionalProperties"] is False
    parameters = document["paths"][URL]["post"]["parameters"]
    mode, key = sorted(parameters, key=lambda parameter: parameter["in"], reverse=True)
    assert (key["name"], key["in"]) == ("Idempotency-Key", "header")
    assert (mode["name"], mode["in"], mode["required"]) == ("mode", "query", False)
    assert mode["schema"]["enum"] == ["sync", "poll"]


@pytest.mark.parametrize(
    ("path", "method", "status", "content_type", "schema"),
    [
        (URL, "post", "200", "application/json", "LearningPathAnswer"),
        ("/api/feedback", "post", "200", "application/json", "Stored"),
        ("/api/analytics/overview", "get", "200", "application/json", "Overview"),
        ("/api/analytics/calibration", "get", "422", "application/problem+json", "Problem"),
        (URL, "post", "202", "application/json", "Job"),
        (URL, "post", "422", "application/problem+json", "Problem"),
        ("/api/quizzes", "post", "200", "application/json", "QuizAnswer"),
        ("/api/quizzes", "post", "202", "application/json", "Job"),
        ("/api/quizzes/{quiz_id}/answers", "post", "200", "application/json", "GradedQuiz"),
        ("/api/quizzes/{quiz_id}/answers", "post", "404", "application/problem+json", "Problem"),
        ("/api/recommendations/contract-aware", "post", "200", "application/json", "ContractAwareAnswer"),
        ("/api/recommendations/contract-aware", "post", "403", "application/problem+json", "Problem"),
        ("/api/recommendations/team-insights", "post", "200", "application/json", "TeamInsightsAnswer"),
        ("/api/recommendations/team-insights", "post", "403", "application/problem+json", "Problem"),
        ("/api/jobs/{job_id}", "get", "200", "application/json", "Job"),
        ("/api/jobs/{job_id}", "get", "404", "application/problem+json", "Problem"),
        ("/api/jobs/{job_id}", "delete", "200", "application/json", "Job"),
        ("/api/jobs/{job_id}", "delete", "404", "application/problem+json", "Problem"),
        ("/api/jobs/{job_id}", "delete", "409", "application/problem+json", "Problem"),
    ],
)
def test_each_answer_has_its_schema(
    document: Any, path: str, method: str, status: str, content_type: str, schema: str
) -> None:
    """An answer's status and content type say which schema it has."""
    assert schema_of(document, path, method, status, content_type) == f"#/components/schemas/{schema}"


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"knownSkills": []},
        {"knownSkills": ["react-fundamentals"]},
        {"hoursPerWeek": 0.5},
        {"goal": "react-hooks", "currentSkill": "senior"},
    ],
)
def test_a_real_answer_is_as_described(client: FlaskClient, more: dict[str, Any]) -> None:
    """An answer over the built-in catalogue has all that its schema demands, and nothing else."""
    response = client.post(URL, json=BODY | more)
    assert response.status_code == 200
    assert LearningPathAnswer(unknown=RAISE).load(response.get_json())["weeks"] == 6


def test_an_answer_with_everything_in_it(client: FlaskClient) -> None:
    """Split skills, reviews, known skills and what lies beyond are all part of the schema."""
    response = client.post(URL, json=BODY | {"timeframe": "3months", "hoursPerWeek": 5})
    answer = LearningPathAnswer(unknown=RAISE).load(response.get_json())
    assert any("part" in skill for week in answer["path"] for skill in week["skills"])
    assert any(week["reviews"] for week in answer["path"])
    assert answer["assumedKnown"]
    assert answer["beyondTimeframe"]


def test_jobs_are_as_described(make_client: MakeClient, ledger: InMemoryLedger) -> None:
    """A job under way, cancelled, succeeded and failed is each what the schema says."""
    idle, working = make_client(publish=lost), make_client()
    begun = idle.post(URL, json=BODY, headers={"Prefer": "respond-async"})
    cancelled = idle.delete(begun.headers["Location"])
    done = working.get(f"/api/jobs/{working.post(URL, json=BODY).headers['X-Job-Id']}")
    lost_one = idle.post(URL, json=BODY | {"userId": "bob"}, headers={"Prefer": "respond-async"})
    stages = [{"type": "explain", "status": "failed", "ms": 1.5, "reason": "explain:stage_failed"}]
    ledger.finish(ledger.read(lost_one.headers["X-Job-Id"]), failure("explain:stage_failed", "oh", stages))
    failed = idle.get(lost_one.headers["Location"])
    jobs = [JobSchema(unknown=RAISE).load(r.get_json()) for r in (begun, cancelled, done, failed)]
    assert [job["status"] for job in jobs] == ["queued", "cancelled", "succeeded", "failed"]
    assert [job["finishedAt"] is None for job in jobs] == [True, False, False, False]


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        (URL, {"json": {}}),
        (URL, {"json": BODY | {"goal": "reakt"}}),
        (URL + "?mode=x", {"json": BODY}),
        (URL, {"data": "{", "content_type": "application/json"}),
        ("/nowhere", {"json": {}}),
    ],
)
def test_problems_are_as_described(client: FlaskClient, path: str, sent: dict[str, Any]) -> None:
    """Every kind of problem is what the schema says."""
    response = client.post(path, **sent)
    problem = ProblemSchema(unknown=RAISE).load(response.get_json())
    assert problem["status"] == response.status_code >= 400


def test_the_documentation_needs_no_network(client: FlaskClient) -> None:
    """The page names no host but this one, and whatever it loads is served here."""
    page = client.get("/docs/")
    html = page.get_data(as_text=True)
    assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
    assert {urlparse(url).hostname for url in re.findall(r"https?://[^\"'\s]+", html)} <= {"localhost"}
    assert not re.findall(r"[\"'(]//", html)
    assets = re.findall(r"(?:src|href)=\"([^\"]+)\"", html)
    assert {asset.rpartition(".")[2] for asset in assets} == {"css", "js", "png"}
    for asset in [*assets, "/openapi.json"]:
        response = client.get(asset, buffered=True)
        assert asset.startswith("/"), asset
        assert (response.status_code, response.content_length or 0) > (200, 0), asset
    assert '"url": "/openapi.json"' in html


def test_documentation_without_the_slash(client: FlaskClient) -> None:
    """Who types /docs is sent to the page."""
    response = client.get("/docs")
    assert (response.status_code, urlparse(response.headers["Location"]).path) == (308, "/docs/")
