"""Choosing the questions of a quiz.

One after the other, the question that is worth most: the doubt about its skill, weighed by what
the skill is worth to what was asked for, times how near the expected success comes to the target.
A little chance, seeded by person and day, tells nearly equal questions apart: the same request
gives the same quiz, another person or day another one.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from random import Random

from flows.catalogue.question_bank import Question, QuestionBank
from flows.intelligence.mastery import Mastery
from flows.intelligence.quizzes.need import UNSEEN, doubt
from flows.intelligence.quizzes.success import expected_success, fit

CHANCE = 0.1  #: Questions whose worth differs by less than this share may change places.
DRAWN_BYTES = 6


@dataclass(frozen=True, slots=True)
class Chosen:
    """A question with what it was chosen by; ``seen`` is None for a skill nobody has seen."""

    question: Question
    expected_success: float
    seen: Mastery | None


@dataclass(frozen=True, slots=True)
class Quiz:
    """The questions in the order in which they are asked, easiest expected first.

    ``held_back`` is how many questions would have suited but were answered right lately.
    """

    chosen: tuple[Chosen, ...]
    held_back: int


def compose_quiz(
    bank: QuestionBank,
    worth: Mapping[str, float],
    mastery: Mapping[str, Mastery],
    answered_right: Set[str],
    *,
    length: int,
    seed: str,
) -> Quiz:
    """Choose up to ``length`` questions about the skills that are worth something (0 to 1 by id)."""
    suited = [question for skill_id in worth for question in bank.of(skill_id)]
    left = [question for question in suited if question.id not in answered_right]
    queues = _queues(left, worth, mastery, seed)
    asked: Counter[str] = Counter()
    chosen: list[Chosen] = []
    while queues and len(chosen) < length:
        # What differs inside a skill does not change with what was asked, so its best one will do.
        skill_id = max(queues, key=lambda s: (queues[s][-1][0] * _doubt(mastery, s, asked), queues[s][-1][1]))
        chosen.append(_chosen(bank.questions[queues[skill_id].pop()[1]], mastery))
        asked[skill_id] += 1
        if not queues[skill_id]:
            del queues[skill_id]
    easiest_first = sorted(chosen, key=lambda c: (-c.expected_success, c.question.id))
    return Quiz(tuple(easiest_first), len(suited) - len(left))


def option_order(question: Question, seed: str) -> list[str]:
    """The texts of the options in the order in which they are shown."""
    options = sorted(question.options)
    Random(f"{seed}/{question.id}/options").shuffle(options)
    return options


def _queues(
    questions: Iterable[Question], worth: Mapping[str, float], mastery: Mapping[str, Mastery], seed: str
) -> dict[str, list[tuple[float, str]]]:
    """Merit and id of the questions by skill, the best one last."""
    queues: dict[str, list[tuple[float, str]]] = {}
    for question in questions:
        merit = _merit(question, worth, mastery, seed)
        queues.setdefault(question.skill, []).append((merit, question.id))
    return {skill_id: sorted(queue) for skill_id, queue in queues.items()}


def _merit(
    question: Question, worth: Mapping[str, float], mastery: Mapping[str, Mastery], seed: str
) -> float:
    """What does not change while a quiz is composed: the skill's worth, the fit and the chance."""
    level = mastery.get(question.skill, UNSEEN).level
    chance = 1 + CHANCE * _drawn(f"{seed}/{question.id}")
    return worth[question.skill] * fit(level, question) * chance


def _drawn(seed: str) -> float:
    """A number from 0 to 1 that a seed fixes. A digest: a generator takes ten times as long to seed."""
    digest = hashlib.blake2b(seed.encode(), digest_size=DRAWN_BYTES).digest()
    return int.from_bytes(digest) / (1 << 8 * DRAWN_BYTES)


def _doubt(mastery: Mapping[str, Mastery], skill_id: str, asked: Mapping[str, int]) -> float:
    return doubt(mastery.get(skill_id, UNSEEN), asked.get(skill_id, 0))


def _chosen(question: Question, mastery: Mapping[str, Mastery]) -> Chosen:
    seen = mastery.get(question.skill)
    level = (seen or UNSEEN).level
    return Chosen(question, expected_success(level, question.difficulty), seen)
