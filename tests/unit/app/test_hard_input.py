"""Input at the edges: what a careless or hostile client may send."""

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from app.preferences import Preference, preference_of

URL = "/api/recommendations/learning-path"
BODY = {"userId": "ann", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}
JSON = "application/json"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"hoursPerWeek": ' + "1" * 5000 + "}"])
def test_json_that_python_cannot_read(client: FlaskClient, text: str) -> None:
    """JSON that is nested too deep, or has a number too long, is the client's fault: 400."""
    assert client.post(URL, data=text, content_type=JSON).status_code == 400


def test_a_very_long_wait_is_bounded() -> None:
    """A wait of any length is bounded, not an error of ours."""
    assert preference_of(Headers({"Prefer": "wait=" + "9" * 4301}), None) == Preference(30, "wait=30")


@pytest.mark.parametrize("field", ["userId", "goal", "catalogue"])
def test_an_id_ends_without_a_newline(client: FlaskClient, field: str) -> None:
    """An id has no control characters, at its end neither."""
    response = client.post(URL, json={**BODY, field: "x\n"})
    expected = [{"pointer": f"/{field}", "detail": "must be 1 to 128 characters without spaces"}]
    assert response.get_json().get("errors") == expected


@pytest.mark.parametrize(("name", "pointer"), [("a/b", "/a~1b"), ("a~b", "/a~0b")])
def test_pointers_are_escaped(client: FlaskClient, name: str, pointer: str) -> None:
    """A pointer is one by RFC 6901, whatever the field is called."""
    assert client.post(URL, json={**BODY, name: 1}).get_json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(("method", "path", "status"), [("POST", "/nowhere", 404), ("POST", "/health", 405)])
def test_no_body_is_asked_for_where_none_is_taken(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    """A request without a body to a wrong path or method is a 404 or 405, not a 415."""
    assert client.open(path, method=method).status_code == status


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [
        ("Respond-Async", Preference(0, "respond-async")),
        ("WAIT=2", Preference(2, "wait=2")),
        ("respond-async; x=1", Preference(0, "respond-async")),
        ("wait=2; x=1", Preference(2, "wait=2")),
        ("wait=2, wait=5", Preference(2, "wait=2")),
    ],
)
def test_prefer_by_the_letter(prefer: str, expected: Preference) -> None:
    """RFC 7240: names in any case, parameters are allowed, the first of two counts."""
    assert preference_of(Headers({"Prefer": prefer}), None) == expected


def test_the_default_error_is_described_as_it_is_sent(client: FlaskClient) -> None:
    """Errors that are not listed are problems too."""
    content = client.get("/openapi.json").get_json()["components"]["responses"]["PROBLEM"]["content"]
    assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_the_page_asks_no_validator(client: FlaskClient) -> None:
    """Swagger UI's own default sends the description's address to validator.swagger.io."""
    assert '"validatorUrl": null' in client.get("/docs/").get_data(as_text=True)


@pytest.mark.parametrize("get", ["cached", "polled"])
def test_respond_async_is_confirmed_only_where_it_was_done(client: FlaskClient, get: str) -> None:
    """A 200 was not answered asynchronously."""
    job_id = client.post(URL, json=BODY).headers["X-Job-Id"]
    h = {"Prefer": "respond-async"}
    r = (
        client.post(URL, json=BODY, headers=h)
        if get == "cached"
        else client.get(f"/api/jobs/{job_id}", headers=h)
    )
    assert (r.status_code, r.headers.get("Preference-Applied")) == (200, None)
