"""A quiz as it is sent: questions with shuffled options, and why each was chosen.

Evidence ids are ``kind:id``: ``skill:<skill>`` (what was asked for, or what needs the skill),
``mastery:<skill>`` (observed), ``goal:<goal>`` and ``question:<question>`` (its difficulty).
"""

from typing import Any

from flows.catalogue.model import Catalogue, Goal
from flows.intelligence.drafting.model import is_generated
from flows.intelligence.quizzes.composer import Chosen, Quiz, option_order
from flows.intelligence.quizzes.need import distances

DECIMALS = 3


def question_view(catalogue: Catalogue, goal: Goal, chosen: Chosen, seed: str) -> dict[str, Any]:
    """One question without its answer."""
    question = chosen.question
    reason, evidence = reason_for(catalogue, goal, chosen)
    return {
        "id": question.id,
        "skill": question.skill,
        "stem": question.stem,
        "options": [{"id": question.option_id(text), "text": text} for text in option_order(question, seed)],
        "difficulty": question.difficulty,
        "expectedSuccess": round(chosen.expected_success, DECIMALS),
        "reason": reason,
        "evidence": evidence,
        **({"generated": True} if is_generated(question.id) else {}),
    }


def answer_key(quiz: Quiz) -> list[dict[str, str]]:
    """The right option of each question, with the explanation."""
    return [
        {
            "questionId": chosen.question.id,
            "optionId": chosen.question.answer_id,
            "explanation": chosen.question.explanation,
        }
        for chosen in quiz.chosen
    ]


def reason_for(catalogue: Catalogue, goal: Goal, chosen: Chosen) -> tuple[str, list[str]]:
    """Why a question is in the quiz, and the ids of what that rests on."""
    skill_id = chosen.question.skill
    title = catalogue.skills[skill_id].title
    purpose, ids = _purpose(catalogue, goal, skill_id)
    success = f"expected success {chosen.expected_success:.2f}"
    if chosen.seen is None:
        basis = f"nothing is known of you there yet, so a middle mastery is assumed: {success}"
    else:
        known = f"mastery {chosen.seen.level:.2f} from {_counted(chosen.seen.observations)}"
        basis, ids = f"{known}: {success}", [*ids, f"mastery:{skill_id}"]
    return f"{title} {purpose}; {basis}.", [*ids, f"question:{chosen.question.id}"]


def _purpose(catalogue: Catalogue, goal: Goal, skill_id: str) -> tuple[str, list[str]]:
    if skill_id == goal.id:
        return "is what you asked for", [f"skill:{skill_id}"]
    if skill_id in goal.skills:
        return f"is a skill of the goal {goal.title}", [f"goal:{goal.id}"]
    target = _nearest_target(catalogue, goal, skill_id)
    return f"is needed for {catalogue.skills[target].title}", [f"skill:{target}"]


def _nearest_target(catalogue: Catalogue, goal: Goal, skill_id: str) -> str:
    """The target to which a prerequisite is nearest, then the weightiest."""
    ways = {target: distances(catalogue, target) for target in goal.skills}
    leading = [target for target, steps in ways.items() if skill_id in steps]
    return min(leading, key=lambda target: (ways[target][skill_id], -goal.skills[target], target))


def _counted(observations: int) -> str:
    return f"{observations} observation" + ("" if observations == 1 else "s")
