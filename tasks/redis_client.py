"""Connections to Redis, one kind per use."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

SOCKET_TIMEOUT_S = 0.2  #: Neither a web thread nor a stage waits longer for the ledger.


def fast_client(url: str) -> "redis.Redis":
    """For short commands: gives up at once instead of retrying, so that callers stay within budget."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        retry=Retry(NoBackoff(), 1),  # One more try, for a pooled connection that was closed meanwhile.
    )


def listening_client(url: str) -> "redis.Redis":
    """For a subscription that sits and waits. Its listener asks a silent peer whether it is there; the
    timeout is for a peer that says nothing from the start.
    """
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=1.0,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
    )
