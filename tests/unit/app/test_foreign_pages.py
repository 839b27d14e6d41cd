"""Pages of the web have no business with a service that needs no key."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.foreign_pages import is_of_this_machine

KEY = "acme-key-0123456789"
FOREIGN = [{"Host": "evil.example:3005"}, {"Origin": "https://evil.example"}]


@pytest.mark.parametrize(
    ("host", "origin", "of_this_machine"),
    [
        ("127.0.0.1:3007", None, True),
        ("localhost:3007", "http://localhost:5173", True),
        ("LOCALHOST", "https://127.0.0.1", True),
        ("[::1]:3007", "http://[::1]:8080", True),
        ("127.0.0.1:3007", "https://evil.example", False),
        ("127.0.0.1:3007", "null", False),
        ("127.0.0.1:3007", "", False),
        ("evil.example:3007", "http://evil.example:3007", False),
        ("evil.example:3007", None, False),
        ("127.0.0.1.evil.example", None, False),
        ("localhost@evil.example", None, False),
        ("", None, False),
        ("[::1", None, False),
        ("127.0.0.1:3007", "http://[::1", False),
    ],
)
def test_pages_of_this_machine(host: str, origin: str | None, of_this_machine: bool) -> None:
    """A host name of somebody's own, or a page from elsewhere, is not this machine, wherever it leads."""
    assert is_of_this_machine(host, origin) is of_this_machine


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    """Whatever it asks for, in our words; probes, which say nothing of anybody, are answered."""
    refused = client.get("/api/jobs/x", headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "foreign_page")
    assert client.get("/health/live", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_key_goes_wherever_it_is_known(
    make_client: Callable[..., FlaskClient], headers: dict[str, str]
) -> None:
    """With keys the service has names of its own, and no page can send what it does not know."""
    client = make_client(env={"API_KEYS": f"acme:{KEY}"})
    assert client.get("/api/jobs/x", headers=headers | {"X-API-Key": KEY}).status_code == 404
