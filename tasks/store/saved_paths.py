"""Saved learning paths in the durable store."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, RowMapping, delete, select, tuple_, update

from flows.ports import Cursor
from flows.saved_path import SavedPath, path_changed
from tasks.store.database import answering, ensure_organisation, insert_or_keep, reading
from tasks.store.in_memory_saved_paths import new_path, next_version, path_not_found
from tasks.store.tables import learning_paths as table


class StoredPaths:
    """SavedPaths on the durable store; one instance serves all threads."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine, self._reads, self._now = engine, reading(engine), now

    def save(self, organisation: str, id_: str, request: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
        """Keep a path; one that is there already stays as it is. Raises PortUnavailable."""
        now = self._now()
        path = new_path(organisation, id_, request, plan, now)
        with answering(), self._engine.begin() as connection:
            ensure_organisation(connection, organisation)
            connection.execute(insert_or_keep(connection, table), _row(path))

    def get(self, organisation: str, id_: str) -> SavedPath:
        """A path; raises PathNotFound and PortUnavailable."""
        query = select(table).where(table.c.organisation_id == organisation, table.c.id == id_)
        with answering(), self._reads.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise path_not_found(id_)
        return _path(row)

    def of_user(
        self, organisation: str, user_id: str, *, limit: int, before: Cursor | None = None
    ) -> Sequence[SavedPath]:
        """A person's newest paths, newest first. Raises PortUnavailable."""
        query = select(table).where(table.c.organisation_id == organisation, table.c.user_id == user_id)
        if before is not None:
            query = query.where(tuple_(table.c.created_at, table.c.id) < before)
        query = query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
        with answering(), self._reads.connect() as connection:
            return [_path(row) for row in connection.execute(query).mappings()]

    def change(
        self,
        path: SavedPath,
        *,
        request: Mapping[str, Any] | None = None,
        plan: Mapping[str, Any] | None = None,
        done_weeks: Sequence[int] | None = None,
    ) -> SavedPath:
        """Change what is given. Raises PathChanged, PathNotFound and PortUnavailable."""
        changed = next_version(path, request, plan, done_weeks, self._now())
        key = (table.c.organisation_id == path.organisation) & (table.c.id == path.id)
        statement = update(table).where(key, table.c.revision == path.revision).values(_row(changed))
        with answering(), self._engine.begin() as connection:
            found = connection.execute(statement).rowcount
        if not found:
            raise path_changed(path.revision, self.get(path.organisation, path.id))
        return changed

    def delete(self, organisation: str, id_: str) -> None:
        """Keep a path no longer. Raises PathNotFound and PortUnavailable."""
        statement = delete(table).where(table.c.organisation_id == organisation, table.c.id == id_)
        with answering(), self._engine.begin() as connection:
            found = connection.execute(statement).rowcount
        if not found:
            raise path_not_found(id_)


def _row(path: SavedPath) -> dict[str, Any]:
    return {
        "organisation_id": path.organisation,
        "id": path.id,
        "user_id": path.user_id,
        "goal": path.goal,
        "request": path.request,
        "plan": path.plan,
        "done_weeks": list(path.done_weeks),
        "created_at": path.created_at,
        "updated_at": path.updated_at,
        "revision": path.revision,
    }


def _path(row: RowMapping) -> SavedPath:
    return SavedPath(
        organisation=row["organisation_id"],
        id=row["id"],
        user_id=row["user_id"],
        request=row["request"],
        plan=row["plan"],
        done_weeks=tuple(row["done_weeks"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"],
    )
