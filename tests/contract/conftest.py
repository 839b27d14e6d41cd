"""Implementations that several contract suites are run on."""

from collections.abc import Iterator

import fakeredis
import pytest

from tasks.redis_client import fast_client
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_redis import RedisLedger
from tasks.store.ledger import Ledger


@pytest.fixture(params=["memory", "redis", "valkey", "fakeredis"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """Each implementation in turn."""
    if request.param == "memory":
        yield InMemoryLedger()
    elif request.param == "redis":
        yield RedisLedger(request.getfixturevalue("redis_client"))
    elif request.param == "valkey":
        with fast_client(request.getfixturevalue("valkey_server").url) as client:
            client.flushall()
            yield RedisLedger(client)
    else:
        with fakeredis.FakeRedis(decode_responses=True) as client:
            yield RedisLedger(client)
