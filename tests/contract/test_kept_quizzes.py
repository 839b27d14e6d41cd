"""Where a quiz is found when its answers come: with its job, and later in the decision log."""

import pytest
from sqlalchemy import Engine

from flows.decisions.model import ShownItem
from tasks.decision_log import DecisionLog
from tasks.quizzes import AskedQuiz, KeptQuizzes
from tasks.store.decisions import StoredDecisions
from tasks.store.in_memory import InMemoryLedger
from tasks.store.pending_decisions import InMemoryPendingDecisions
from tests.decisions import a_decision


@pytest.fixture
def quizzes(engine: Engine) -> KeptQuizzes:
    """A quiz of ann at acme, and an answer of another flow; the ledger has neither any more."""
    stored = StoredDecisions(engine)
    shown = (ShownItem("go-slices"), ShownItem("go-maps"))
    stored.write([a_decision("quiz-1", flow="quiz_generation", shown=shown), a_decision("path-1")])
    return KeptQuizzes(InMemoryLedger(), DecisionLog(InMemoryPendingDecisions(), stored))


def test_a_quiz_outlives_its_job(quizzes: KeptQuizzes) -> None:
    """The log knows whom it was for and what it asked, in order."""
    found = quizzes.quiz_questions("acme", "quiz-1")
    assert found == AskedQuiz("ann", "built-in", ("go-slices", "go-maps"))


@pytest.mark.parametrize(
    ("organisation", "quiz_id"), [("acme", "path-1"), ("acme", "unheard-of"), ("rival", "quiz-1")]
)
def test_what_is_no_quiz_of_the_organisation_is_not_found(
    quizzes: KeptQuizzes, organisation: str, quiz_id: str
) -> None:
    """Neither an answer of another flow, nor an id that nobody gave, nor somebody else's quiz."""
    assert quizzes.quiz_questions(organisation, quiz_id) is None
