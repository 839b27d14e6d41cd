"""Drafts in the durable store."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from sqlalchemy import Engine, RowMapping, func, select, update

from flows.catalogue.nearest import nearest
from flows.errors import PortUnavailable, UnknownName
from flows.intelligence.drafting.model import Draft, Kind, State, headline
from tasks.store.database import answering, ensure_organisation, insert_new, reading
from tasks.store.tables import drafts, organisations

AT_HAND_S = 30.0  #: How long accepted drafts are given out without a look into the database.
MOST_SHOWN = 500  #: Accepted drafts of one organisation that count, the newest ones.
MOST_ORGANISATIONS = 256  #: Of which drafts are kept at hand.

_ROW = drafts.c

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft with who wrote it, when, and what became of it."""

    draft: Draft
    model: str
    state: State
    created_at: datetime


class StoredDrafts:
    """Drafts on the durable store; one instance serves all threads."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = monotonic) -> None:
        self._engine, self._reads, self._clock = engine, reading(engine), clock
        self._at_hand: dict[str, tuple[float, Sequence[Draft]]] = {}

    def headlines(self, organisation: str, kind: Kind, skill: str) -> Sequence[str]:
        """What every draft says in short, those that were rejected too. Raises PortUnavailable."""
        query = select(_ROW.content).where(
            _ROW.organisation_id == organisation, _ROW.kind == str(kind), _ROW.skill == skill
        )
        with answering(), self._reads.connect() as connection:
            return [headline(kind, content) for content in connection.execute(query).scalars()]

    def add(self, organisation: str, new: Sequence[Draft], model: str) -> int:
        """Keep drafts until somebody looks at them; returns how many are new. Raises PortUnavailable."""
        now = datetime.now(UTC)
        rows: list[dict[str, Any]] = [
            {
                "organisation_id": organisation,
                "id": draft.id,
                "kind": str(draft.kind),
                "skill": draft.skill,
                "content": dict(draft.content),
                "model": model,
                "state": str(State.WAITING),
                "created_at": now,
            }
            for draft in new
        ]
        with answering(), self._engine.begin() as connection:
            ensure_organisation(connection, organisation)
            return insert_new(connection, drafts, rows)

    def accepted(self, organisation: str) -> Sequence[Draft]:
        """What may be shown, by id; may be half a minute old.

        While the database is away it is what was known before: nobody goes without an answer for
        the want of a draft.
        """
        now = self._clock()
        until, found = self._at_hand.get(organisation, (float("-inf"), ()))
        if now >= until:
            try:
                kept = self.kept(organisation, State.ACCEPTED, MOST_SHOWN)
                found = sorted((one.draft for one in kept), key=lambda draft: draft.id)
            except PortUnavailable as error:
                log.warning("drafts_not_read", extra={"error": str(error)})
            if len(self._at_hand) >= MOST_ORGANISATIONS:
                self._at_hand.clear()
            self._at_hand[organisation] = (now + AT_HAND_S, found)
        return found

    def with_room(self, most: int) -> Sequence[str]:
        """Organisations that have fewer drafts than that to look at, sorted. Raises PortUnavailable."""
        waiting = func.count(_ROW.id)
        query = (
            select(organisations.c.id)
            .outerjoin(
                drafts,
                (_ROW.organisation_id == organisations.c.id) & (_ROW.state == str(State.WAITING)),
            )
            .group_by(organisations.c.id)
            .having(waiting < most)
            .order_by(organisations.c.id)
        )
        with answering(), self._reads.connect() as connection:
            return list(connection.execute(query).scalars())

    def kept(self, organisation: str, state: State | None = None, most: int = 200) -> list[KeptDraft]:
        """Drafts in a state, or all, newest first. Raises PortUnavailable."""
        query = select(drafts).where(_ROW.organisation_id == organisation)
        if state is not None:
            query = query.where(_ROW.state == str(state))
        query = query.order_by(_ROW.created_at.desc(), _ROW.id).limit(most)
        with answering(), self._reads.connect() as connection:
            return [_kept(row) for row in connection.execute(query).mappings()]

    def review(self, organisation: str, id_: str, state: State) -> None:
        """Accept or reject a draft. Raises UnknownName and PortUnavailable."""
        changed = (
            update(drafts)
            .where(_ROW.organisation_id == organisation, _ROW.id == id_)
            .values(state=str(state), reviewed_at=datetime.now(UTC))
        )
        with answering(), self._engine.begin() as connection:
            found = connection.execute(changed).rowcount
        self._at_hand.pop(organisation, None)
        if not found:
            known = [one.draft.id for one in self.kept(organisation)]
            raise UnknownName("draft", id_, nearest(id_, known))


def _kept(row: RowMapping) -> KeptDraft:
    draft = Draft(id=row["id"], kind=Kind(row["kind"]), skill=row["skill"], content=row["content"])
    return KeptDraft(draft, row["model"], State(row["state"]), row["created_at"])
