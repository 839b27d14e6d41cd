"""What people master, in the durable store."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Engine, bindparam, select

from flows.intelligence.mastery import Mastery
from tasks.store.database import answering, ensure_organisation, insert_or_keep, insert_or_replace, reading
from tasks.store.tables import mastery as mastery_table
from tasks.store.tables import users

_OF_PERSON = select(mastery_table.c.skill_id, mastery_table.c.level, mastery_table.c.observations).where(
    mastery_table.c.organisation_id == bindparam("organisation"), mastery_table.c.user_id == bindparam("user")
)

#: What ``record`` sets; the rest of a row belongs to the model that computes levels.
_STATED = ("level", "observations", "updated_at")


class StoredLearners:
    """LearnerRecords on the durable store; one instance serves all threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._reads = engine, reading(engine)

    def mastery(self, organisation: str, user_id: str) -> Mapping[str, Mastery]:
        """Mastery by skill id, empty for a person nobody has seen. Raises PortUnavailable."""
        with answering(), self._reads.connect() as connection:
            rows = connection.execute(_OF_PERSON, {"organisation": organisation, "user": user_id}).all()
        return {skill_id: Mastery(level, observations) for skill_id, level, observations in rows}

    def record(self, organisation: str, user_id: str, mastery: Mapping[str, Mastery]) -> None:
        """Set the mastery of some skills; what is known about others stays. Raises PortUnavailable.

        A person, and an organisation, that nobody has seen before comes into being with it.
        """
        now = datetime.now(UTC)
        person = {"organisation_id": organisation, "user_id": user_id, "updated_at": now}
        rows = [
            # In order, so that two writers of one person cannot wait for each other's rows.
            person | {"skill_id": skill_id, "level": seen.level, "observations": seen.observations}
            for skill_id, seen in sorted(mastery.items())
        ]
        with answering(), self._engine.begin() as connection:
            ensure_organisation(connection, organisation)
            connection.execute(
                insert_or_keep(connection, users), {"organisation_id": organisation, "id": user_id}
            )
            if rows:
                connection.execute(insert_or_replace(connection, mastery_table, *_STATED), rows)
