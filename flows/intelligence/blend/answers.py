"""The answers of the flows that rank items: what is said of each, and on what it rests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flows.catalogue.model import Catalogue
from flows.errors import InvalidInput
from flows.intelligence.drafting.model import is_generated
from flows.intelligence.explanations.explain import Explanation, explain
from flows.intelligence.known import MASTERED_LEVEL
from flows.intelligence.mastery import Mastery
from flows.intelligence.ranker.scoring import Ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What answers are made from beside the ranking. ``calibrate`` maps a score to a confidence."""

    catalogue: Catalogue
    mastery: Mapping[str, Mastery]
    matches: Sequence[Mapping[str, Any]]
    calibrate: Callable[[float], float]
    today: date


def suggestions(ranked: Sequence[Ranked], told: Told) -> dict[str, Any]:
    """Prompts and solutions for what the person is at."""
    return {
        "suggestions": [_suggestion(one, told) for one in ranked],
        "learningNote": learning_note(told),
        "matchedErrors": [
            {key: match[key] for key in ("id", "title", "cause", "score")} for match in told.matches
        ],
    }


def _suggestion(one: Ranked, told: Told) -> dict[str, Any]:
    said = _said(one, told)
    shown = _shown(one, told, said)
    text = one.item.text if one.item.type == "solution" else one.item.title
    return {"prompt": text, **shown, "explanation": _sentences(said)}


def prompts(ranked: Sequence[Ranked], told: Told) -> dict[str, Any]:
    """What to ask or do next."""
    return {"prompts": [_prompt(one, told) for one in ranked]}


def _prompt(one: Ranked, told: Told) -> dict[str, Any]:
    said = _said(one, told)
    return {"prompt": one.item.title, **_shown(one, told, said), "reason": _sentences(said)}


def recommendations(ranked: Sequence[Ranked], told: Told) -> dict[str, Any]:
    """Things of every type, with what each feature adds to the score."""
    return {"recommendations": [_recommendation(one, told) for one in ranked]}


def _recommendation(one: Ranked, told: Told) -> dict[str, Any]:
    said = _said(one, told)
    return {
        "title": one.item.title,
        **_shown(one, told, said),
        "reason": _sentences(said),
        "minutes": one.item.minutes,
        "score": round(one.score, 4),
        "contributions": [
            {"feature": part.feature, "contribution": round(part.contribution, 4)}
            for part in one.contributions
            if part.contribution
        ],
    }


COMPOSERS: Mapping[str, Callable[[Sequence[Ranked], Told], dict[str, Any]]] = {
    "prompt_suggestions": suggestions,
    "next_best_prompt": prompts,
    "recommendations": recommendations,
}


def checked_name(flow: str) -> str:
    """The name of a flow that there is an answer for; raises InvalidInput."""
    if flow not in COMPOSERS:
        raise InvalidInput(f"must be one of {', '.join(COMPOSERS)}")
    return flow


def _said(one: Ranked, told: Told) -> tuple[Explanation, ...]:
    return explain(one.item.evidence, one.contributions, today=told.today)


def _sentences(said: Sequence[Explanation]) -> str | None:
    """None when nothing can be said: no sentence without evidence."""
    return " ".join(explanation.text for explanation in said) or None


def _shown(one: Ranked, told: Told, said: Sequence[Explanation]) -> dict[str, Any]:
    return {
        "id": one.item.id,
        "type": one.item.type,
        "skill": one.item.skill,
        "confidence": round(told.calibrate(one.score), 2),
        "evidence": [piece for explanation in said for piece in explanation.evidence_ids],
        **({"generated": True} if is_generated(one.item.id) else {}),
    }


def learning_note(told: Told) -> str | None:
    """What to review: the note of the best matching error, and how far the person is.

    Of the error's skills it is the one that the person masters least; None without a match, and
    when they master all of them.
    """
    skills = [
        skill for match in told.matches[:1] for skill in match["skills"] if skill in told.catalogue.skills
    ]
    unsure = [skill for skill in skills if _level(skill, told) < MASTERED_LEVEL]
    if not unsure:
        return None
    weakest = min(unsure, key=lambda skill: (_level(skill, told), skills.index(skill)))
    title = told.catalogue.skills[weakest].title
    note: str = told.matches[0]["note"] or f"Consider reviewing {title}."
    if weakest not in told.mastery:
        return note
    seen = told.mastery[weakest]
    observed = f"{seen.observations} observation{'' if seen.observations == 1 else 's'}"
    return f"{note} Your mastery of {title} is {seen.level:.2f} from {observed}."


def _level(skill: str, told: Told) -> float:
    return told.mastery[skill].level if skill in told.mastery else 0.5
