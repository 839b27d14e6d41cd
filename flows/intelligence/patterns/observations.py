"""What one person's steps say about patterns of skills and items: what was seen, and what with it.

An observation is an antecedent with all that came after it once: ``ANY``, which counts the
opportunity, and the consequents. Counted over people under antecedent + consequent,

- ``(x, y)`` over ``(x, ANY)`` is the confidence of x -> y,
- ``(y,)`` over ``(ANY,)``, with the empty antecedent, is what is to be expected of y after anything.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from flows.intelligence.patterns.model import Key
from flows.intelligence.patterns.step import Step
from flows.intelligence.patterns.track import Visit, Window, ahead, skill_track

ANY = ""
MOST_SKILLS_OF_A_SESSION = 20  #: Their pairs are counted; a longer session is an import, not work.

#: Consequent, milliseconds since 1970, ids of the events.
Consequence = tuple[str, int, tuple[str, ...]]
Observation = tuple[Key, list[Consequence]]

Person = TypeVar("Person")  #: What is observed of one person: steps, or visits.
Observe = Callable[[Person], Iterator[Observation]]


def sequences(track: Sequence[Visit], window: Window) -> Iterator[Observation]:
    """x -> y: after each visit of x, each y once that is visited within the window."""
    for index, visit in enumerate(track):
        first = {later.name: later for later in reversed(ahead(track, index, window))}
        seen: list[Consequence] = [(ANY, visit.start, (visit.id,))]
        seen += [(name, later.start, (visit.id, later.id)) for name, later in first.items()]
        yield (), seen
        yield (visit.name,), seen


def longer_sequences(
    track: Sequence[Visit], window: Window, frequent: Collection[Key]
) -> Iterator[Observation]:
    """x -> y -> z, where x -> y and x -> z are frequent.

    PrefixSpan's growth of frequent prefixes (Pei et al. 2001) with the a-priori test on the other
    pair, which no sequence can be more frequent than. The opportunities are x -> y itself.
    """
    for index, visit in enumerate(track):
        following = [later for later in ahead(track, index, window) if (visit.name, later.name) in frequent]
        after: dict[str, dict[str, Consequence]] = {}
        for place, middle in enumerate(following):
            ends = after.setdefault(middle.name, {})
            for last in following[place + 1 :]:
                if last.name != middle.name and last.name not in ends:
                    ends[last.name] = (last.name, last.start, (visit.id, middle.id, last.id))
        for name, ends in after.items():
            if ends:
                yield (visit.name, name), list(ends.values())


def transitions(steps: Sequence[Step], window: Window) -> Iterator[Observation]:
    """Skill a, and directly after it skill b, whatever lies between in other respects."""
    for visit, later in pairwise(skill_track(steps)):
        if later.start - visit.end <= window.milliseconds:
            at, ids = later.start, (visit.id, later.id)
            yield (), [(ANY, at, ids), (later.name, at, ids)]
            yield (visit.name,), [(ANY, at, ids), (later.name, at, ids)]


def together(steps: Sequence[Step]) -> Iterator[Observation]:
    """Skills a and b in one session, in any order; each session counts once."""
    sessions: dict[str, dict[str, Step]] = {}
    for step in steps:
        if step.skill:
            sessions.setdefault(step.session, {}).setdefault(step.skill, step)
    for first_steps in sessions.values():
        skills = list(first_steps.values())[:MOST_SKILLS_OF_A_SESSION]
        whole = skills[-1]
        yield (), [(ANY, whole.at, (whole.id,)), *((one.skill, one.at, (one.id,)) for one in skills)]
        for one in skills:
            others: list[Consequence] = [(ANY, one.at, (one.id,))]
            others += [(b.skill, max(one.at, b.at), (one.id, b.id)) for b in skills if b is not one]
            yield (one.skill,), others
