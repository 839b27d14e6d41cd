"""The answer about a team, or that it is too small for one."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.catalogue.model import Catalogue
from flows.catalogue.projects import Project
from flows.intelligence.teams.insights import LEAST_PEOPLE, insights, no_insights
from flows.intelligence.teams.tally import TeamTally

TOO_SMALL = "fewer_than_three_members"
TOO_FEW_SEEN = "fewer_than_three_members_seen"


def compose(
    *,
    tally: TeamTally | None,
    size: int | None,
    training: Sequence[Mapping[str, Any]],
    project: Project,
    catalogue: Catalogue,
    expected: int | None,
) -> dict[str, Any]:
    """Insights about the members who were seen.

    ``size`` is None for a team of fewer than three, ``tally`` where fewer than three were seen;
    ``withheld`` then says so and the insights are empty. ``expected`` is the size that the
    request gave.
    """
    said = insights(tally, project, catalogue) if tally else no_insights()
    withheld = TOO_SMALL if size is None else TOO_FEW_SEEN if tally is None else None
    return {
        "teamInsights": {**said, "mandatoryTraining": list(training)},
        "members": size,
        "membersSeen": tally.seen if tally else None,
        "teamSize": expected,
        "note": _note(tally, size, expected),
        "withheld": withheld,
    }


def _note(tally: TeamTally | None, size: int | None, expected: int | None) -> str:
    """How much of the team the insights rest on; empty when that is all of it."""
    if tally is None:
        whom = "members" if size is None else "members who were observed"
        return f"Nothing is said about fewer than {LEAST_PEOPLE} {whom}."
    whole = max(size or 0, expected or 0)
    if tally.seen >= whole:
        return ""
    return f"{tally.seen} of {whole} members were seen; what is said is about these."
