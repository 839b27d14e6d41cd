"""The client of a source of entitlements, over a real server that misbehaves."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from flows.errors import (
    BadUpstreamAnswer,
    BreakerOpen,
    EntitlementsNotFound,
    PortUnavailable,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from flows.intelligence.entitlements.source import sourced_to_json
from tasks.clients.base import UpstreamClient
from tasks.clients.entitlements import HttpEntitlements
from tasks.clients.upstreams import make_upstreams
from tasks.entitlement_source import entitlement_source
from tests.fakes.upstream_server import UpstreamServer, refusing_url
from tests.sourced import sourced

MakeClient = Callable[..., UpstreamClient]
PATH = "/organisations/acme/entitlements"


@pytest.fixture
def answering(server: UpstreamServer) -> UpstreamServer:
    """A source that has acme, and calls its state "1"."""
    server.answers[PATH] = sourced_to_json(sourced())
    server.behave("normal", headers={"ETag": '"1"'})
    return server


@pytest.fixture
def source(answering: UpstreamServer, make_client: MakeClient) -> HttpEntitlements:
    return HttpEntitlements(make_client())


def test_an_organisation_is_asked_for_by_its_id(source: HttpEntitlements, answering: UpstreamServer) -> None:
    """At the path of the contract, without a condition at first; the answer comes with its name."""
    fetched = source.fetch("acme", None)
    assert (fetched.found, fetched.etag) == (sourced(), '"1"')
    (call,) = answering.calls
    assert (call.method, call.path) == ("GET", PATH)
    assert "If-None-Match" not in call.headers


def test_what_has_not_changed_is_no_answer_to_read(
    source: HttpEntitlements, answering: UpstreamServer
) -> None:
    """304 says that what is known is still so, with or without the name repeated."""
    for headers in ({"ETag": '"1"'}, {}):
        answering.behave("status", status=304, headers={**headers, "Content-Length": ""})
        fetched = source.fetch("acme", '"1"')
        assert (fetched.found, fetched.etag) == (None, '"1"')
        assert answering.calls[-1].headers["If-None-Match"] == '"1"'


def test_nothing_is_unchanged_unless_that_was_asked(
    source: HttpEntitlements, answering: UpstreamServer
) -> None:
    """A 304 to a question without a condition is no answer."""
    answering.behave("status", status=304, headers={"Content-Length": ""})
    with pytest.raises(BadUpstreamAnswer):
        source.fetch("acme", None)


@pytest.mark.parametrize("etag", ["1", '"a\tb"', '"' + "x" * 300 + '"', '"a"b"'])
def test_a_name_that_cannot_be_repeated_is_left(
    source: HttpEntitlements, answering: UpstreamServer, etag: str
) -> None:
    """Then everything is asked for next time."""
    answering.behave("normal", headers={"ETag": etag})
    assert source.fetch("acme", None).etag is None


@pytest.mark.parametrize(
    ("mode", "more", "error"),
    [
        ("status", {"status": 500}, UpstreamUnavailable),
        ("status", {"status": 429}, UpstreamUnavailable),
        ("status", {"status": 401}, UpstreamRefused),
        ("status", {"status": 404}, EntitlementsNotFound),
        ("bad_json", {}, BadUpstreamAnswer),
        ("huge", {"size": 40_000_000}, BadUpstreamAnswer),
        ("close_mid_body", {}, UpstreamUnavailable),
        ("close", {}, UpstreamUnavailable),
        ("garbage", {}, PortUnavailable),
        ("redirect", {"size": 10}, BadUpstreamAnswer),
        ("hang", {}, UpstreamTimeout),
        ("drip", {"wait_s": 0.02}, UpstreamTimeout),
    ],
)
def test_a_source_that_misbehaves_says_nothing(
    answering: UpstreamServer,
    make_client: MakeClient,
    mode: Any,
    more: dict[str, Any],
    error: type[Exception],
) -> None:
    """In our own words, and when its time is up."""
    answering.behave(mode, **more)
    source = HttpEntitlements(make_client(), fetch_s=0.2 if error is UpstreamTimeout else 30)
    with pytest.raises(error):
        source.fetch("acme", '"1"')


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"ok": True}, "the source answered what cannot be used: contracts must be a list"),
        (None, "the source answered what cannot be used: the whole must be an object"),
        (sourced_to_json(sourced("rival")), "the source answered for another organisation"),
    ],
)
def test_an_answer_with_anything_wrong_in_it_is_none(
    source: HttpEntitlements, answering: UpstreamServer, answer: Any, said: str
) -> None:
    """What another organisation has is the worst of them."""
    answering.answers[PATH] = answer
    with pytest.raises(BadUpstreamAnswer) as caught:
        source.fetch("acme", None)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("organisation", "path"),
    [("a/b", "/organisations/a%2Fb/entitlements"), ("ö?#", "/organisations/%C3%B6%3F%23/entitlements")],
)
def test_any_id_is_asked_for(
    source: HttpEntitlements, answering: UpstreamServer, organisation: str, path: str
) -> None:
    """Quoted, so that it is one part of the path."""
    answering.answers[path] = sourced_to_json(sourced(organisation))
    found = source.fetch(organisation, None).found
    assert found is not None
    assert found.organisation == organisation


def test_an_id_that_would_change_the_path_is_not_asked_for(
    source: HttpEntitlements, answering: UpstreamServer
) -> None:
    """No source can have it."""
    with pytest.raises(EntitlementsNotFound):
        source.fetch("..", None)
    assert answering.calls == []


def settings(url: str, **more: str) -> Settings:
    return Settings.from_env({"ENTITLEMENTS_URL": url, **more})


@pytest.fixture
def set_up(answering: UpstreamServer) -> Iterator[Any]:
    """The source as the settings make it."""
    given = settings(answering.url + "/", ENTITLEMENTS_TOKEN="token-of-the-source")
    upstreams = make_upstreams(given, lambda *_: None)
    yield entitlement_source(given, upstreams)
    for client in upstreams.values():
        client.close()


def test_the_token_of_the_source_is_sent(set_up: HttpEntitlements, answering: UpstreamServer) -> None:
    """It is the source's own, and nobody else's."""
    set_up.fetch("acme", None)
    assert answering.calls[0].headers["Authorization"] == "Bearer token-of-the-source"


def test_a_dead_source_is_left_alone() -> None:
    """After some failures in a row its breaker opens, and asking costs nothing."""
    with refusing_url() as url:
        given = settings(url)
        upstreams = make_upstreams(given, lambda *_: None)
        source = entitlement_source(given, upstreams)
        assert source is not None
        for _ in range(5):
            with pytest.raises(PortUnavailable):
                source.fetch("acme", None)
        with pytest.raises(BreakerOpen):
            source.fetch("acme", None)
        upstreams["entitlements"].close()


def test_without_settings_there_is_no_source(tmp_path: Path) -> None:
    """The durable store is it; a file is one where it is named."""
    assert entitlement_source(Settings.from_env({}), {}) is None
    found = entitlement_source(Settings.from_env({"ENTITLEMENTS_FILE": str(tmp_path / "x.csv")}), {})
    assert found is not None
    assert found.kind == "file"
