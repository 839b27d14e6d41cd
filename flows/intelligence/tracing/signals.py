"""What events say about a skill, as answers that a tracer can take in.

A quiz answer and a solved exercise are answers in full. The rest are weaker: an attempt may still
be solved, an error may be a slip, a completed course shows presence more than skill. How much
weaker is a judgement and not yet a measurement.
"""

from flows.errors import InvalidInput
from flows.intelligence.tracing.learner import Answer

#: Outcome and weight by kind of event; a kind that is not here says nothing about a skill.
SIGNALS = {
    "exercise_solved": (True, 1.0),
    "exercise_attempted": (False, 0.3),
    "course_completed": (True, 0.5),
    "error_resolved": (True, 0.3),
    "error_hit": (False, 0.3),
}
QUIZ_ANSWERED = "quiz_answered"


def answer_from(
    kind: str,
    skill: str,
    *,
    item: str | None = None,
    day: float | None = None,
    correct: bool | None = None,
) -> Answer | None:
    """The answer that an event stands for, None when it says nothing about the skill.

    ``correct`` is for quiz answers alone, and they need it: InvalidInput without.
    """
    if kind == QUIZ_ANSWERED:
        if correct is None:
            raise InvalidInput("a quiz answer is right or wrong", field="correct")
        return Answer(skill, correct, item, day)
    if kind not in SIGNALS:
        return None
    outcome, weight = SIGNALS[kind]
    return Answer(skill, outcome, item, day, weight)
