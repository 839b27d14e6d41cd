"""Saved learning paths on a dict, for tests and for running without a database.

It also holds the rules about versions that every store of saved paths keeps.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from flows.errors import PathNotFound
from flows.ports import Cursor
from flows.saved_path import SavedPath, path_changed


class InMemorySavedPaths:
    """SavedPaths that are gone with the process."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._paths: dict[tuple[str, str], SavedPath] = {}
        self._now, self._lock = now, Lock()

    def save(self, organisation: str, id_: str, request: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
        """Keep a path; one that is there already stays as it is."""
        path = new_path(organisation, id_, request, plan, self._now())
        with self._lock:
            self._paths.setdefault((organisation, id_), path)

    def get(self, organisation: str, id_: str) -> SavedPath:
        """A path; raises PathNotFound."""
        path = self._paths.get((organisation, id_))
        if path is None:
            raise path_not_found(id_)
        return path

    def of_user(
        self, organisation: str, user_id: str, *, limit: int, before: Cursor | None = None
    ) -> Sequence[SavedPath]:
        """A person's newest paths, newest first."""
        with self._lock:
            paths = list(self._paths.values())
        own = [path for path in paths if (path.organisation, path.user_id) == (organisation, user_id)]
        found = [path for path in own if before is None or (path.created_at, path.id) < before]
        return sorted(found, key=lambda path: (path.created_at, path.id), reverse=True)[:limit]

    def change(
        self,
        path: SavedPath,
        *,
        request: Mapping[str, Any] | None = None,
        plan: Mapping[str, Any] | None = None,
        done_weeks: Sequence[int] | None = None,
    ) -> SavedPath:
        """Change what is given. Raises PathChanged and PathNotFound."""
        with self._lock:
            there = self.get(path.organisation, path.id)
            if there.revision != path.revision:
                raise path_changed(path.revision, there)
            changed = next_version(path, request, plan, done_weeks, self._now())
            self._paths[path.organisation, path.id] = changed
            return changed

    def delete(self, organisation: str, id_: str) -> None:
        """Keep a path no longer. Raises PathNotFound."""
        with self._lock:
            if self._paths.pop((organisation, id_), None) is None:
                raise path_not_found(id_)


def new_path(
    organisation: str, id_: str, request: Mapping[str, Any], plan: Mapping[str, Any], now: datetime
) -> SavedPath:
    """A path as it is kept at first."""
    return SavedPath(
        organisation=organisation,
        id=id_,
        user_id=request["userId"],
        request=request,
        plan=plan,
        created_at=now,
        updated_at=now,
    )


def next_version(
    path: SavedPath,
    request: Mapping[str, Any] | None,
    plan: Mapping[str, Any] | None,
    done_weeks: Sequence[int] | None,
    now: datetime,
) -> SavedPath:
    """The path with what is given in place of what was."""
    return replace(
        path,
        request=path.request if request is None else request,
        plan=path.plan if plan is None else plan,
        done_weeks=path.done_weeks if done_weeks is None else tuple(done_weeks),
        updated_at=now,
        revision=path.revision + 1,
    )


def path_not_found(id_: str) -> PathNotFound:
    """The error for a path that is not there, or not the organisation's."""
    return PathNotFound(f"no saved learning path {id_}")
