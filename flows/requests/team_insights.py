"""The request of ``team_insights``: a team of an organisation, and the project that is before it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flows.catalogue.model import BUILT_IN
from flows.catalogue.nearest import nearest
from flows.errors import InvalidInput, InvalidRequest, UnknownName
from flows.intelligence.teams.project_match import ProjectMatch, built_in_matcher
from flows.ports import CatalogueLibrary, TeamRecords


def team_insights(
    organisation: str, sent: Mapping[str, Any], catalogues: CatalogueLibrary, teams: TeamRecords
) -> dict[str, Any]:
    """The request of the flow; raises InvalidRequest for an unknown project or team.

    ``organisation`` asks; ``sent["orgId"]`` is whose team it asks for, and the caller has
    checked that it may. Raises PortUnavailable.
    """
    errors: list[InvalidInput] = []
    match: ProjectMatch | None = None
    try:
        match = built_in_matcher().match(sent["project"])
    except UnknownName as error:
        errors.append(error)
    if "teamId" in sent and sent["teamId"] not in (known := teams.teams(sent["orgId"])):
        errors.append(UnknownName("team", sent["teamId"], nearest(sent["teamId"], known), field="teamId"))
    if errors or match is None:
        raise InvalidRequest(errors)
    catalogue = catalogues.get(organisation, BUILT_IN)
    return {
        "organisation": organisation,
        "orgId": sent["orgId"],
        "project": _project(sent["project"], match),
        "catalogue": catalogue.name,
        "catalogueRevision": catalogue.revision,
        **{name: sent[name] for name in ("teamId", "teamSize") if name in sent},
    }


def _project(asked: str, match: ProjectMatch) -> dict[str, Any]:
    """The kind itself, and not its name: what it needs is part of what makes requests equal."""
    kind = asdict(match.project) | {"words": [], "skills": dict(match.project.skills)}
    return {"asked": asked, "by": match.by, "score": match.score, "kind": kind}
