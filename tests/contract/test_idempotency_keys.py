"""Idempotency-Keys of what is no job: claimed once, shared with those of jobs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
import redis

from config import keys
from flows.errors import IdempotencyKeyReused
from tasks.store.base import How, Once
from tasks.store.idempotency import IdempotencyKeys
from tasks.store.in_redis import RedisLedger
from tests.factories import new_job

ONCE = Once("demo", "key", "d" * 32)


@pytest.fixture
def claims(redis_client: "redis.Redis") -> IdempotencyKeys:
    return IdempotencyKeys(redis_client)


def test_the_first_claim_counts(claims: IdempotencyKeys) -> None:
    """Whoever comes later gets what the first made; another organisation has keys of its own."""
    assert claims.claim(ONCE, "first") == "first"
    assert claims.claim(ONCE, "second") == "first"
    assert claims.claim(replace(ONCE, organisation="rival"), "third") == "third"


def test_of_many_at_once_one_is_first(claims: IdempotencyKeys) -> None:
    """All claims at one time give the same id."""
    with ThreadPoolExecutor(16) as pool:
        given = list(pool.map(lambda _: claims.claim(ONCE, uuid4().hex), range(50)))
    assert len(set(given)) == 1


def test_another_request_is_refused(claims: IdempotencyKeys) -> None:
    """A key stands for one request."""
    claims.claim(ONCE, "first")
    with pytest.raises(IdempotencyKeyReused):
        claims.claim(replace(ONCE, digest="e" * 32), "second")


def test_what_was_not_made_frees_its_key(claims: IdempotencyKeys) -> None:
    """After a release the key can be claimed for something else."""
    claims.claim(ONCE, "first")
    claims.release(ONCE)
    assert claims.claim(replace(ONCE, digest="e" * 32), "second") == "second"


def test_a_claim_lasts_a_day(claims: IdempotencyKeys, redis_client: "redis.Redis") -> None:
    """Keys are bounded in time, so that memory is."""
    claims.claim(ONCE, "first")
    assert redis_client.ttl(keys.idempotency("demo", "key")) == pytest.approx(86_400, abs=5)


def test_jobs_and_other_things_share_the_keys(claims: IdempotencyKeys, redis_client: "redis.Redis") -> None:
    """A key that stands for something else starts no job, and the other way round."""
    ledger = RedisLedger(redis_client)
    claims.claim(ONCE, "a batch")
    with pytest.raises(IdempotencyKeyReused):
        ledger.accept(new_job(once=replace(ONCE, digest="e" * 32)), 1_000)
    other = replace(ONCE, key="other")
    assert ledger.accept(new_job(once=other), 1_000).how is How.NEW
    with pytest.raises(IdempotencyKeyReused):
        claims.claim(replace(other, digest="e" * 32), "a batch")
