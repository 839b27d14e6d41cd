"""What the recommender learns from in our own data: who turned to what, by events and catalogue.

Things are typed as patterns have them: ``skill:react-hooks``, ``course:react-101``. Only what enough
people have turned to is learned from, so that no neighbour list tells what one person did.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.catalogue.model import Catalogue
from flows.intelligence.catalogue_things import skill_of, title_of
from flows.intelligence.patterns.step import item_of
from flows.intelligence.recommender.interactions import Interaction, Item
from flows.signals.events import Event, Kind

PEOPLE = 3  #: Who have to have turned to a thing before anything is learned from it.
MOST_ITEMS = 600  #: Beside the skills; bounds the time and the memory of a training.

BEGUN, DONE = 0.5, 1.0  #: How seriously somebody turned to a thing: a judgement, not a measurement.
STRENGTHS = {
    Kind.CODE_WRITTEN: BEGUN,
    Kind.PROMPT_USED: BEGUN,
    Kind.PROMPT_ACCEPTED: DONE,
    Kind.EXERCISE_ATTEMPTED: BEGUN,
    Kind.EXERCISE_SOLVED: DONE,
    Kind.COURSE_STARTED: BEGUN,
    Kind.COURSE_COMPLETED: DONE,
    Kind.QUIZ_ANSWERED: DONE,
}


def interactions_of(event: Event) -> Iterator[Interaction]:
    """The skill and the item that the person turned to; nothing for a session, an error, a dismissal."""
    strength = STRENGTHS.get(event.kind)
    if strength is not None:
        things = (f"skill:{event.skill}" if event.skill else "", item_of(event))
        for thing in filter(None, things):
            yield Interaction(event.user_id, thing, event.at.timestamp(), strength)


@dataclass(frozen=True, slots=True)
class Past:
    """Typed things of one person: those turned to, oldest first, and those dismissed."""

    turned_to: Sequence[str]
    dismissed: Collection[str]


def past_of(history: Iterable[Event]) -> Past:
    """What the recommender is asked with, from a person's events in any order."""
    events = sorted(history, key=lambda event: (event.at, event.id))
    turned_to = [one.item for event in events for one in interactions_of(event)]
    dismissed = {item_of(event) for event in events if event.kind is Kind.PROMPT_DISMISSED}
    return Past(turned_to, dismissed - {""})


def learnable(interactions: Sequence[Interaction]) -> list[Interaction]:
    """Those with skills and items that at least ``PEOPLE`` people turned to."""
    audience: defaultdict[str, set[str]] = defaultdict(set)
    for one in interactions:
        audience[one.item].add(one.user)
    return [one for one in interactions if len(audience[one.item]) >= PEOPLE]


def items_of(catalogue: Catalogue, interactions: Iterable[Interaction]) -> list[Item]:
    """What can be recommended, in sequence: each skill and behind it its items, then all others.

    Of items beside the skills the ``MOST_ITEMS`` with the most interactions.
    """
    popular = Counter(one.item for one in interactions if not one.item.startswith("skill:"))
    behind: defaultdict[str, list[str]] = defaultdict(list)
    for item in sorted(popular, key=lambda item: (-popular[item], item))[:MOST_ITEMS]:
        behind[skill_of(catalogue, item) or ""].append(item)
    found: list[Item] = []
    for skill_id in catalogue.skills:
        found.append(_item(catalogue, f"skill:{skill_id}"))
        found += [_item(catalogue, item) for item in sorted(behind[skill_id], key=_natural)]
    return found + [_item(catalogue, item) for item in sorted(behind[""], key=_natural)]


def _item(catalogue: Catalogue, thing: str) -> Item:
    skill = catalogue.skills.get(skill_of(catalogue, thing) or "")
    title = title_of(catalogue, thing) or thing.partition(":")[2]
    if skill is None:
        return Item(thing, title)
    tags = (skill.id, skill.area, *skill.prerequisites)
    text = " ".join((skill.title, skill.summary))
    return Item(thing, title, text, tags, skill.level)


def _natural(item: str) -> tuple[str, int, str]:
    """``prompt:go/2`` before ``prompt:go/10``."""
    stem = item.rstrip("0123456789")
    number = item[len(stem) :]
    return stem, int(number) if number else 0, item


def by_type(items: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Typed things by their type."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for item in items:
        found[item.partition(":")[0]].add(item)
    return {name: frozenset(things) for name, things in found.items()}
