"""Deleting what is older than it may get, a batch at a time."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Engine, delete, select

from config.retention import DAYS_KEPT, SWEEP_BATCH
from tasks.store.database import answering, reading
from tasks.store.tables import (
    batches,
    contracts,
    decisions,
    events,
    learning_paths,
    memories,
    model_observations,
    organisations,
    outcomes,
    webhook_deliveries,
)

#: From when on a row counts its days: contracts from their end,
#: learning paths from their last change.
AGED_FROM = (
    batches.c.created_at,
    contracts.c.expires_at,
    decisions.c.at,
    events.c.at,
    memories.c.at,
    learning_paths.c.updated_at,
    model_observations.c.at,
    outcomes.c.at,
    webhook_deliveries.c.created_at,
)


def sweep(engine: Engine, now: datetime, batch: int = SWEEP_BATCH) -> dict[str, int]:
    """Delete what was kept long enough at ``now``; returns the rows by table.

    Every batch is a transaction of its own: a sweep that is cut off has done what it has done,
    and the next one goes on. Raises PortUnavailable.
    """
    with answering(), reading(engine).connect() as connection:
        owners = connection.execute(select(organisations.c.id).order_by(organisations.c.id)).scalars().all()
    swept = {}
    for column in AGED_FROM:
        days = DAYS_KEPT[column.table.name]
        if days is not None:
            before = now - timedelta(days=days)
            swept[column.table.name] = sum(_sweep(engine, column, owner, before, batch) for owner in owners)
    return swept


def _sweep(engine: Engine, at: Column[Any], organisation: str, before: datetime, batch: int) -> int:
    """One table of one organisation: that is what the index on the time begins with."""
    table = at.table
    oldest = select(table.c.id).where(table.c.organisation_id == organisation, at < before)
    one_batch = oldest.order_by(at).limit(batch).scalar_subquery()
    statement = delete(table).where(table.c.organisation_id == organisation, table.c.id.in_(one_batch))
    swept = 0
    while True:
        with answering(), engine.begin() as connection:
            deleted = connection.execute(statement).rowcount
        swept += deleted
        if deleted < batch:
            return swept
