"""A learning path that is kept, and the weeks of it that are done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.errors import InvalidInput, InvalidRequest, PathChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPath:
    """A path as it is kept.

    ``id`` is the decision id of the answer that it was saved from. ``request`` is the request of
    the ``learning_path`` flow and ``plan`` the answer, both as they are now: planning anew changes
    them. ``done_weeks`` rises. ``revision`` counts the versions, from 1.
    """

    organisation: str
    id: str
    user_id: str
    request: Mapping[str, Any]
    plan: Mapping[str, Any]
    done_weeks: tuple[int, ...] = ()
    created_at: datetime
    updated_at: datetime
    revision: int = 1

    @property
    def goal(self) -> str:
        """The id of the goal or skill that it leads to."""
        return str(self.request["goal"])


def done_weeks(path: SavedPath, weeks: Sequence[int]) -> tuple[int, ...]:
    """The weeks as a path keeps them; raises InvalidRequest for those that it does not have."""
    there = {week["week"] for week in path.plan["path"]}
    missing: list[InvalidInput] = [
        InvalidInput(f"the path has no week {week}", field=f"doneWeeks/{index}")
        for index, week in enumerate(weeks)
        if week not in there
    ]
    if missing:
        raise InvalidRequest(missing)
    return tuple(sorted(set(weeks)))


def expect_revision(path: SavedPath, revision: int | None) -> None:
    """Raises PathChanged when a client that says what it has read has read another version."""
    if revision not in (None, path.revision):
        raise path_changed(revision, path)


def path_changed(revision: int | None, there: SavedPath) -> PathChanged:
    """The error for a path that is not at the revision at which it was read."""
    return PathChanged(f"the path is at revision {there.revision} and not at {revision}: read it again")
