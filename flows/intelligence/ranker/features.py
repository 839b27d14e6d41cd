"""Named features of an item for a person, each 0 to 1 and better when larger.

- ``relevance``: how surely the sources name it, joined by noisy-or (Pearl 1988): each source is
  an independent reason that holds with its score times the trust in the source;
- ``need``: what its skill is worth to the goal, times what is missing of its mastery;
- ``readiness``: how near the chance of success is to ``BEST_SUCCESS``: too easy teaches nothing,
  too hard frustrates (desirable difficulties, Bjork 1994; for machines and rats the best rate of
  success is about .85, Wilson et al. 2019, and for people at work we aim lower);
- ``freshness``: 1 until it was shown or turned down, then rising again with time;
- ``session``: how lately its skill was touched in this session;
- ``evidence``: how many pieces of evidence it rests on, each adding half of what is missing.

An item without a skill has no need and no session, and half a readiness: nothing speaks for or
against it.
"""

from collections.abc import Callable, Mapping
from math import prod

from flows.intelligence.ranker.item import Item
from flows.intelligence.ranker.person import Person

BEST_SUCCESS = 0.7
NEUTRAL = 0.5
SESSION_FADING = 0.7  #: What a skill of the session counts of the one touched after it.
SEEN_HALF_LIFE_DAYS = 3.0
DISMISSED_HALF_LIFE_DAYS = 30.0

#: How far each source is to be believed when it is wholly sure. Judgements: what fits the error at
#: hand or worked before says most, what is merely popular least.
TRUST: Mapping[str, float] = {
    "errors": 0.95,
    "memory": 0.9,
    "patterns": 0.7,
    "collaborative": 0.6,
    "content": 0.5,
    "goal": 0.5,
    "catalogue": 0.4,
    "popular": 0.2,
}


def relevance(item: Item, trust: Mapping[str, float]) -> float:
    """Chance that at least one source is right."""
    return 1 - prod(1 - trust[source] * score for source, score in item.sources.items())


def need(item: Item, person: Person) -> float:
    """What is missing towards the goal."""
    if item.skill is None:
        return 0.0
    return person.goal.get(item.skill, 0.0) * (1 - person.level(item.skill))


def readiness(item: Item, person: Person) -> float:
    """1 where the chance of success is best, falling in a straight line to 0 at 0 and at 1."""
    if item.skill is None:
        return NEUTRAL
    chance = person.success_chance(item.skill)
    return min(chance / BEST_SUCCESS, (1 - chance) / (1 - BEST_SUCCESS), 1.0)


def freshness(item: Item, person: Person) -> float:
    """Half of what was lost comes back in each half-life."""
    fresh = 1.0
    for ages, half_life in (
        (person.seen, SEEN_HALF_LIFE_DAYS),
        (person.dismissed, DISMISSED_HALF_LIFE_DAYS),
    ):
        if item.id in ages:
            fresh *= 1 - 0.5 ** (max(ages[item.id], 0.0) / half_life)
    return fresh


def session(item: Item, person: Person) -> float:
    """1 for the skill at hand, less for those touched before it."""
    skills = list(person.session)
    return SESSION_FADING ** skills.index(item.skill) if item.skill in skills else 0.0


def evidence(item: Item, person: Person) -> float:
    """0 without evidence, .5 with one piece, .75 with two."""
    return 1 - 0.5 ** len({piece.id for piece in item.evidence})


#: The features that need no settings, by name.
OF_ITEM_AND_PERSON: Mapping[str, Callable[[Item, Person], float]] = {
    "need": need,
    "readiness": readiness,
    "freshness": freshness,
    "session": session,
    "evidence": evidence,
}
FEATURES = ("relevance", *OF_ITEM_AND_PERSON)


def features(item: Item, person: Person, trust: Mapping[str, float] = TRUST) -> dict[str, float]:
    """All features by name. ``trust`` covers every source of the item."""
    found = {"relevance": relevance(item, trust)}
    for name, feature in OF_ITEM_AND_PERSON.items():
        found[name] = feature(item, person)
    return found
