"""Finding the memories that may fit, in as little as a database can do it with.

The rarest words of a query go to the search index, as many as together occur in BUDGET memories at
most. Where even the rarest is commoner than that, the newest memories are looked through: what
everybody writes about is best answered by the latest. So a common word costs no more than a rare one.

SQLite's FTS5 orders what it finds by its own BM25, PostgreSQL by the information of the words that
a memory has; either way ``flows.memory.ranking`` scores what comes first.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Float,
    Select,
    Text,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
)

from flows.memory.model import Memory, MemoryKind, Scope, Visibility
from flows.memory.ranking import Query
from flows.memory.statistics import Statistics
from tasks.store.tables import memories
from tasks.store.tables.memories import SEARCH_INDEX
from tasks.store.tables.schema import Moment

BUDGET = 800  #: Memories with one of the words that the index is asked for: FTS5 ranks 200 in a millisecond.
WINDOW = 500  #: Newest memories that are looked through for common words, the person's own and all.
LOOKED_FOR = 4  #: Words, the rarest, that a memory in the window is looked at for; each costs a microsecond.
CANDIDATES = 60  #: Memories that are read and scored; people ask for 50 at most.

BEGINNING = datetime(1, 1, 2, tzinfo=UTC)  #: Before any memory.

_c = memories.c
COLUMNS = (
    *(_c.id, _c.organisation_id, _c.user_id, _c.kind, _c.visibility, _c.at, _c.title, _c.text),
    *(_c.skill_id, _c.error, _c.tags, _c.success, _c.session_id, _c.events, _c.terms),
)

_asked = func.unnest(bindparam("terms", type_=ARRAY(Text)), bindparam("weights", type_=ARRAY(Float)))
_ASKED = _asked.table_valued("term", "weight", name="asked").render_derived("asked")
_HAS_TERM = text("string_to_array(memories.terms, ' ') @> ARRAY[asked.term]")  # As the index has it.


@dataclass(frozen=True, slots=True)
class View:
    """What a person may be reminded of: how far their organisation lets them look, and their team mates."""

    organisation: str
    user_id: str
    policy: Scope
    mates: frozenset[str]
    kinds: Collection[MemoryKind] | None

    def own(self) -> ColumnElement[bool]:
        """Their own memories."""
        return self._of_kind() & (_c.user_id == self.user_id)

    def anyone(self) -> ColumnElement[bool]:
        """All that they may see."""
        visible = [_c.user_id == self.user_id]
        if self.policy is not Scope.OWN and self.mates:
            shared = _c.visibility.in_([Visibility.TEAM.value, Visibility.ORGANISATION.value])
            visible.append(_c.user_id.in_(sorted(self.mates)) & shared)
        if self.policy is Scope.ORGANISATION:
            visible.append(_c.visibility == Visibility.ORGANISATION.value)
        return self._of_kind() & or_(*visible)

    def _of_kind(self) -> ColumnElement[bool]:
        of_organisation = _c.organisation_id == self.organisation
        if self.kinds is None:
            return of_organisation
        return of_organisation & _c.kind.in_([kind.value for kind in self.kinds])


def candidates(connection: Connection, view: View, query: Query, statistics: Statistics) -> Sequence[Any]:
    """Rows of COLUMNS that may fit the query, those that fit best among them."""
    terms = query.within(BUDGET, statistics)
    if not terms:
        return _among_newest(connection, view, list(query.words)[:LOOKED_FOR])
    if connection.dialect.name == "sqlite":
        matching = " OR ".join(f'"{term}"' for term in terms)
        return connection.execute(_by_fts5(view), {"matching": matching}).all()
    weights = [query.information[term] for term in terms]
    return connection.execute(_by_gin(view), {"terms": terms, "weights": weights}).all()


def numbered(connection: Connection, view: View, numbers: Collection[int]) -> Sequence[Any]:
    """Rows of COLUMNS with these numbers, of those that the person may see, and the number of each."""
    seen = select(_c.number, *COLUMNS).where(_c.number.in_(sorted(numbers)), view.anyone())
    return connection.execute(seen).all()


def latest(connection: Connection, view: View, limit: int) -> Sequence[Any]:
    """Rows of COLUMNS of the newest memories: the person's own, and what is seen among the newest of all."""
    return _newest(connection, view, literal_column("1") == 1, limit)


def _among_newest(connection: Connection, view: View, terms: Iterable[str]) -> Sequence[Any]:
    """Where a term stands between spaces; LIKE would take three times as long on PostgreSQL."""
    position = func.instr if connection.dialect.name == "sqlite" else func.strpos
    padded: ColumnElement[str] = literal_column("' '") + _c.terms + literal_column("' '")
    holds = or_(*(position(padded, f" {term} ") > 0 for term in terms))
    return _newest(connection, view, holds, CANDIDATES)


def _newest(connection: Connection, view: View, wanted: ColumnElement[bool], limit: int) -> Sequence[Any]:
    own = _c.user_id == view.user_id
    found = _in_window(connection, view.organisation, own, view.own() & wanted, limit)
    if view.policy is Scope.OWN:
        return found
    others = view.anyone() & ~own & wanted
    return [*found, *_in_window(connection, view.organisation, None, others, limit)]


def _in_window(
    connection: Connection,
    organisation: str,
    around: ColumnElement[bool] | None,
    wanted: ColumnElement[bool],
    limit: int,
) -> Sequence[Any]:
    """The newest that are wanted, read until there are enough or the window ends."""
    inside = _c.organisation_id == organisation
    if around is not None:
        inside &= around
    newest_first = (_c.at.desc(), _c.id.desc())
    end = select(_c.at).where(inside).order_by(*newest_first).offset(WINDOW).limit(1).scalar_subquery()
    since = _c.at >= func.coalesce(end, literal(BEGINNING, Moment))
    found = select(*COLUMNS).where(inside, since, wanted).order_by(*newest_first).limit(limit)
    return connection.execute(found).all()


def _by_fts5(view: View) -> Select[Any]:
    index = table(SEARCH_INDEX, column("rowid"), column("rank"))
    hits = select(_c.number).join_from(index, memories, index.c.rowid == _c.number)
    best_first = (index.c.rank, (_c.user_id == view.user_id).desc(), _c.at.desc())
    seen = hits.where(text(f"{SEARCH_INDEX} MATCH :matching"), view.anyone())
    return _whole(seen.order_by(*best_first))


def _by_gin(view: View) -> Select[Any]:
    weight = func.sum(_ASKED.c.weight)
    hits = select(_c.number).join_from(_ASKED, memories, _HAS_TERM).where(view.anyone())
    best_first = (weight.desc(), (_c.user_id == view.user_id).desc(), _c.at.desc())
    return _whole(hits.group_by(_c.number, _c.user_id, _c.at).order_by(*best_first))


def _whole(numbers: Select[Any]) -> Select[Any]:
    """The rows of the first so many: what is left out was never read."""
    best = numbers.limit(CANDIDATES).subquery()
    return select(*COLUMNS).join_from(best, memories, best.c.number == _c.number)


def memory_of(row: Any) -> Memory:
    """A row of COLUMNS as what it stands for."""
    return Memory(
        id=row.id,
        organisation=row.organisation_id,
        user_id=row.user_id,
        kind=MemoryKind(row.kind),
        text=row.text,
        at=row.at,
        title=row.title,
        skill=row.skill_id,
        error=row.error,
        tags=tuple(row.tags),
        success=row.success,
        visibility=Visibility(row.visibility),
        session_id=row.session_id,
        events=tuple(row.events),
    )
