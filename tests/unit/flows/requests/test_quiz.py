"""From what a client sends to what the quiz flow works on."""

from datetime import date
from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.question_bank import QuestionBank, built_in_questions
from flows.errors import InvalidInput, UnknownName
from flows.requests.quiz import quiz
from tasks.store.in_memory_catalogues import InMemoryCatalogues

TODAY = date(2026, 11, 23)
CATALOGUES = InMemoryCatalogues(built_in_catalogue)


def request(bank: QuestionBank | None = None, **sent: Any) -> dict[str, Any]:
    """The request of acme's ann, today."""
    chosen = built_in_questions() if bank is None else bank
    return quiz("acme", {"userId": "ann", **sent}, CATALOGUES, chosen, TODAY)


def test_defaults_are_filled_in() -> None:
    """A request that names a skill gets five questions without answers."""
    assert request(skill="react-hooks") == {
        "organisation": "acme",
        "userId": "ann",
        "goal": "react-hooks",
        "length": 5,
        "includeAnswers": False,
        "catalogue": "built-in",
        "catalogueRevision": built_in_catalogue().revision,
        "day": "2026-11-23",
    }


def test_what_is_given_is_kept() -> None:
    """A goal, a length and the wish for answers are taken as they are."""
    found = request(goal="fullstack", length=30, includeAnswers=True)
    assert (found["goal"], found["length"], found["includeAnswers"]) == ("fullstack", 30, True)


@pytest.mark.parametrize("sent", [{}, {"skill": "git-basics", "goal": "fullstack"}])
def test_one_of_skill_and_goal(sent: dict[str, Any]) -> None:
    """A request names one of the two."""
    with pytest.raises(InvalidInput, match="name a skill or a goal, one of the two"):
        request(**sent)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"skill": "react-hoks"}, "skill"),
        ({"skill": "fullstack"}, "skill"),
        ({"goal": "fulstack"}, "goal"),
        ({"skill": "react-hooks", "catalogue": "ours"}, "catalogue"),
    ],
)
def test_unknown_names(sent: dict[str, Any], field: str) -> None:
    """A name that is not there is refused at its field; a goal is no skill."""
    with pytest.raises(UnknownName) as caught:
        request(**sent)
    assert caught.value.field == field


def test_a_subject_without_questions() -> None:
    """Where nothing can be asked, the request is refused and not answered with nothing."""
    with pytest.raises(InvalidInput, match="there are no questions on 'react-hooks'") as caught:
        request(QuestionBank({}, {}), skill="react-hooks")
    assert caught.value.field == "skill"


def test_a_skill_is_covered_by_what_it_needs() -> None:
    """A skill without questions of its own is asked about through its prerequisites."""
    assert built_in_questions().of("mobile-testing") == ()
    assert request(skill="mobile-testing")["goal"] == "mobile-testing"
