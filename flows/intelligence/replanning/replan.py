"""The rest of a path, planned anew so that as little as possible moves.

Three plans are made and the one that moves least is taken: the old weeks repaired with what was
planned for a week going first, the same with what is overdue going first, and a fresh plan as if
there had been none. So a plan is never further from the old one than a fresh one would be.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.intelligence.path_planner import plan_path
from flows.intelligence.replanning.choice import choose
from flows.intelligence.replanning.layout import lay_out
from flows.intelligence.replanning.model import Layout, Remainder
from flows.intelligence.replanning.moves import Move, moved_weeks, moves
from flows.intelligence.replanning.reviews import review


@dataclass(frozen=True, slots=True)
class Replan:
    """The weeks that can be planned, those that hold something, what does not fit, and what moved."""

    learning: Layout
    reviews: Layout
    beyond: tuple[str, ...]
    moves: tuple[Move, ...]


def replan(rest: Remainder, learned: Mapping[str, int], *, unchanged: bool = False) -> Replan:
    """Plan the weeks that can be planned. ``learned`` has the skills that the done weeks finish,
    with the last week of each; ``unchanged`` says that the old plan still is what was asked for.

    Deterministic: equal arguments give equal plans.
    """
    layout = rest.learning if unchanged else min(candidates(rest), key=lambda weeks: moved_weeks(rest, weeks))
    planned = {skill for skills in layout.values() for skill in skills}
    beyond = sorted(
        rest.minutes.keys() - planned,
        key=lambda skill: (-rest.values[skill].weight, -rest.values[skill].unlocks, skill),
    )
    return Replan(
        learning=layout,
        reviews=rest.reviews if unchanged else review(rest, layout, learned, more=_reserves(rest)),
        beyond=tuple(beyond),
        moves=tuple(moves(rest, layout)),
    )


def candidates(rest: Remainder) -> list[Layout]:
    """The three plans: repaired with old weeks first, with overdue skills first, and fresh."""
    room = _room(rest)
    chosen = choose(rest, sum(room.values()))
    repaired = [lay_out(rest, chosen, room, overdue_first=first) for first in (False, True)]
    return [*repaired, fresh(rest)]


def _reserves(rest: Remainder) -> bool:
    """False when all that is needed fits only without reviews: then there are no more of them."""
    needed, capacity = sum(rest.minutes.values()), rest.budget * len(rest.weeks)
    return needed > capacity or needed <= capacity - sum(_reserved(rest, week) for week in rest.weeks)


def _room(rest: Remainder) -> dict[int, int]:
    """Minutes of learning that each week takes: reviews that were planned keep theirs."""
    reserves = _reserves(rest)
    return {week: rest.budget - (_reserved(rest, week) if reserves else 0) for week in rest.weeks}


def _reserved(rest: Remainder, week: int) -> int:
    return min(sum(rest.reviews.get(week, {}).values()), rest.budget)


def fresh(rest: Remainder) -> Layout:
    """The weeks as they would be without an old plan."""
    plan = plan_path(
        rest.catalogue,
        rest.targets,
        rest.values,
        weeks=len(rest.weeks),
        minutes_per_week=rest.budget,
        minutes=rest.minutes,
    )
    return {week.number + rest.first - 1: week.learning for week in plan.weeks if week.learning}
