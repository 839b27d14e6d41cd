"""A batch of learning paths: who is in it, and what their requests have in common."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.catalogue.model import BUILT_IN
from flows.catalogue.nearest import nearest
from flows.errors import InvalidInput, InvalidRequest, UnknownName
from flows.intelligence.timeframe import weeks_in
from flows.ports import CatalogueLibrary, TeamRecords

#: What all members' requests have in common, as it was sent.
IN_COMMON = ("orgId", "teamId", "goal", "currentSkill", "timeframe", "hoursPerWeek", "catalogue")


@dataclass(frozen=True, slots=True)
class PathsForMany:
    """People in the order in which they are planned for, and the goals of those who have one of their own."""

    in_common: Mapping[str, Any]
    user_ids: Sequence[str]
    goals: Mapping[str, str]


def learning_path_batch(
    organisation: str,
    sent: Mapping[str, Any],
    catalogues: CatalogueLibrary,
    teams: TeamRecords,
    most_members: int,
) -> PathsForMany:
    """The people and what is asked for them; raises InvalidRequest with all that is wrong for everybody.

    ``organisation`` asks; ``sent["orgId"]`` is whose people it asks for, and the caller has checked that it
    may. What is wrong for one person, such as a goal of their own, shows when their turn comes. Raises
    PortUnavailable.
    """
    errors, user_ids = _people(sent, teams, most_members)
    goals = sent.get("goalByUser", {})
    errors += _strangers(goals, user_ids) if user_ids else []
    errors += _without_goal(sent, goals, user_ids)
    errors += _no_time(sent["timeframe"])
    errors += _unknown_names(organisation, sent, catalogues)
    if errors:
        raise InvalidRequest(errors)
    return PathsForMany({name: sent[name] for name in IN_COMMON if name in sent}, user_ids, goals)


def _people(
    sent: Mapping[str, Any], teams: TeamRecords, most: int
) -> tuple[list[InvalidInput], Sequence[str]]:
    if ("teamId" in sent) == ("userIds" in sent):
        return [InvalidInput("give either teamId or userIds", field="teamId")], ()
    if "userIds" in sent:
        return list(_repeated(sent["userIds"])), sent["userIds"]
    organisation, team_id = sent["orgId"], sent["teamId"]
    if team_id not in (known := teams.teams(organisation)):
        return [UnknownName("team", team_id, nearest(team_id, known), field="teamId")], ()
    members = teams.members(organisation, team_id)
    if not 1 <= len(members) <= most:
        return [InvalidInput(f"has {len(members)} members; 1 to {most} can be asked for", field="teamId")], ()
    return [], members


def _repeated(user_ids: Sequence[str]) -> Iterable[InvalidInput]:
    first: dict[str, int] = {}
    for index, user_id in enumerate(user_ids):
        if first.setdefault(user_id, index) != index:
            yield InvalidInput(f"is userIds/{first[user_id]} again", field=f"userIds/{index}")


def _strangers(goals: Mapping[str, str], user_ids: Sequence[str]) -> list[InvalidInput]:
    people = set(user_ids)
    return [
        InvalidInput("is not among those asked for", field=f"goalByUser/{_escaped(user_id)}")
        for user_id in goals
        if user_id not in people
    ]


def _without_goal(
    sent: Mapping[str, Any], goals: Mapping[str, str], user_ids: Sequence[str]
) -> list[InvalidInput]:
    if "goal" in sent:
        return []
    without = sum(user_id not in goals for user_id in user_ids)
    if user_ids and not without:
        return []
    detail = f"must be given: {without} of {len(user_ids)} have no goal of their own"
    return [InvalidInput(detail if user_ids and goals else "must be given", field="goal")]


def _no_time(timeframe: str) -> list[InvalidInput]:
    try:
        weeks_in(timeframe)
    except InvalidInput as error:
        return [error]
    return []


def _unknown_names(
    organisation: str, sent: Mapping[str, Any], catalogues: CatalogueLibrary
) -> list[InvalidInput]:
    try:
        catalogue = catalogues.get(organisation, sent.get("catalogue", BUILT_IN))
        if "goal" in sent:
            catalogue.goal(sent["goal"])
    except UnknownName as error:
        return [error]
    return []


def _escaped(name: str) -> str:
    """A name as part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
