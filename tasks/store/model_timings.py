"""What calls of the language model take: from the list in Redis into the durable store, and back out."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import redis
from sqlalchemy import Connection, Engine, select

from config import keys
from flows.errors import InvalidInput
from flows.intelligence.routing.timings import (
    TO_FIRST_TOKEN,
    Group,
    ModelTiming,
    TimingTally,
    by_group,
    from_text,
    merged,
    summary,
)
from tasks.store.database import answering, insert_or_replace, reading
from tasks.store.in_redis import translated
from tasks.store.tables import model_timings

_ROW = model_timings.c
_TALLIES = select(_ROW.model, _ROW.prompt_tokens, _ROW.calls, _ROW.total_ms, _ROW.total_ms_squared).where(
    _ROW.purpose.in_(TO_FIRST_TOKEN)
)
_MEANS = [column for column in model_timings.columns if not column.primary_key and column.name != "at"]

log = logging.getLogger(__name__)


class StoredModelTimings:
    """Timings in the durable store: a row per model, purpose and group of prompt sizes."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._reads = engine, reading(engine)

    def add(self, timings: Sequence[ModelTiming]) -> None:
        """Let these calls count from now on. Raises PortUnavailable."""
        with answering(), self._engine.begin() as connection:
            for group, ones in by_group(timings).items():
                _add(connection, group, ones)

    def tallies(self) -> list[TimingTally]:
        """What one token took, by model and group of prompt sizes. Raises PortUnavailable."""
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(_TALLIES).mappings().all()
        return [TimingTally(**row) for row in rows]

    def rows(self) -> list[dict[str, Any]]:
        """Everything that is kept, for people to look at. Raises PortUnavailable."""
        query = select(model_timings).order_by(*model_timings.primary_key.columns)
        with answering(), self._reads.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _add(connection: Connection, group: Group, timings: list[ModelTiming]) -> None:
    key = dict(zip(("model", "purpose", "size"), group, strict=True))
    found = select(*_MEANS).where(*(model_timings.c[name] == value for name, value in key.items()))
    old = connection.execute(found).mappings().one_or_none()
    newest = datetime.fromtimestamp(max(timing.at_s for timing in timings), UTC)
    values = key | merged(dict(old) if old else None, summary(timings)) | {"at": newest}
    connection.execute(insert_or_replace(connection, model_timings), values)


class PendingTimings:
    """Timings that wait in Redis, where the processes that ask the model leave them."""

    def __init__(self, client: "redis.Redis", stored: StoredModelTimings) -> None:
        self._client, self._stored = client, stored

    def move(self) -> int:
        """Store all that wait; returns how many. Raises StoreUnavailable and PortUnavailable.

        What cannot be read is left out. A crash in between stores some twice, which does no harm
        to a mean.
        """
        with translated():
            texts = cast(list[str], self._client.lrange(keys.MODEL_TIMINGS, 0, -1))
        timings = _read(texts)
        if timings:
            self._stored.add(timings)
        if texts:
            with translated():
                self._client.ltrim(keys.MODEL_TIMINGS, 0, -len(texts) - 1)
        return len(timings)


def _read(texts: Sequence[str]) -> list[ModelTiming]:
    found = []
    for text in texts:
        try:
            found.append(from_text(text))
        except InvalidInput as error:
            log.warning("timing_unreadable", extra={"error": str(error)})
    return found
