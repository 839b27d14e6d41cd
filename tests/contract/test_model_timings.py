"""Timings of a model on SQLite and on PostgreSQL, and their way there from Redis."""

import pytest
import redis
from sqlalchemy import Engine

from config import keys
from flows.errors import PortUnavailable
from flows.intelligence.routing.timings import ModelTiming, TimingTally, to_text
from tasks.store.database import open_database
from tasks.store.model_observations import StoredModelObservations
from tasks.store.model_timings import PendingTimings, StoredModelTimings

RERANK = ModelTiming(model="a", purpose="rerank", prompt_tokens=300, total_ms=80.0, at_s=1_700_000_000.0)
DRAFT = ModelTiming(model="a", purpose="draft", prompt_tokens=300, total_ms=9_000.0, at_s=1_700_000_001.0)


def test_calls_of_one_group_are_one_row(engine: Engine) -> None:
    """However often they are added; what takes longer by its nature is kept, and left out of the tallies."""
    stored = StoredModelTimings(engine)
    stored.add([RERANK, DRAFT])
    stored.add([RERANK])
    (tally,) = StoredModelObservations(engine).timings()
    assert tally == TimingTally(
        model="a", prompt_tokens=300.0, calls=2, total_ms=80.0, total_ms_squared=6_400.0
    )
    assert [(row["purpose"], row["size"], row["calls"]) for row in stored.rows()] == [
        ("draft", 512, 1),
        ("rerank", 512, 2),
    ]
    assert stored.rows()[0]["at"].timestamp() == DRAFT.at_s


def test_what_waits_is_moved_once(engine: Engine, redis_client: "redis.Redis") -> None:
    """What cannot be read is left out, and keeps nothing else from being stored."""
    pending = PendingTimings(redis_client, StoredModelTimings(engine))
    redis_client.lpush(keys.MODEL_TIMINGS, to_text(RERANK), "{", to_text(DRAFT))
    assert (pending.move(), pending.move()) == (2, 0)
    assert not redis_client.exists(keys.MODEL_TIMINGS)
    assert len(StoredModelTimings(engine).rows()) == 2


def test_without_a_database_they_wait(redis_client: "redis.Redis", empty_sqlite_url: str) -> None:
    """A store that cannot be written to loses none of them."""
    engine = open_database(empty_sqlite_url)  # It has no tables yet, and no server would either.
    redis_client.lpush(keys.MODEL_TIMINGS, to_text(RERANK))
    with pytest.raises(PortUnavailable):
        PendingTimings(redis_client, StoredModelTimings(engine)).move()
    assert redis_client.llen(keys.MODEL_TIMINGS) == 1
    engine.dispose()
