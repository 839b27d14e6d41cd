"""What becomes of what an upstream answers."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from flows.errors import BadUpstreamAnswer, PortUnavailable, UpstreamRefused, UpstreamUnavailable
from tasks.clients.answers import retry_after_s
from tasks.clients.base import path_of
from tests.fakes.upstream_server import UpstreamServer, refusing_url
from tests.unit.tasks.clients.conftest import MakeClient


def counted(outcome: str) -> float:
    """Attempts of the fake upstream that ended so."""
    labels = {"upstream": "fake", "outcome": outcome}
    return REGISTRY.get_sample_value("learning_upstream_seconds_count", labels) or 0.0


@pytest.mark.parametrize("answer", [{"a": [1, 2.5, None, "ü"]}, [], "text", 0, None, "x" * 200_000])
def test_the_answer_is_the_json(server: UpstreamServer, make_client: MakeClient, answer: Any) -> None:
    """Whatever JSON there is comes as it is."""
    server.answers["/v1/x"] = answer
    assert make_client().call("GET", "/v1/x?limit=1", None, deadline_s=30) == answer


def test_what_is_sent(server: UpstreamServer, make_client: MakeClient) -> None:
    """The body goes as compact JSON in UTF-8, with the headers of the upstream's settings."""
    client = make_client(headers={"Authorization": "Bearer s3cret"})
    client.call("POST", path_of("v1", "a b/ü"), {"text": "ü", "n": [1, 2]}, deadline_s=30)
    (call,) = server.calls
    assert (call.method, call.path) == ("POST", "/v1/a%20b%2F%C3%BC")
    assert call.body == b'{"text":"\\u00fc","n":[1,2]}'
    assert {
        name: call.headers.get(name) for name in ("Content-Type", "Accept", "Authorization", "User-Agent")
    } == {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Authorization": "Bearer s3cret",
        "User-Agent": "learning-service",
    }
    assert "s3cret" not in repr(client.settings)


@pytest.mark.parametrize("parts", [("a", ".."), (".",), ("a", "", "b")])
def test_no_id_leads_to_another_path(parts: tuple[str, ...]) -> None:
    """A part that a server would resolve away is refused."""
    with pytest.raises(ValueError, match="no path can be made"):
        path_of(*parts)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_what_is_no_json_is_not_sent(server: UpstreamServer, make_client: MakeClient, value: Any) -> None:
    """A body that JSON cannot express is our own fault, and nobody is asked."""
    with pytest.raises((ValueError, TypeError)):
        make_client().call("POST", "/", value, deadline_s=30)
    assert server.calls == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_request_that_is_refused(server: UpstreamServer, make_client: MakeClient, status: int) -> None:
    """The status and the problem that the upstream told are there for the client to look at."""
    server.behave("status", status=status)
    before = counted("refused")
    with pytest.raises(UpstreamRefused, match=f"fake answered {status}$") as caught:
        make_client().call("GET", "/", None, deadline_s=30)
    assert (caught.value.status, caught.value.problem) == (status, {"status": status, "code": "fake"})
    assert not caught.value.retryable
    assert counted("refused") == before + 1


@pytest.mark.parametrize(
    ("status", "outcome"), [(500, "failed"), (502, "failed"), (503, "failed"), (408, "failed"), (429, "busy")]
)
def test_an_upstream_that_fails(
    server: UpstreamServer, make_client: MakeClient, status: int, outcome: str
) -> None:
    """What is about the moment is an upstream that is not available."""
    server.behave("status", status=status)
    before = counted(outcome)
    with pytest.raises(UpstreamUnavailable, match=f"fake answered {status}$") as caught:
        make_client().call("GET", "/", None, deadline_s=30)
    assert caught.value.retryable
    assert counted(outcome) == before + 1


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ({"mode": "bad_json"}, "fake answered what is no JSON"),
        ({"mode": "redirect"}, "fake answered 302, which is no answer"),
        ({"mode": "huge"}, "fake answered more than 1000000 bytes"),
        ({"mode": "huge_chunked"}, "fake answered more than 1000000 bytes"),
    ],
)
def test_an_answer_that_cannot_be_read(
    server: UpstreamServer, make_client: MakeClient, behaviour: Any, words: str
) -> None:
    """No JSON, a redirect and more than was agreed on are bad answers."""
    server.behave(**behaviour)
    before = counted("bad_answer")
    with pytest.raises(BadUpstreamAnswer) as caught:
        make_client(most_bytes=1_000_000).call("GET", "/", None, deadline_s=30)
    assert str(caught.value) == words
    assert len(server.calls) == 1
    assert counted("bad_answer") == before + 1


def test_a_redirect_is_not_even_read(server: UpstreamServer, make_client: MakeClient) -> None:
    """The body of an answer that is none anyway may be without end."""
    server.behave("redirect", size=10**13)
    with pytest.raises(BadUpstreamAnswer, match="302"):
        make_client().call("GET", "/", None, deadline_s=5)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        ("1, 2", "fake does not speak HTTP as agreed: InvalidHeader"),
        ("2", "fake answered what is no JSON"),
        ("9" * 5000, "fake answered more than 1048576 bytes"),
    ],
)
def test_a_length_that_is_not_true(
    server: UpstreamServer, make_client: MakeClient, length: str, words: str
) -> None:
    """Two lengths, too short a one, and one that is no number to compute with are bad answers."""
    server.behave("normal", headers={"Content-Length": length})
    with pytest.raises(BadUpstreamAnswer) as caught:
        make_client().call("GET", "/", None, deadline_s=30)
    assert str(caught.value) == words


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "[" * 100_000, '"\udcff"', "{} {}", "\x00"])
def test_json_is_taken_strictly(server: UpstreamServer, make_client: MakeClient, text: str) -> None:
    """Numbers that are none, nesting without end, bytes that are no text: all bad answers."""

    class Raw(UpstreamServer):
        def answer_bytes(self, path: str) -> bytes:
            return text.encode("utf-8", "surrogateescape")

    with Raw() as raw, pytest.raises(BadUpstreamAnswer, match="what is no JSON"):
        make_client(raw.url).call("GET", "/", None, deadline_s=30)


def test_an_answer_as_large_as_allowed(server: UpstreamServer, make_client: MakeClient) -> None:
    """The bound itself is allowed, one byte more is not."""
    server.answers["/"] = "x" * 98
    assert make_client(most_bytes=100).call("GET", "/", None, deadline_s=30) == "x" * 98
    with pytest.raises(BadUpstreamAnswer, match="more than 99 bytes"):
        make_client(most_bytes=99).call("GET", "/", None, deadline_s=30)


def test_a_compressed_answer_is_measured_unpacked(server: UpstreamServer, make_client: MakeClient) -> None:
    """Ten megabytes that travel as ten kilobytes are ten megabytes."""

    class Packed(UpstreamServer):
        def answer_bytes(self, path: str) -> bytes:
            return gzip.compress(b"1" * 10_000_000)

    with Packed() as packed:
        packed.behave("normal", headers={"Content-Encoding": "gzip"})
        client = make_client(packed.url, most_bytes=1_000_000)
        with pytest.raises(BadUpstreamAnswer, match="more than 1000000 bytes"):
            client.call("GET", "/", None, deadline_s=30)


@pytest.mark.parametrize("mode", ["close", "close_mid_body"])
def test_an_upstream_that_breaks_off(server: UpstreamServer, make_client: MakeClient, mode: Any) -> None:
    """An end before the end is a lost connection."""
    server.behave(mode)
    before = counted("lost")
    with pytest.raises(UpstreamUnavailable, match="fake broke off its answer"):
        make_client().call("GET", "/", None, deadline_s=30)
    assert counted("lost") == before + 1


def test_an_upstream_that_speaks_something_else(server: UpstreamServer, make_client: MakeClient) -> None:
    """What is not HTTP is no answer of ours."""
    server.behave("garbage")
    with pytest.raises(PortUnavailable):
        make_client().call("GET", "/", None, deadline_s=30)


def test_an_upstream_that_is_not_there(make_client: MakeClient) -> None:
    """A port that nobody listens on, and a name that nobody knows, cannot be reached."""
    before = counted("unreachable")
    with refusing_url() as url, pytest.raises(UpstreamUnavailable, match="fake cannot be reached"):
        make_client(url).call("GET", "/", None, deadline_s=30)
    assert counted("unreachable") == before + 1


def test_foreign_ids_come_through(server: UpstreamServer, make_client: MakeClient) -> None:
    """JSON with ids that nobody gave out is JSON: whoever asked has to look at them."""
    server.behave("wrong_ids")
    server.answers["/"] = {"items": [{"id": "a", "n": 1}]}
    assert make_client().call("GET", "/", None, deadline_s=30) == {"items": [{"id": "foreign-a", "n": 1}]}


def test_connections_are_used_again(server: UpstreamServer, make_client: MakeClient) -> None:
    """Calls one after the other share a connection, refused ones too."""
    client = make_client()
    for status in (200, 404, 200):
        server.behave("status" if status != 200 else "normal", status=status)
        try:
            client.call("GET", "/", None, deadline_s=30)
        except UpstreamRefused:
            pass
    assert (len(server.calls), server.connections) == (3, 1)


def test_nothing_is_kept_of_an_upstream(server: UpstreamServer, make_client: MakeClient) -> None:
    """A cookie that it sets is not sent back: calls are made for different people."""
    server.behave("normal", headers={"Set-Cookie": "who=ann"})
    client = make_client()
    for _ in range(2):
        client.call("GET", "/", None, deadline_s=30)
    assert ["Cookie" in call.headers for call in server.calls] == [False, False]


def test_the_environment_changes_nothing(
    server: UpstreamServer, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a proxy nor a password that the environment has for the host is used."""
    passwords = tmp_path / "netrc"
    passwords.write_text("machine 127.0.0.1 login me password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(passwords))
    with refusing_url() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("http_proxy", proxy)
        assert make_client().call("GET", "/", None, deadline_s=30) == {"ok": True}
    assert "Authorization" not in server.calls[0].headers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2.0),
        (" 0 ", 0.0),
        ("Wed, 01 Jan 2025 00:00:30 GMT", 30.0),
        ("Wed, 01 Jan 2025 00:00:30 -0000", 30.0),
        ("Tue, 31 Dec 2024 23:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
    ],
)
def test_retry_after(text: str, expected: float | None) -> None:
    """A number of seconds or a date; what is neither says nothing."""
    assert retry_after_s(text, datetime(2025, 1, 1, tzinfo=UTC)) == expected
