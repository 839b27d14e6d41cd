"""What is left of a path, and where it stood before."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flows.catalogue.model import Catalogue
from flows.intelligence.goal_value import GoalValue

#: Minutes of each skill in each week, skills in the order in which they are learned.
Layout = dict[int, dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """The part of a path that is not done.

    ``minutes`` has what each needed skill still takes, ``values`` what it is worth to the goal.
    ``learning`` and ``reviews`` are the weeks that are not done, as they were planned; ``done``
    and ``done_reviews`` those that are. Weeks from ``first`` to ``last`` can be planned, each of
    at most ``budget`` minutes; with ``first`` after ``last`` there are none.
    """

    catalogue: Catalogue
    targets: Mapping[str, float]
    minutes: Mapping[str, int]
    values: Mapping[str, GoalValue]
    learning: Layout
    reviews: Layout
    done: Layout
    done_reviews: Layout
    first: int
    last: int
    budget: int

    @property
    def weeks(self) -> range:
        """The weeks that can be planned."""
        return range(self.first, self.last + 1)

    def planned_before(self) -> dict[str, dict[int, int]]:
        """For each needed skill that was planned its minutes by week, skills in their old order."""
        return {skill: weeks for skill, weeks in by_skill(self.learning).items() if skill in self.minutes}


def by_skill(layout: Layout) -> dict[str, dict[int, int]]:
    """Minutes by week of each skill, in the order in which they begin."""
    found: dict[str, dict[int, int]] = {}
    for week in sorted(layout):
        for skill, minutes in layout[week].items():
            found.setdefault(skill, {})[week] = minutes
    return found


def totals(layout: Layout) -> Counter[str]:
    """Minutes of each skill over all weeks."""
    return sum((Counter(skills) for skills in layout.values()), Counter())
