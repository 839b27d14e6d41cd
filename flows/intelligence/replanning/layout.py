"""Chosen skills into weeks, each in its old week where it can be.

A week takes first what was planned for it or is overdue, then skills that are new to the path.
What is due later is pulled forward only as far as the time after this week would not hold all
that is left, so a choice that fits into the weeks together is always laid out whole. No skill
begins before what it needs is finished.
"""

from collections.abc import Callable, Collection, Mapping

from flows.intelligence.ordering import in_learning_order
from flows.intelligence.replanning.model import Layout, Remainder
from flows.intelligence.week_plan import SHORTEST_START_MINUTES

Priority = Callable[[str], tuple[int, ...]]


def lay_out(
    rest: Remainder, chosen: Collection[str], room: Mapping[int, int], *, overdue_first: bool
) -> Layout:
    """Minutes by week and skill. ``room`` has the minutes of learning that each week takes, enough
    for all that is chosen. ``overdue_first`` says who waits when a week cannot take both: what was
    planned for it, or what should have come before.
    """
    weeks = _Weeks(rest, chosen, room)
    for week in rest.weeks:
        weeks.begin(week)
        weeks.fill_due(overdue_first=overdue_first)
        weeks.fill_new()
        weeks.pull_forward()
    return {week: skills for week, skills in weeks.laid.items() if skills}


class _Weeks:
    """Weeks as they fill up, one after the other."""

    def __init__(self, rest: Remainder, chosen: Collection[str], room: Mapping[int, int]) -> None:
        self.rest, self.room = rest, room
        self.skills = rest.catalogue.skills
        self.left = {skill: rest.minutes[skill] for skill in chosen}
        before = rest.planned_before()
        self.before = {skill: weeks for skill, weeks in before.items() if skill in self.left}
        self.due = self._due_weeks()
        order = in_learning_order(rest.catalogue, self.left.keys(), rest.values)
        new = [skill for skill in order if skill not in self.before]
        self.place = {skill: number for number, skill in enumerate([*new, *self.before])}
        self.after = sum(room.values())  #: Minutes of the weeks after the one at hand.
        self.laid: Layout = {}

    def _due_weeks(self) -> dict[str, int]:
        """The week in which each skill should begin; one that is new when something needs it."""
        due: dict[str, int] = {}
        for skill in reversed(self.rest.catalogue.prerequisites_first):
            if skill in self.before:
                due[skill] = max(min(self.before[skill]), self.rest.first)
            elif skill in self.left:
                needed_in = (due[d] for d in self.rest.catalogue.dependents[skill] if d in due)
                due[skill] = min(needed_in, default=self.rest.last + 1)
        return due

    def begin(self, week: int) -> None:
        self.week, self.free = week, self.room[week]
        self.laid[week] = {}
        self.after -= self.free

    def fill_due(self, *, overdue_first: bool) -> None:
        def priority(skill: str) -> tuple[int, ...]:
            waits = 0 if overdue_first or self._was_here(skill) else 1
            return waits, self.due[skill], self.place[skill]

        due = [skill for skill in self.left if self.due[skill] <= self.week]
        self._fill(sorted(due, key=priority))

    def fill_new(self) -> None:
        new = [skill for skill in self.left if skill not in self.before]
        self._fill(sorted(new, key=self._soonest))

    def pull_forward(self) -> None:
        """Take as much as the weeks after this one would not hold."""
        while self.free and sum(self.left.values()) > self.after:
            ready = [skill for skill in self.left if self._is_ready(skill)]
            soonest = min(ready, key=self._soonest)
            self._take(soonest, min(self.free, self.left[soonest]))

    def _fill(self, ordered: list[str]) -> None:
        """Take what is ready, again and again: what ends may make ready what comes before it."""
        taken = True
        while taken and self.free:
            taken = False
            for skill in ordered:
                if self.free and skill in self.left and self._is_ready(skill):
                    taken |= self._take(skill, self._share(skill))

    def _share(self, skill: str) -> int:
        """Minutes of a skill for this week: later weeks keep what they have of it, and no skill is
        begun for a moment.
        """
        later = sum(m for week, m in self.before.get(skill, {}).items() if week > self.week)
        share = min(self.free, self.left[skill] - later)
        begins = self.left[skill] == self.rest.minutes[skill] and not self._was_here(skill)
        return 0 if begins and share < min(SHORTEST_START_MINUTES, self.left[skill]) else share

    def _take(self, skill: str, minutes: int) -> bool:
        if minutes <= 0:
            return False
        here = self.laid[self.week]
        here[skill] = here.get(skill, 0) + minutes
        self.free -= minutes
        self.left[skill] -= minutes
        if not self.left[skill]:
            del self.left[skill]
        return True

    def _was_here(self, skill: str) -> bool:
        return self.week in self.before.get(skill, {self.due[skill]: 0})

    def _is_ready(self, skill: str) -> bool:
        return not any(needed in self.left for needed in self.skills[skill].prerequisites)

    def _soonest(self, skill: str) -> tuple[int, ...]:
        return self.due[skill], self.place[skill]
