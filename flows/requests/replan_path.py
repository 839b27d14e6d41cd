"""What a client wants to be different about the rest of a path."""

from collections.abc import Mapping
from typing import Any

from flows.errors import InvalidInput
from flows.intelligence.replanning.saved import Change
from flows.intelligence.timeframe import weeks_in
from flows.saved_path import SavedPath


def replan_path(path: SavedPath, sent: Mapping[str, Any]) -> Change:
    """The change, with what was not sent as it was; raises InvalidInput.

    The first week to plan is the one after the last that is done. Weeks before it that are not
    done are given up, and what was in them is planned anew.
    """
    done = max(path.done_weeks, default=0)
    weeks = weeks_in(sent["timeframe"]) if "timeframe" in sent else path.request["weeks"]
    if weeks < done:
        raise InvalidInput(f"must reach to week {done}, which is done", field="timeframe")
    first = sent.get("fromWeek", done + 1)
    if first <= done:
        raise InvalidInput(f"must come after week {done}, which is done", field="fromWeek")
    if "fromWeek" in sent and first > weeks:
        raise InvalidInput(f"must be one of the {weeks} weeks of the path", field="fromWeek")
    hours = float(sent.get("hoursPerWeek", path.request["hoursPerWeek"]))
    return Change(first=first, weeks=weeks, hours_per_week=hours)
