"""Saved learning paths as clients see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.place import cursor_of
from flows.catalogue.model import Catalogue
from flows.intelligence.replanning.moves import Move
from flows.intelligence.replanning.saved import Change, Replanned
from flows.saved_path import SavedPath


def path_view(path: SavedPath) -> dict[str, Any]:
    """The whole path, each week saying whether it is done."""
    weeks = [{**week, "done": week["week"] in path.done_weeks} for week in path.plan["path"]]
    parts = {name: path.plan[name] for name in ("assumedKnown", "beyondTimeframe")}
    return {**path_summary(path), **parts, "path": weeks}


def path_summary(path: SavedPath) -> dict[str, Any]:
    """The path without its weeks."""
    return {
        "id": path.id,
        "userId": path.user_id,
        **{name: path.plan[name] for name in ("goal", "catalogue", "weeks", "totalHours", "coverage")},
        "currentSkill": path.request["currentSkill"],
        "hoursPerWeek": path.request["hoursPerWeek"],
        "doneWeeks": list(path.done_weeks),
        "revision": path.revision,
        "createdAt": _time(path.created_at),
        "updatedAt": _time(path.updated_at),
    }


def list_view(paths: Sequence[SavedPath], limit: int) -> dict[str, Any]:
    """The first ``limit`` of the paths; where the list goes on after them, if it does."""
    shown = paths[:limit]
    return {
        "paths": [path_summary(path) for path in shown],
        "next": cursor_of(shown[-1].created_at, shown[-1].id) if len(paths) > limit else None,
    }


def replan_view(path: SavedPath, change: Change, made: Replanned, catalogue: Catalogue) -> dict[str, Any]:
    """The path as it is now, and what moved."""
    replan = {
        "fromWeek": change.first,
        "movedWeeks": sum(move.weeks for move in made.moves),
        "moved": [_move(move, catalogue) for move in made.moves],
        "added": list(made.added),
        "noLongerNeeded": list(made.not_needed),
    }
    return {**path_view(path), "replan": replan}


def _move(move: Move, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "id": move.skill,
        "title": catalogue.skills[move.skill].title,
        "fromWeek": move.from_week,
        "toWeek": move.to_week,
        "weeks": move.weeks,
    }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
