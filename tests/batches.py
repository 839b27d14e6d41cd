"""Batches for tests, with what does not matter filled in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, insert

from tasks.batches.model import NewBatch
from tasks.store.database import ensure_organisation, insert_or_keep
from tasks.store.tables import team_members, teams, users

NOON = datetime(2025, 8, 18, 12, tzinfo=UTC)
REQUEST = {"orgId": "acme", "goal": "frontend", "timeframe": "6weeks"}


def new_batch(*user_ids: str, **changes: Any) -> NewBatch:
    """A batch of acme's for these people."""
    fields: dict[str, Any] = {
        "organisation": "acme",
        "id": uuid4().hex,
        "request": REQUEST,
        "user_ids": user_ids,
        "created_at": NOON,
    }
    return NewBatch(**{**fields, **changes})


def put_people(engine: Engine, organisation: str, user_ids: Sequence[str], team: str | None = None) -> None:
    """People of an organisation, in a team if one is named; a level is what an id ends with."""
    owned = {"organisation_id": organisation}
    levels = ("junior", "mid", "senior")
    people = [
        owned | {"id": id_, "level": next((level for level in levels if id_.endswith(level)), None)}
        for id_ in user_ids
    ]
    with engine.begin() as connection:
        ensure_organisation(connection, organisation)
        if people:
            connection.execute(insert_or_keep(connection, users), people)
        if team is not None:
            connection.execute(insert(teams), owned | {"id": team, "name": team})
            members = [owned | {"team_id": team, "user_id": id_} for id_ in user_ids]
            if members:
                connection.execute(insert(team_members), members)
