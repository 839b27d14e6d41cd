"""Which upstreams there are, and what is said of them."""

import pytest
import redis

from config.settings import Settings
from flows.errors import StoreUnavailable
from flows.upstreams.breaker import BreakerState, Verdict
from tasks.clients.upstreams import make_upstreams, teller, upstreams_report
from tasks.redis_client import fast_client
from tasks.store.breaker_states import BreakerStates

ALL = {
    "MEMORY_SERVICE_URL": "http://127.0.0.1:1",
    "PBML_SERVICE_URL": "http://127.0.0.1:1/pbml/",
    "OLLAMA_URL": "http://127.0.0.1:1",
    "ENTITLEMENTS_URL": "http://127.0.0.1:1",
}


def no_redis() -> BreakerStates:
    """States in a Redis that is not there."""
    return BreakerStates(fast_client("redis://127.0.0.1:1/0"))


def open_breaker(states: BreakerStates) -> dict[str, object]:
    """The report after the model's breaker has opened."""
    upstreams = make_upstreams(Settings.from_env(ALL), teller(states))
    breaker = upstreams["llm"].breaker
    for permit in [breaker.enter() for _ in range(5)]:
        breaker.leave(permit, Verdict.FAILED)
    return upstreams_report(upstreams, states)


@pytest.mark.parametrize(
    ("variable", "name", "url"),
    [
        ("MEMORY_SERVICE_URL", "memory", "http://127.0.0.1:1"),
        ("PBML_SERVICE_URL", "pbml", "http://127.0.0.1:1/pbml"),
        ("OLLAMA_URL", "llm", "http://127.0.0.1:1"),
        ("ENTITLEMENTS_URL", "entitlements", "http://127.0.0.1:1"),
    ],
)
def test_an_address_makes_a_client(variable: str, name: str, url: str) -> None:
    """Each address that is set has a client under its name."""
    made = make_upstreams(Settings.from_env({variable: ALL[variable]}), lambda *_: None)
    assert {name: client.settings.url for name, client in made.items()} == {name: url}


def test_each_upstream_is_treated_in_its_own_way() -> None:
    """A model has a shorter limit than the others, and is not asked a third time."""
    made = make_upstreams(Settings.from_env(ALL), lambda *_: None)
    treated = {name: (c.settings.breaker.slow_s, c.settings.retry.attempts) for name, c in made.items()}
    assert treated == {"memory": (0.2, 3), "pbml": (0.2, 3), "llm": (0.15, 2), "entitlements": (4.0, 3)}


def test_without_addresses_there_are_none() -> None:
    """The embedded service has no upstreams, and says nothing of any."""
    assert make_upstreams(Settings.from_env({}), lambda *_: None) == {}
    assert upstreams_report({}, no_redis()) == {}


def test_the_report_says_how_each_breaker_is(redis_client: "redis.Redis") -> None:
    """The state in this process, and how many processes do not ask at the moment."""
    states = BreakerStates(redis_client)
    states.tell("llm", "worker:1", BreakerState.OPEN)
    assert open_breaker(states) == {
        "memory": {"breaker": "closed", "processesNotAsking": 0},
        "pbml": {"breaker": "closed", "processesNotAsking": 0},
        "llm": {"breaker": "open", "processesNotAsking": 2},
        "entitlements": {"breaker": "closed", "processesNotAsking": 0},
    }


def test_without_redis_the_report_is_about_this_process() -> None:
    """A Redis that is away neither keeps a breaker from opening nor the report from being made."""
    with pytest.raises(StoreUnavailable):
        no_redis().not_closed()
    assert open_breaker(no_redis())["llm"] == {"breaker": "open", "processesNotAsking": 0}
