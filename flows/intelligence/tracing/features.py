"""What the model looks at before an answer: named numbers from the state of a person.

Counts per skill as in performance factors analysis (Pavlik, Cen & Koedinger 2009) on a
logarithmic scale (Gervet et al. 2020, "When is Deep Learning the Best Approach to Knowledge
Tracing?"), recent success rates (Galyardt & Goldin 2015), the time since the last practice. All
that rests on the practice of the skill fades with what is forgotten of it: a skill long out of
use ends where a new one starts.
"""

from math import log1p

from flows.intelligence.tracing.learner import UNKNOWN_RATE, Learner, same_act

#: Each feature with its weight before anything was fitted. The weights are a judgement, rounded
#: from fits, and where every fit starts from.
PRIOR = {
    "always": 0.4,
    "same_answer_right": 3.0,  # The item of several skills, just recorded under another of them.
    "same_answer_wrong": -3.0,
    "item_was_right": 0.5,
    "item_was_wrong": -0.2,
    "recent_rate": 1.5,
    "long_run_rate": 1.0,
    "skill_recent_rate": 1.0,
    "skill_rights": 0.4,
    "skill_wrongs": -0.2,
    "skill_gap": -0.1,
    "skill_unpractised": 0.0,
}
FEATURES = tuple(PRIOR)


def features(learner: Learner, skill: str, item: str | None, day: float | None) -> list[float]:
    """The numbers that ``FEATURES`` names, in that order, each of a size near 1."""
    return [
        1.0,
        *_of_item(learner, skill, item, day),
        learner.recent - UNKNOWN_RATE,
        learner.long_run - UNKNOWN_RATE,
        *_of_skill(learner, skill, day),
    ]


def _of_item(learner: Learner, skill: str, item: str | None, day: float | None) -> tuple[float, ...]:
    if item is None or (before := learner.items.get(item)) is None:
        return 0.0, 0.0, 0.0, 0.0
    if same_act(learner.last, skill, item, day):
        return (1.0, 0.0, 0.0, 0.0) if before else (0.0, 1.0, 0.0, 0.0)
    return (0.0, 0.0, 1.0, 0.0) if before else (0.0, 0.0, 0.0, 1.0)


def _of_skill(learner: Learner, skill: str, day: float | None) -> tuple[float, ...]:
    memory = learner.skills.get(skill)
    if memory is None:
        return 0.0, 0.0, 0.0, 0.0, 1.0
    retained = memory.retained(day)
    return (
        retained * (memory.recent - UNKNOWN_RATE),
        retained * log1p(memory.rights) / 2,
        retained * log1p(memory.wrongs) / 2,
        retained * log1p(learner.records - memory.record + 1) / 3,
        1.0 - retained,
    )
