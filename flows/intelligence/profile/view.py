"""A person's profile as it is shown: what is known, and why."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flows.catalogue.model import Catalogue
from flows.intelligence.mastery import Mastery
from flows.intelligence.profile.features import Features, Practice


def profile_view(user_id: str, features: Features, catalogue: Catalogue) -> dict[str, Any]:
    """The profile in the words of the wire; mastery has the best known skills first.

    A skill that the catalogue does not have is shown by its id. Every sentence rests on what
    stands beside it: there is none for a person of whom nothing is known.
    """
    skills = sorted(features.mastery.items(), key=lambda item: (-item[1].level, item[0]))
    return {
        "userId": user_id,
        "events": features.events,
        "lastEventAt": _moment(features.last_event_at),
        "mastery": [_mastered(skill, seen, features, catalogue) for skill, seen in skills],
        "recentSkills": list(features.recent_skills),
        "habits": {_camel(name): value for name, value in asdict(features.habits).items()},
        "likelyGoals": [
            {
                "id": goal.id,
                "title": catalogue.goals[goal.id].title,
                "likeness": goal.likeness,
                "skills": list(goal.skills),
                "reason": f"Practised of late: {_names(goal.skills, catalogue)}.",
            }
            for goal in features.likely_goals
            if goal.id in catalogue.goals
        ],
        "errors": [
            {
                "message": error.message,
                "skill": error.skill,
                "times": error.times,
                "resolved": error.resolved,
                "lastAt": _moment(error.last_at),
            }
            for error in features.errors
        ],
    }


def _mastered(skill: str, seen: Mastery, features: Features, catalogue: Catalogue) -> dict[str, Any]:
    practice = features.practice.get(skill)
    return {
        "skill": skill,
        "title": _title(skill, catalogue),
        "level": round(seen.level, 3),
        "observations": seen.observations,
        "lastPractisedAt": _moment(practice.last_at) if practice else None,
        "why": _why(seen, practice),
        "evidence": [f"event:{id_}" for id_ in practice.evidence] if practice else [],
    }


def _why(seen: Mastery, practice: Practice | None) -> str:
    observed = f"{seen.observations} observation{'' if seen.observations == 1 else 's'}"
    if practice is None:
        return f"From {observed}; none of them is among the events that are kept at hand."
    last = f"{practice.last_at.day} {practice.last_at:%B %Y}"
    went = f"{practice.right} went right and {practice.wrong} wrong"
    return f"From {observed}; of late {went}, the last on {last}."


def _names(skills: tuple[str, ...], catalogue: Catalogue) -> str:
    titles = [_title(skill, catalogue) for skill in skills]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def _title(skill: str, catalogue: Catalogue) -> str:
    known: Mapping[str, Any] = catalogue.skills
    return known[skill].title if skill in known else skill


def _moment(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
