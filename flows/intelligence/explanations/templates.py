"""The sentences there are, each for one kind of evidence.

A template has slots, and a slot is filled from the facts of one piece of evidence. When a fact is
missing the slot stays empty and the sentence is not said; then the next template of that kind is
tried. Facts by kind (those in brackets may be missing):

- ``error``: ``cause``, (``title`` of the error);
- ``memory``: ``at`` (ISO 8601), ``solved``, (``title``), (``scope``: own, team, organisation);
- ``pattern``: ``then``, ``after`` (titles), ``people``, ``of`` (people) or ``support`` and
  ``opportunities`` (times), (``scope``: own, organisation, overall);
- ``resolution`` of an error: ``support`` and ``opportunities`` (times), ``people``, ``scope``;
- ``mastery``: ``title``, ``level``, ``observations``;
- ``prerequisite``: ``title`` of the prerequisite, ``unlocks`` (title), ``level``, ``observations``;
- ``goal``: ``title`` of the skill, ``goal`` (its title) with ``weight``, or ``leadsTo`` (title);
- ``session``: ``title`` of the skill;
- ``contract``: ``title``, ``days`` left, ``expires`` (ISO 8601); ``seats``: ``title``, ``seats``;
- ``history``: ``title`` of what the person turned to before;
- ``review``: ``title``, (``practised``: ISO 8601);
- ``popular``: ``people``, (``days`` that were counted).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from flows.intelligence.explanations.words import (
    FEWEST_PEOPLE,
    Facts,
    count,
    counted,
    day,
    sentence,
    share,
    text,
)
from flows.intelligence.known import MASTERED_LEVEL, WEAK_LEVEL
from flows.intelligence.path_reasons import CORE_WEIGHT

MARKED = ("?.", "!.", "....")  #: A text that ends with a mark of its own needs no full stop.

Slot = Callable[[Facts, date | None], str | None]


@dataclass(frozen=True, slots=True)
class Template:
    """``text`` with slots in braces; it is used where ``holds`` is true of the facts."""

    text: str
    slots: Mapping[str, Slot]
    holds: Callable[[Facts], bool] = field(default=lambda facts: True)

    def sentence(self, facts: Facts, today: date | None) -> str | None:
        """The sentence, None when it does not hold or a slot stays empty."""
        if not self.holds(facts):
            return None
        filled = {name: slot(facts, today) for name, slot in self.slots.items()}
        if None in filled.values():
            return None
        line = self.text.format_map(filled)
        return line[:-1] if line.endswith(MARKED) else line


def said(name: str) -> Slot:
    """A text within a sentence."""
    return lambda facts, today: text(facts, name)


def opening(name: str) -> Slot:
    """A text that begins a sentence."""
    return lambda facts, today: sentence(facts, name)


def dated(name: str) -> Slot:
    """A date."""
    return lambda facts, today: day(facts, name, today)


def number(name: str, one: str, many: str, least: int = 1) -> Slot:
    """A number of things."""
    return lambda facts, today: counted(count(facts, name, least), one, many)


def level(facts: Facts, today: date | None) -> str | None:
    """A mastery with two decimals."""
    return share(facts, "level")


def _level_is(least: float, below: float) -> Callable[[Facts], bool]:
    """Whether the level as it is shown is within bounds."""

    def holds(facts: Facts) -> bool:
        shown = share(facts, "level")
        return shown is not None and least <= float(shown) < below

    return holds


def _enough_people(facts: Facts) -> bool:
    people = count(facts, "people", FEWEST_PEOPLE)
    return people is not None and facts.get("scope") != "own"


def _part_of_all(facts: Facts) -> bool:
    people, of = count(facts, "people"), count(facts, "of")
    return _enough_people(facts) and people is not None and of is not None and people <= of


def _times_add_up(facts: Facts) -> bool:
    support, times = count(facts, "support", 1), count(facts, "opportunities", 1)
    return support is not None and times is not None and support <= times


def _weighs(facts: Facts, least: float, below: float) -> bool:
    weight = facts.get("weight")
    return isinstance(weight, int | float) and least <= weight < below


TITLE = {"title": opening("title")}
SEEN = {"level": level, "observations": number("observations", "observation", "observations")}
OPPORTUNITIES = {
    "then": opening("then"),
    "after": said("after"),
    "support": lambda facts, today: str(facts["support"]),
    "times": number("opportunities", "time", "times"),
}
FAR = 1e9  #: Beyond any level or weight.
WHO = {"own": "You", "team": "Someone in your team", "organisation": "A colleague"}


def _memories() -> tuple[Template, ...]:
    """The person's own first, then those of others, each with and without its title."""
    found = []
    for scope, who in WHO.items():
        for solved, did in ((True, "fixed"), (False, "met")):

            def holds(facts: Facts, scope: str = scope, solved: bool = solved) -> bool:
                return facts.get("scope", "own") == scope and facts.get("solved") is solved

            found.append(
                Template(
                    f"{who} {did} this on {{at}}: {{title}}.",
                    {"at": dated("at"), "title": said("title")},
                    holds,
                )
            )
            found.append(Template(f"{who} {did} this on {{at}}.", {"at": dated("at")}, holds))
    return tuple(found)


#: By kind, the richest template first.
TEMPLATES: Mapping[str, tuple[Template, ...]] = {
    "error": (
        Template("{title}: {cause}.", {"title": opening("title"), "cause": said("cause")}),
        Template("{cause}.", {"cause": opening("cause")}),
    ),
    "memory": _memories(),
    "pattern": (
        Template(
            "{people} of {of} people who did {after} went on to {then}.",
            {
                "people": lambda facts, today: str(facts["people"]),
                "of": lambda facts, today: str(facts["of"]),
                "after": said("after"),
                "then": said("then"),
            },
            _part_of_all,
        ),
        Template(
            "{then} followed {after} {support} of {times}, for {people}.",
            OPPORTUNITIES | {"people": number("people", "person", "people")},
            lambda facts: _enough_people(facts) and _times_add_up(facts),
        ),
        Template(
            "{then} followed {after} {support} of {times} in your own work.",
            OPPORTUNITIES,
            lambda facts: facts.get("scope") == "own" and _times_add_up(facts),
        ),
    ),
    "resolution": (
        Template(
            "This resolved the same error {support} of {times} that you tried it.",
            {"support": lambda facts, today: str(facts["support"]), "times": OPPORTUNITIES["times"]},
            lambda facts: facts.get("scope") == "own" and _times_add_up(facts),
        ),
        Template(
            "This resolved the same error {support} of {times}, for {people}.",
            {
                "support": lambda facts, today: str(facts["support"]),
                "times": OPPORTUNITIES["times"],
                "people": number("people", "person", "people"),
            },
            lambda facts: _enough_people(facts) and _times_add_up(facts),
        ),
    ),
    "mastery": (
        Template(
            "Your mastery of {title} is low: {level} from {observations}.",
            {"title": said("title"), **SEEN},
            _level_is(0, WEAK_LEVEL),
        ),
        Template(
            "Your mastery of {title} is high: {level} from {observations}.",
            {"title": said("title"), **SEEN},
            _level_is(MASTERED_LEVEL, FAR),
        ),
        Template(
            "Your mastery of {title} is {level} from {observations}.",
            {"title": said("title"), **SEEN},
        ),
    ),
    "prerequisite": (
        Template(
            "You are ready for {unlocks}: you know {title}, with a mastery of {level} from {observations}.",
            {"unlocks": said("unlocks"), "title": said("title"), **SEEN},
            _level_is(MASTERED_LEVEL, FAR),
        ),
        Template(
            "{unlocks} builds on {title}, where your mastery is {level} from {observations}.",
            {"unlocks": opening("unlocks"), "title": said("title"), **SEEN},
        ),
    ),
    "goal": (
        Template(
            "{title} is a core skill of the goal {goal}.",
            TITLE | {"goal": said("goal")},
            lambda facts: _weighs(facts, CORE_WEIGHT, FAR),
        ),
        Template(
            "{title} is a skill of the goal {goal}.",
            TITLE | {"goal": said("goal")},
            lambda facts: _weighs(facts, 0, CORE_WEIGHT),
        ),
        Template("{title} is needed for {leadsTo}.", TITLE | {"leadsTo": said("leadsTo")}),
    ),
    "session": (Template("You worked on {title} in this session.", {"title": said("title")}),),
    "contract": (
        Template(
            "Your access to {title} ends today.",
            {"title": said("title")},
            lambda facts: count(facts, "days") == 0,
        ),
        Template(
            "Your access to {title} ends in {days}, on {expires}.",
            {"title": said("title"), "days": number("days", "day", "days"), "expires": dated("expires")},
        ),
        Template(
            "Your access to {title} ends in {days}.",
            {"title": said("title"), "days": number("days", "day", "days")},
        ),
    ),
    "seats": (
        Template(
            "{seats} left for {title}.",
            {"seats": number("seats", "seat is", "seats are"), "title": said("title")},
        ),
    ),
    "history": (Template("This often goes with {title}, which you turned to.", {"title": said("title")}),),
    "review": (
        Template(
            "You last practised {title} on {practised}, and a review is due.",
            {"title": said("title"), "practised": dated("practised")},
        ),
        Template("A review of {title} is due.", {"title": said("title")}),
    ),
    "popular": (
        Template(
            "{people} took this up in the last {days}.",
            {"people": number("people", "person", "people"), "days": number("days", "day", "days", least=2)},
            _enough_people,
        ),
        Template("{people} took this up.", {"people": number("people", "person", "people")}, _enough_people),
    ),
}
