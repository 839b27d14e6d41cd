"""Answers to a quiz: looked up, graded, learned from, and scheduled for review."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flows.catalogue.model import BUILT_IN
from flows.catalogue.question_bank import QuestionBank
from flows.errors import InvalidInput, JobNotFound
from flows.intelligence.quizzes.grading import Graded, grade, score
from flows.intelligence.quizzes.reviews import review_of
from flows.intelligence.tracing.from_events import DAY_S
from flows.intelligence.tracing.learner import Learner
from flows.intelligence.tracing.tracer import Tracer
from flows.ports import CatalogueLibrary
from flows.signals.events import Event, Kind
from tasks.decision_log import DecisionLog
from tasks.signals_in import SignalsIn
from tasks.store.base import State
from tasks.store.ledger import Ledger

QUIZ_FLOW = "quiz_generation"
DECIMALS = 3


@dataclass(frozen=True, slots=True)
class AskedQuiz:
    """A quiz that was sent to a person: who, from which catalogue, which questions."""

    user_id: str
    catalogue: str
    question_ids: tuple[str, ...]


class Quizzes(Protocol):
    """Knows which questions a quiz asked."""

    def quiz_questions(self, organisation: str, quiz_id: str) -> AskedQuiz | None:
        """The quiz of that id; None when this organisation has none."""
        ...


@dataclass(frozen=True, slots=True)
class KeptQuizzes:
    """Finds a quiz as the result of its job, and after that in the decision log."""

    ledger: Ledger
    decisions: DecisionLog

    def quiz_questions(self, organisation: str, quiz_id: str) -> AskedQuiz | None:
        """The quiz of that id; None when there is none. Raises StoreUnavailable and PortUnavailable."""
        return self._in_ledger(organisation, quiz_id) or self._in_log(organisation, quiz_id)

    def _in_log(self, organisation: str, quiz_id: str) -> AskedQuiz | None:
        """The log does not know the catalogue, which gives titles only: the built-in one stands in."""
        found = self.decisions.find(organisation, [quiz_id]).get(quiz_id)
        if found is None or found.flow != QUIZ_FLOW or found.user_id is None:
            return None
        return AskedQuiz(found.user_id, BUILT_IN, tuple(found.shown))

    def _in_ledger(self, organisation: str, quiz_id: str) -> AskedQuiz | None:
        try:
            job = self.ledger.read(quiz_id)
        except JobNotFound:
            return None
        if (job.organisation, job.flow, job.state) != (organisation, QUIZ_FLOW, State.SUCCEEDED):
            return None
        result = json.loads(job.result or "{}")
        asked = tuple(question["id"] for question in result["questions"])
        return AskedQuiz(result["userId"], result["catalogue"], asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuizAnswers:
    """Takes in the answers to quizzes with the parts it was given."""

    quizzes: Quizzes
    bank: QuestionBank
    signals: SignalsIn
    catalogues: CatalogueLibrary

    def take_in(
        self, organisation: str, quiz_id: str, sent: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        """Grade, learn and schedule; answering a question again is graded and changes nothing else.

        Raises JobNotFound for a quiz that nobody knows, InvalidInput and PortUnavailable.
        """
        quiz = self.quizzes.quiz_questions(organisation, quiz_id)
        if quiz is None:
            raise JobNotFound(f"no quiz {quiz_id}")
        if quiz.user_id != sent["userId"]:
            raise InvalidInput("is not the person whom the quiz was made for", field="userId")
        asked = {name: self.bank.questions[name] for name in quiz.question_ids if name in self.bank.questions}
        graded = grade(asked, sent["answers"])
        before = self.signals.learner(organisation, quiz.user_id)
        appended = self.signals.take_in([_event(organisation, quiz, quiz_id, one, now) for one in graded])
        after = self.signals.learner(organisation, quiz.user_id)
        return {
            "quizId": quiz_id,
            "score": score(graded, len(quiz.question_ids)),
            "results": [one.view() for one in graded],
            "mastery": _mastery(graded, before, after, self.signals.tracers(organisation), now),
            "review": self._reviews(organisation, quiz, graded, after),
            "stored": appended.stored,
            "duplicates": appended.duplicates,
        }

    def _reviews(
        self, organisation: str, quiz: AskedQuiz, graded: Sequence[Graded], learner: Learner
    ) -> list[dict[str, Any]]:
        """Each answered skill with when it is due again, soonest first."""
        skills = self.catalogues.get(organisation, quiz.catalogue).skills
        reviews = []
        for skill_id, of in Counter(one.question.skill for one in graded).items():
            memory = learner.skills[skill_id]
            right = sum(one.correct for one in graded if one.question.skill == skill_id)
            title = skills[skill_id].title if skill_id in skills else skill_id
            reviews.append(review_of(skill_id, title, memory, right=right, of=of))
        return [review.view() for review in sorted(reviews, key=lambda review: (review.due_at, review.skill))]


def _event(organisation: str, quiz: AskedQuiz, quiz_id: str, one: Graded, now: datetime) -> Event:
    """The answer as an event; its id is that of the quiz and the question, so it counts once."""
    return Event(
        id=f"quiz:{quiz_id}:{one.question.id}",
        organisation=organisation,
        user_id=quiz.user_id,
        kind=Kind.QUIZ_ANSWERED,
        at=now,
        skill=one.question.skill,
        item=one.question.id,
        success=one.correct,
    )


def _mastery(
    graded: Sequence[Graded], before: Learner, after: Learner, tracer: Tracer, now: datetime
) -> list[dict[str, Any]]:
    """The estimates of each answered skill, of the same model and for the same moment."""
    today = now.timestamp() / DAY_S
    found = []
    for skill_id in dict.fromkeys(one.question.skill for one in graded):
        seen = tracer.mastery(after, skill_id, today)
        was = tracer.mastery(before, skill_id, today)
        levels = {"before": round(was.level, DECIMALS), "after": round(seen.level, DECIMALS)}
        found.append({"skill": skill_id, **levels, "observations": seen.observations})
    return found
