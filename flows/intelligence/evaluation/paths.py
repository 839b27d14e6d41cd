"""How well learning paths keep to a catalogue, beside orders that know nothing of it.

Every goal and every skill of the catalogue is planned for within several weekly budgets, for a
person who knows nothing yet. A prerequisite edge is violated when its skill begins before the
prerequisite is done, or without it. The measures are those of path planning in services:
violations, coverage of what the goal needs, minimality, and the load of the weeks.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from random import Random

from flows.catalogue.model import Catalogue
from flows.intelligence.goal_value import goal_values
from flows.intelligence.path_planner import Plan, minutes_in_a_week, minutes_of, plan_path

#: Weeks, and hours per week.
BUDGETS = ((4, 3.0), (13, 6.0), (52, 20.0))
SHUFFLES = 20  #: Random orders that the figure is the mean of.
OURS, RANDOM, ALPHABETICAL, FILE = "ours", "random", "alphabetical", "file order"

Edge = tuple[str, str]  #: The prerequisite, then the skill that needs it.


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCounts:
    """What was counted over all plans.

    ``complete``: plans that hold, or name as left out, all that the goal needs and that leave
    nothing out when the time suffices, which it does for ``roomy`` of them. ``extra``: skills
    planned that the goal does not need. ``overfull``: weeks over their budget.
    """

    plans: int = 0
    edges: int = 0
    violated: int = 0
    complete: int = 0
    roomy: int = 0
    extra: int = 0
    weeks: int = 0
    overfull: int = 0

    def __add__(self, other: "PlanCounts") -> "PlanCounts":
        """The counts of both."""
        return PlanCounts(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class PathsReport:
    """``violations`` is, by order of the whole catalogue, the share of its edges that is violated."""

    skills: int
    edges: int
    violations: Mapping[str, float]
    counts: PlanCounts


def evaluate(
    catalogue: Catalogue, *, seed: int, budgets: Sequence[tuple[int, float]] = BUDGETS
) -> PathsReport:
    """Plan for every goal and skill within every budget (weeks, hours per week)."""
    edges = [(p, skill.id) for skill in catalogue.skills.values() for p in skill.prerequisites]
    counts = PlanCounts()
    for goal in (*catalogue.goals, *catalogue.skills):
        for weeks, hours in budgets:
            counts += check(catalogue, catalogue.goal(goal).skills, weeks, hours)
    orders = {name: _mean_violated(edges, found) for name, found in _orders(catalogue, seed).items()}
    return PathsReport(len(catalogue.skills), len(edges), orders, counts)


def _orders(catalogue: Catalogue, seed: int) -> dict[str, list[Sequence[str]]]:
    """The whole catalogue in one or more orders of each kind."""
    skills = list(catalogue.skills)
    shuffled: list[Sequence[str]] = []
    random = Random(seed)
    for _ in range(SHUFFLES):
        random.shuffle(skills)
        shuffled.append(list(skills))
    return {
        OURS: [_whole(catalogue)],
        RANDOM: shuffled,
        ALPHABETICAL: [sorted(skills)],
        FILE: [list(catalogue.skills)],
    }


def _whole(catalogue: Catalogue) -> Sequence[str]:
    """The path to all skills, with time for all of them."""
    targets = dict.fromkeys(catalogue.skills, 1.0)
    minutes = sum(minutes_of(catalogue, skill_id) for skill_id in targets)
    values = goal_values(catalogue, targets, targets)
    return plan_path(catalogue, targets, values, weeks=1, minutes_per_week=minutes).planned


def check(catalogue: Catalogue, targets: Mapping[str, float], weeks: int, hours: float) -> PlanCounts:
    """Plan towards targets for somebody who knows nothing, and count what is right and wrong."""
    needed = catalogue.closure(targets)
    budget = minutes_in_a_week(hours)
    values = goal_values(catalogue, targets, needed)
    plan = plan_path(catalogue, targets, values, weeks=weeks, minutes_per_week=budget)
    return judge(catalogue, plan, needed, weeks, budget)


def judge(catalogue: Catalogue, plan: Plan, needed: Set[str], weeks: int, budget: int) -> PlanCounts:
    """Count what is right and wrong with a plan of so many weeks with ``budget`` minutes each."""
    parts = [skill_id for week in plan.weeks for skill_id in week.learning]
    planned = set(parts)
    edges = [(p, s) for s in planned for p in catalogue.skills[s].prerequisites]
    roomy = sum(minutes_of(catalogue, skill_id) for skill_id in needed) <= weeks * budget
    told = (planned | set(plan.beyond)) >= needed and not (roomy and plan.beyond)
    return PlanCounts(
        plans=1,
        edges=len(edges),
        violated=sum(violated(edges, parts)),
        complete=int(told),
        roomy=int(roomy),
        extra=len(planned - needed),
        weeks=len(plan.weeks),
        overfull=sum(week.minutes > budget for week in plan.weeks),
    )


def violated(edges: Iterable[Edge], order: Sequence[str]) -> Iterator[bool]:
    """Per edge, whether its skill begins before the last part of the prerequisite, or without it.

    ``order`` may hold a skill several times, once per part; each edge's skill is in it.
    """
    last = {skill_id: place for place, skill_id in enumerate(order)}
    first = {skill_id: place for place, skill_id in reversed(list(enumerate(order)))}
    for prerequisite, skill_id in edges:
        yield last.get(prerequisite, len(order)) > first[skill_id]


def _mean_violated(edges: Sequence[Edge], orders: Sequence[Sequence[str]]) -> float:
    if not edges:
        return 0.0
    return sum(sum(violated(edges, order)) for order in orders) / len(edges) / len(orders)
