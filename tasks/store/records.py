"""Letting go of what is kept: of one person at their wish, of everybody's after its time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, select

from flows.ports import Profiles
from tasks.decision_log import DecisionLog
from tasks.store.database import answering, reading
from tasks.store.erasure import erase_user
from tasks.store.ledger import Ledger
from tasks.store.retention import sweep
from tasks.store.tables import events
from tasks.store.trained_models import StoredModels
from tasks.webhooks.outgoing import Webhooks


@dataclass(frozen=True, slots=True)
class Records:
    """All that is stored, seen from the side of deleting.

    ``erased`` is called after somebody was: what is kept outside the store follows by itself, but sooner so.
    """

    engine: Engine
    ledger: Ledger
    profiles: Profiles
    decisions: DecisionLog
    webhooks: Webhooks
    erased: Callable[[], None] = lambda: None

    def erase(self, organisation: str, user_id: str) -> dict[str, int]:
        """Delete everything about a person: rows by table, and jobs.

        Trained models hold nothing that names the person, but counts that the person has a part
        in: they expire, and the next look at what is due trains them without.

        What is durable goes first: should Redis not answer then, asking again finishes the rest.
        Raises PortUnavailable and StoreUnavailable.
        """
        self.decisions.move()  # What is on its way would come in after the erasure.
        self.webhooks.move()
        sessions = self._sessions(organisation, user_id)
        erased = erase_user(self.engine, organisation, user_id)
        StoredModels(self.engine).expire(organisation)
        self.profiles.forget(organisation, user_id, sessions)
        self.erased()
        return {**erased, "jobs": self.ledger.forget(organisation, user_id)}

    def sweep(self) -> dict[str, int]:
        """Delete what was kept long enough; returns the rows by table. Raises PortUnavailable."""
        return sweep(self.engine, datetime.now(UTC))

    def _sessions(self, organisation: str, user_id: str) -> list[str]:
        of_person = (events.c.organisation_id == organisation) & (events.c.user_id == user_id)
        query = select(events.c.session_id).distinct().where(of_person, events.c.session_id.is_not(None))
        with answering(), reading(self.engine).connect() as connection:
            return [session_id for (session_id,) in connection.execute(query)]
