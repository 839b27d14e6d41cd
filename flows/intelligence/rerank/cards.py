"""Candidates and the person in the few words that a model gets of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.catalogue.model import Catalogue
from flows.intelligence.profile.features import Features
from flows.intelligence.ranker.item import Item
from flows.intelligence.rerank.text import clean, line

KNOWN_LEVEL = 0.7
MOST_SKILLS = 4
TITLE_TOKENS = 14  #: Of a candidate's 20: what is said after it is short.
ERROR_TOKENS = 40
CONTEXT_TOKENS = 60


def asked_of(request: Mapping[str, Any]) -> str:
    """What the person says: the context, then the errors; empty when nothing."""
    said = [line(str(request.get("context") or ""), CONTEXT_TOKENS)]
    said += [line(str(error), ERROR_TOKENS) for error in request.get("recentErrors") or ()]
    return "; ".join(part for part in said if part)


def words_of(request: Mapping[str, Any]) -> int:
    """How many words the person says, before anything is cut."""
    said = [str(request.get("context") or ""), *map(str, request.get("recentErrors") or ())]
    return sum(len(part.split()) for part in said)


def query_of(request: Mapping[str, Any], features: Features, catalogue: Catalogue) -> str:
    """The person in one line: what they ask, their goal, what they know, what they were at lately."""
    known = sorted(
        (skill for skill, seen in features.mastery.items() if seen.level >= KNOWN_LEVEL),
        key=lambda skill: (-features.mastery[skill].level, skill),
    )
    parts = {
        "asks": asked_of(request),
        "goal": _goal(request.get("goal"), catalogue),
        "knows": _titles(known, catalogue),
        "lately": _titles(features.recent_skills, catalogue),
    }
    return ". ".join(f"{name} {said}" for name, said in parts.items() if said)


def card_of(item: Item, catalogue: Catalogue) -> str:
    """A candidate: its title, type, skill and minutes, as far as they are known."""
    skill = catalogue.skills.get(item.skill or "")
    said = skill.title if skill and skill.title != item.title else ""
    minutes = f"{item.minutes} min" if item.minutes else ""
    return ", ".join(part for part in (line(item.title, TITLE_TOKENS), item.type, said, minutes) if part)


def _goal(name: str | None, catalogue: Catalogue) -> str:
    found = catalogue.goals.get(name or "") or catalogue.skills.get(name or "")
    return clean(found.title) if found else ""


def _titles(skills: Sequence[str], catalogue: Catalogue) -> str:
    known = [catalogue.skills[skill].title for skill in skills if skill in catalogue.skills]
    return ", ".join(map(clean, known[:MOST_SKILLS]))
