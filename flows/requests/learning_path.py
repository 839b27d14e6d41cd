"""From what a client sent to what a flow works on: names resolved, defaults filled, nothing else.

The request of a flow is part of its fingerprint, so equal wishes must come out equal.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flows.catalogue.model import BUILT_IN, Catalogue
from flows.catalogue.nearest import nearest
from flows.errors import InvalidInput, InvalidRequest, UnknownName
from flows.intelligence.timeframe import weeks_in
from flows.ports import CatalogueLibrary

DEFAULT_HOURS_PER_WEEK = 6.0


def learning_path(organisation: str, sent: Mapping[str, Any], catalogues: CatalogueLibrary) -> dict[str, Any]:
    """The request of the ``learning_path`` flow; raises InvalidRequest with all that is wrong."""
    errors: list[InvalidInput] = []
    weeks = 0
    try:
        weeks = weeks_in(sent["timeframe"])
    except InvalidInput as error:
        errors.append(error)
    try:
        catalogue = catalogues.get(organisation, sent.get("catalogue", BUILT_IN))
    except UnknownName as error:
        raise InvalidRequest([*errors, error]) from None
    errors += _unknown_goal(catalogue, sent["goal"])
    errors += _unknown_skills(catalogue, sent.get("knownSkills") or ())
    if errors:
        raise InvalidRequest(errors)
    request = {
        "organisation": organisation,
        "userId": sent["userId"],
        "currentSkill": sent["currentSkill"],
        "goal": sent["goal"],
        "weeks": weeks,
        "hoursPerWeek": float(sent.get("hoursPerWeek", DEFAULT_HOURS_PER_WEEK)),
        "catalogue": catalogue.name,
        "catalogueRevision": catalogue.revision,
    }
    if sent.get("knownSkills") is not None:
        request["knownSkills"] = sorted(set(sent["knownSkills"]))
    return request


def _unknown_goal(catalogue: Catalogue, goal: str) -> list[InvalidInput]:
    try:
        catalogue.goal(goal)
    except UnknownName as error:
        return [error]
    return []


def _unknown_skills(catalogue: Catalogue, skills: Iterable[str]) -> list[InvalidInput]:
    return [
        UnknownName("skill", skill_id, nearest(skill_id, catalogue.skills), field=f"knownSkills/{index}")
        for index, skill_id in enumerate(skills)
        if skill_id not in catalogue.skills
    ]
