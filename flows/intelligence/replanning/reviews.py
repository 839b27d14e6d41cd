"""Reviews around weeks of learning that are laid out already.

Reviews that were planned stay where they are; more are added when they are due, by the rule that
flows/intelligence/week_plan.py describes: two weeks after a skill was last practised, then at
twice the distance each time, in at most a fifth of a week.
"""

from collections.abc import Mapping

from flows.intelligence.path_planner import minutes_of
from flows.intelligence.replanning.model import Layout, Remainder, totals
from flows.intelligence.week_plan import (
    FIRST_REVIEW_AFTER_WEEKS,
    REVIEW_MINUTES,
    REVIEW_SHARE_OF_WEEK,
    review_minutes,
)


def review(rest: Remainder, learning: Layout, learned: Mapping[str, int], *, more: bool) -> Layout:
    """Reviews by week. ``learned`` has the skills that the done weeks finish, with the last week of
    each. Without ``more`` only those are kept that were planned, as far as there is room.
    """
    memories = _Memories(rest, learning, learned)
    for week in sorted(rest.done.keys() | rest.done_reviews.keys()):
        memories.practise(week, rest.done.get(week, {}), rest.done_reviews.get(week, {}))
    found: Layout = {}
    for week in rest.weeks:
        free = rest.budget - sum(learning.get(week, {}).values())
        found[week] = _kept(rest.reviews.get(week, {}), memories, free)
        if more:
            found[week] |= _due(rest, memories, week, found[week], free)
        memories.practise(week, learning.get(week, {}), found[week])
    return {week: skills for week, skills in found.items() if skills}


class _Memories:
    """When each finished skill was last practised, and how long until it should be reviewed."""

    def __init__(self, rest: Remainder, learning: Layout, learned: Mapping[str, int]) -> None:
        self.skills = rest.catalogue.skills
        ends = {skill: week for week in sorted(learning) for skill in learning[week]}
        taken = totals(learning)
        self.finished = {s: week for s, week in ends.items() if taken[s] >= rest.minutes[s]}
        self.finished.update(learned)
        self.due: dict[str, int] = {}
        self.gaps: dict[str, int] = {}

    def practise(self, week: int, learning: Mapping[str, int], reviews: Mapping[str, int]) -> None:
        for skill in [s for s in reviews if s in self.due]:
            self.gaps[skill] *= 2
            self.due[skill] = week + self.gaps[skill]
        for skill in [s for s in learning if s in self.skills]:
            for practised in self.skills[skill].prerequisites:
                if practised in self.due:
                    self.due[practised] = week + self.gaps[practised]
            if self.finished.get(skill) == week:
                self.gaps[skill] = FIRST_REVIEW_AFTER_WEEKS
                self.due[skill] = week + FIRST_REVIEW_AFTER_WEEKS


def _kept(planned: Mapping[str, int], memories: _Memories, free: int) -> dict[str, int]:
    kept: dict[str, int] = {}
    for skill, minutes in planned.items():
        if skill in memories.due and minutes <= free - sum(kept.values()):
            kept[skill] = minutes
    return kept


def _due(
    rest: Remainder, memories: _Memories, week: int, kept: Mapping[str, int], free: int
) -> dict[str, int]:
    cap = int(rest.budget * REVIEW_SHARE_OF_WEEK)
    left = min(free, cap) - sum(kept.values())
    added: dict[str, int] = {}
    due = [(due_in, skill) for skill, due_in in memories.due.items() if due_in <= week and skill not in kept]
    for _, skill in sorted(due):
        minutes = min(review_minutes(minutes_of(rest.catalogue, skill)), max(cap, REVIEW_MINUTES[0]))
        if minutes <= left:
            added[skill] = minutes
            left -= minutes
    return added
