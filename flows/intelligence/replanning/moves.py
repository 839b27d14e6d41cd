"""How far a new plan is from the old one.

A skill moves by as many weeks as its beginning or its end does, whichever moves more. A needed
skill that is planned no more moves past the time there is, and past its old weeks. ``moved weeks``
is the sum over all skills that were planned and are still needed: what is new has moved nowhere,
and what is not needed any more has no place to keep. Work on rescheduling measures stability
alike, by the deviation of start times (Wu, Storer & Chang 1993).
"""

from dataclasses import dataclass

from flows.intelligence.replanning.model import Layout, Remainder, by_skill


@dataclass(frozen=True, slots=True)
class Move:
    """A skill that changed its place. ``to_week`` is None for one that is planned no more."""

    skill: str
    from_week: int
    to_week: int | None
    weeks: int


def moves(rest: Remainder, layout: Layout) -> list[Move]:
    """Every skill that moved, in the old order."""
    now = by_skill(layout)
    found = []
    for skill, before in rest.planned_before().items():
        start, end = min(before), max(before)
        after = now.get(skill) or {max(rest.last, end) + 1: 0}
        distance = max(abs(min(after) - start), abs(max(after) - end))
        if distance:
            found.append(Move(skill, start, min(after) if skill in now else None, distance))
    return found


def moved_weeks(rest: Remainder, layout: Layout) -> int:
    """The sum of all moves, in weeks."""
    return sum(move.weeks for move in moves(rest, layout))
