"""What to do or ask next: from a person's own patterns, then their organisation's, then everyone's.

The score estimates the probability that the person turns to the thing soon. Estimates go from the
specific to the general, interpolated as language models are (Jelinek-Mercer with Dirichlet weights,
Zhai & Lafferty 2004): what a scope has seen n times is believed with n / (n + shrinkage), and the
rest is left to the next, at last to what is popular.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from flows.intelligence.patterns.model import Key, Pattern, PatternKind, Scope
from flows.intelligence.patterns.step import TYPES, item_of, step_of
from flows.intelligence.patterns.table import PatternTable
from flows.intelligence.patterns.track import Visit, item_track, skill_track
from flows.signals.events import Event, Kind

#: Chosen on the MARS course log, by leaving out the item before each person's last.
SHRINKAGE = 5.0  #: Opportunities that what is left to the next counts as;
SHRINKAGE_OF_TWO = 40.0  #: the same for an antecedent of two: what it adds to the last one is little.
LOOK_BACK = 5  #: Visits that are looked at,
FADING = 0.5  #: each counting this much of the one after it.

#: How the kinds that speak of skills are mixed, and how many visits each looks back at.
SKILL_KINDS = {
    PatternKind.SKILL_SEQUENCE: (0.5, LOOK_BACK),
    PatternKind.SKILL_TRANSITION: (0.25, 1),
    PatternKind.SKILLS_TOGETHER: (0.25, LOOK_BACK),
}
MOST_CONSEQUENTS = 30  #: Of one antecedent, the most frequent; bounds the time it takes,
LEAST_WEIGHT = 0.01  #: as does that what is left under this is not passed on.
FINISHED = (Kind.PROMPT_ACCEPTED, Kind.PROMPT_DISMISSED, Kind.EXERCISE_SOLVED, Kind.COURSE_COMPLETED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing to do next: its type (one of ``TYPES``), its id, its score, 0 to 1, and why.

    ``pattern`` is the one that adds most to the score.
    """

    type: str
    id: str
    score: float
    pattern: Pattern


def candidates(
    patterns: Sequence[PatternTable],
    history: Iterable[Event],
    limit: int,
    *,
    types: Collection[str] = TYPES,
    people: int = 3,
) -> list[Candidate]:
    """At most ``limit`` things to do next, the likeliest first.

    ``patterns`` go from the person's own to the widest, ``history`` holds recent events of the
    person in any order. Patterns of fewer than ``people`` people are used for nobody else. What is
    at hand is no candidate, nor are items that the history has as finished or dismissed.
    """
    events = list(history)
    steps = sorted(step for event in events if (step := step_of(event)))
    items, skills = item_track(steps), skill_track(steps)
    votes = _Votes(patterns, people)
    if "skill" in types:
        for kind, (weight, look_back) in SKILL_KINDS.items():
            votes.count(kind, skills[-look_back:], weight)
    if any(name != "skill" for name in types):
        votes.count(PatternKind.ITEM_SEQUENCE, items[-LOOK_BACK:], 1.0)
    out = {visit.name for visit in (*items[-1:], *skills[-1:])}
    out |= {item_of(event) for event in events if _is_finished(event)}
    return votes.best(limit, types, out)


def _is_finished(event: Event) -> bool:
    return event.kind in FINISHED or (event.kind is Kind.QUIZ_ANSWERED and event.success is True)


_Source = tuple[PatternTable, PatternKind, Key]


class _Votes:
    """Adds up what patterns say of each thing."""

    def __init__(self, patterns: Sequence[PatternTable], people: int) -> None:
        self._patterns = patterns
        self._people = people
        self._scores: dict[str, float] = {}
        self._strongest: dict[str, tuple[float, _Source]] = {}

    def count(self, kind: PatternKind, visits: Sequence[Visit], weight: float) -> None:
        """Share out ``weight`` among what patterns of a kind say comes after the visits."""
        names = [visit.name for visit in reversed(visits)]
        whole = sum(FADING**place for place in range(len(names)))
        left = 0.0 if names else weight
        for place, name in enumerate(names):
            share = weight * FADING**place / whole
            before = names[place + 1 : place + 2]
            for table in self._patterns:
                share = self._vote(table, kind, (*before, name), share)
                share = self._vote(table, kind, (name,), share) if before else share
            left += share
        for table in self._patterns:
            left = self._vote(table, kind, (), left)

    def _vote(self, table: PatternTable, kind: PatternKind, antecedent: Key, weight: float) -> float:
        """Share out as much of the weight as the antecedent is known; returns what is left of it."""
        if weight < LEAST_WEIGHT:
            return 0.0
        shrinkage = SHRINKAGE_OF_TWO if len(antecedent) == 2 else SHRINKAGE
        opportunities, consequents = table.after(kind, antecedent)
        believed = opportunities + shrinkage
        least = 0 if table.scope is Scope.OWN else self._people
        source = (table, kind, antecedent)
        for name, seen in consequents[:MOST_CONSEQUENTS]:
            if seen.people >= least:
                vote = weight * seen.times / believed
                if name not in self._scores:
                    self._scores[name] = vote
                    self._strongest[name] = (vote, source)
                else:
                    self._scores[name] += vote
                    if vote > self._strongest[name][0]:
                        self._strongest[name] = (vote, source)
        return weight * shrinkage / believed

    def best(self, limit: int, types: Collection[str], out: Collection[str]) -> list[Candidate]:
        """The best of the types, less what is out."""
        ranked = sorted(self._scores, key=lambda name: (-self._scores[name], name))
        fitting = (name for name in ranked if name not in out and name.partition(":")[0] in types)
        return [self._candidate(name) for name in islice(fitting, limit)]

    def _candidate(self, name: str) -> Candidate:
        _, (table, kind, antecedent) = self._strongest[name]
        found_type, _, thing = name.partition(":")
        return Candidate(found_type, thing, self._scores[name], table.pattern(kind, antecedent, name))
