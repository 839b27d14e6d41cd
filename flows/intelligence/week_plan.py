"""Ordered skills into weeks of at most so many minutes, with reviews where they are due.

Reviews follow expanding retrieval practice (Landauer & Bjork 1978; Cepeda et al. 2008): the
first one two weeks after a skill was last practised, then at twice the distance each time.
Learning a skill practises its direct prerequisites, so what keeps being used is not reviewed
(implicit repetition, as Math Academy describes it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flows.catalogue.model import Catalogue

FIRST_REVIEW_AFTER_WEEKS = 2
REVIEW_SHARE_OF_SKILL = 0.1
REVIEW_MINUTES = (15, 60)  #: A review is never shorter or longer than this.
REVIEW_SHARE_OF_WEEK = 0.2  #: Reviews never crowd out learning.
SHORTEST_START_MINUTES = 60  #: A skill is not begun for less than this.
NEW_SUBJECT_SHARE = 0.25  #: Nor is another subject, for less than this share of a week.
REVIEW_MAY_WAIT_WEEKS = 2  #: For so long a review waits for a week in which it splits no skill.


@dataclass(frozen=True, slots=True)
class Pacing:
    """How strictly weeks are laid out. The loosest wastes no minute, so all that can fit does."""

    reviews: bool = True
    avoid_slivers: bool = True


@dataclass(slots=True)
class Week:
    """One week: minutes of learning and of review per skill, in order."""

    number: int
    learning: dict[str, int] = field(default_factory=dict)
    reviews: dict[str, int] = field(default_factory=dict)

    @property
    def minutes(self) -> int:
        """Minutes of the week in all."""
        return sum(self.learning.values()) + sum(self.reviews.values())


@dataclass(slots=True)
class _Memory:
    """When a finished skill was last practised, and how long until it should be reviewed."""

    practised: int
    gap: int = FIRST_REVIEW_AFTER_WEEKS


def fill_weeks(
    catalogue: Catalogue,
    order: Sequence[str],
    minutes: Mapping[str, int],
    *,
    weeks: int,
    budget: int,
    pacing: Pacing,
) -> tuple[list[Week], int]:
    """Lay skills into weeks; returns the weeks and the minutes of learning that did not fit."""
    left = dict(minutes)
    queue = list(reversed(order))
    memories: dict[str, _Memory] = {}
    plan = []
    for number in range(1, weeks + 1):
        week = Week(number)
        plan.append(week)
        if pacing.reviews and queue:
            _add_reviews(week, memories, minutes, budget, finishing=left[queue[-1]])
        _add_learning(catalogue, week, queue, left, budget, pacing)
        _remember(catalogue, week, left, memories)
        if pacing.reviews and not queue:
            _add_reviews(week, memories, minutes, budget, finishing=0)
    return plan, sum(left[skill_id] for skill_id in queue)


def _add_reviews(
    week: Week, memories: Mapping[str, _Memory], minutes: Mapping[str, int], budget: int, *, finishing: int
) -> None:
    """Add what is due. ``finishing`` is what the skill at hand still takes: when it could be
    finished this week, reviews that can wait take only what it leaves.
    """
    cap = int(budget * REVIEW_SHARE_OF_WEEK)
    free = min(budget - week.minutes, cap) if finishing else budget - week.minutes
    due = [(m.practised + m.gap, s) for s, m in memories.items() if m.practised + m.gap <= week.number]
    for due_in, skill_id in sorted(due):
        length = min(review_minutes(minutes[skill_id]), max(cap, REVIEW_MINUTES[0]))
        patient = week.number - due_in < REVIEW_MAY_WAIT_WEEKS
        splits = week.minutes + length + finishing > budget >= finishing
        if length <= free and not (patient and splits):
            free -= length
            week.reviews[skill_id] = length
            memories[skill_id].practised = week.number
            memories[skill_id].gap *= 2


def review_minutes(skill_minutes: int) -> int:
    """How long a review of a skill takes."""
    shortest, longest = REVIEW_MINUTES
    return min(max(int(skill_minutes * REVIEW_SHARE_OF_SKILL), shortest), longest)


def _add_learning(
    catalogue: Catalogue,
    week: Week,
    queue: list[str],
    left: dict[str, int],
    budget: int,
    pacing: Pacing,
) -> None:
    free = budget - week.minutes
    while queue and free > 0:
        skill_id = queue[-1]
        if pacing.avoid_slivers and _is_sliver(catalogue, week, skill_id, left[skill_id], free, budget):
            return
        taken = min(free, left[skill_id])
        week.learning[skill_id] = taken
        left[skill_id] -= taken
        free -= taken
        if not left[skill_id]:
            queue.pop()


def _is_sliver(catalogue: Catalogue, week: Week, skill_id: str, needed: int, free: int, budget: int) -> bool:
    if not week.learning or needed <= free:
        return False
    if free < SHORTEST_START_MINUTES:
        return True
    areas = {catalogue.skills[other].area for other in week.learning}
    return catalogue.skills[skill_id].area not in areas and free < budget * NEW_SUBJECT_SHARE


def _remember(
    catalogue: Catalogue, week: Week, left: Mapping[str, int], memories: dict[str, _Memory]
) -> None:
    for skill_id in week.learning:
        for practised in catalogue.skills[skill_id].prerequisites:
            if practised in memories:
                memories[practised].practised = week.number
        if not left[skill_id]:
            memories[skill_id] = _Memory(practised=week.number)
