"""The person that items are ranked for, from what is known about them."""

from collections.abc import Mapping
from datetime import datetime

from flows.catalogue.model import Catalogue
from flows.intelligence.profile.features import Features
from flows.intelligence.profile.session import SessionContext
from flows.intelligence.ranker.person import Person
from flows.signals.events import Kind

DAY_S = 86_400
SEEN = frozenset({Kind.PROMPT_USED, Kind.PROMPT_ACCEPTED, Kind.EXERCISE_SOLVED, Kind.COURSE_COMPLETED})


def person_of(
    features: Features,
    session: SessionContext | None,
    goal: Mapping[str, float],
    catalogue: Catalogue,
    now: datetime,
) -> Person:
    """The person as the ranker sees them; ``goal`` is the worth of skills to their goals."""
    return Person(
        mastery=features.mastery,
        goal=goal,
        prerequisites={skill.id: skill.prerequisites for skill in catalogue.skills.values()},
        session=session.skills if session else (),
        seen=_ages(features, SEEN, now),
        dismissed=_ages(features, frozenset({Kind.PROMPT_DISMISSED}), now),
    )


def _ages(features: Features, kinds: frozenset[Kind], now: datetime) -> dict[str, float]:
    return {
        item: max(0.0, (now - fate.at).total_seconds() / DAY_S)
        for item, fate in features.items.items()
        if fate.kind in kinds
    }
