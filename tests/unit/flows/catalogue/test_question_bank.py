"""What makes a question bank, what is refused with which words, and the one that comes with the service."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.question_bank import (
    Question,
    QuestionBank,
    built_in_questions,
    parse_questions,
    read_questions,
)
from flows.errors import CatalogueError

SKILLS = {"git-basics", "html"}


def entry(**changes: Any) -> dict[str, Any]:
    """A question as a file has it."""
    given = {
        "id": "q-1",
        "skill": "html",
        "difficulty": 2,
        "stem": "What is a p?",
        "answer": "A paragraph",
        "distractors": ["A page", "A picture", "A pixel"],
        "explanation": "It is short for paragraph.",
    }
    return {**given, **changes}


def parsed(*entries: dict[str, Any]) -> QuestionBank:
    """The bank of these questions in the file web.toml."""
    return parse_questions([("web.toml", {"questions": list(entries)})], SKILLS)


def refusal(*entries: dict[str, Any]) -> str:
    """The words with which questions are refused."""
    with pytest.raises(CatalogueError) as caught:
        parsed(*entries)
    return str(caught.value)


def test_every_field_is_read() -> None:
    """A question has what the file says, without the white space around it."""
    bank = parsed(entry(stem="\nWhat is a p?\n", tags=["text"]))

    expected = Question(
        id="q-1",
        skill="html",
        difficulty=2,
        stem="What is a p?",
        answer="A paragraph",
        distractors=("A page", "A picture", "A pixel"),
        explanation="It is short for paragraph.",
        tags=("text",),
    )
    assert bank.questions == {"q-1": expected}
    assert bank.of("html") == (expected,)
    assert bank.of("git-basics") == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"skill": "git-basic"}, "web.toml: q-1: unknown skill 'git-basic'; nearest: git-basics"),
        ({"distractors": ["A", "B"]}, "web.toml: q-1: has 2 distractors, 3 are needed"),
        ({"distractors": ["A", "B", "C", "D"]}, "web.toml: q-1: has 4 distractors, 3 are needed"),
        ({"distractors": ["A", "B", "A paragraph "]}, "web.toml: q-1: a distractor is equal to the answer"),
        ({"distractors": ["A", "B", "B"]}, "web.toml: q-1: two distractors are equal"),
        ({"distractors": ["A", "B", 3]}, "web.toml: q-1: distractors must be a list of texts"),
        ({"explanation": " "}, "web.toml: q-1: explanation must be a text that is not empty"),
        ({"answer": None}, "web.toml: q-1: answer must be a text that is not empty"),
        ({"difficulty": 0}, "web.toml: q-1: difficulty must be a whole number from 1 to 5"),
        ({"difficulty": 6}, "web.toml: q-1: difficulty must be a whole number from 1 to 5"),
        ({"difficulty": 2.5}, "web.toml: q-1: difficulty must be a whole number from 1 to 5"),
        ({"difficulty": True}, "web.toml: q-1: difficulty must be a whole number from 1 to 5"),
        ({"id": "q 1"}, "web.toml: q 1: id must be 1 to 60 characters without spaces"),
        ({"id": "q" * 61}, "id must be 1 to 60 characters without spaces"),
        ({"hint": "no"}, "web.toml: q-1: unknown field 'hint'"),
    ],
)
def test_a_wrong_question_is_refused(changes: dict[str, Any], said: str) -> None:
    """A fault is named with the file and the id."""
    assert said in refusal(entry(**changes))


def test_ids_and_stems_are_unique() -> None:
    """An id or a stem that is there already is refused, with the file that has it."""
    other = entry(id="q-2", stem="What is an img?")

    assert refusal(entry(), entry(stem="Another?")) == "web.toml: q-1: duplicate id, also in web.toml"
    assert (
        refusal(other, entry(id="q-3"), entry(id="q-4")) == "web.toml: q-4: duplicate stem, also in web.toml"
    )


@pytest.mark.parametrize("document", [{}, {"questions": {}}, {"questions": ["q"]}, {"questions": [], "x": 1}])
def test_a_file_that_is_no_list_of_questions(document: dict[str, Any]) -> None:
    """A file has a list of questions and nothing else."""
    with pytest.raises(CatalogueError, match=r"^web\.toml: "):
        parse_questions([("web.toml", document)], SKILLS)


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    """A file that cannot be read is named."""
    (tmp_path / "broken.toml").write_text("[[questions")

    with pytest.raises(CatalogueError, match=r"^broken\.toml: "):
        read_questions(tmp_path, SKILLS)


def test_option_ids_depend_on_texts_alone() -> None:
    """An option keeps its id whatever else changes; the same text in another question has another one."""
    one = parsed(entry()).questions["q-1"]
    changed = parsed(entry(distractors=["A pixel", "B", "C"])).questions["q-1"]
    other = parsed(entry(id="q-2")).questions["q-2"]

    assert one.answer_id == one.option_id("A paragraph") == changed.answer_id
    assert one.answer_id != other.answer_id
    assert len({one.option_id(text) for text in one.options}) == 4


def test_the_built_in_bank() -> None:
    """More than 320 questions on more than 120 skills, two or more on each."""
    bank = built_in_questions()
    counts = Counter(question.skill for question in bank.questions.values())

    assert len(bank.questions) == 408
    assert len(counts) == 161
    assert min(counts.values()) == 2


@pytest.mark.parametrize(
    "area", ["foundations", "javascript", "python", "databases", "devops", "security", "testing", "web"]
)
def test_the_areas_that_most_people_need_are_covered(area: str) -> None:
    """At least three in four skills of these areas have questions."""
    skills = [skill.id for skill in built_in_catalogue().skills.values() if skill.area == area]
    covered = [skill_id for skill_id in skills if built_in_questions().of(skill_id)]
    assert len(covered) >= 0.75 * len(skills)


@pytest.mark.parametrize("question", built_in_questions().questions.values(), ids=lambda q: str(q.id))
def test_a_question_can_be_asked(question: Question) -> None:
    """Its id begins with its skill, its options have ids of their own, and no option refers to another."""
    texts = " ".join(question.options).lower()
    assert question.id.startswith(f"{question.skill}-")
    assert len({question.option_id(text) for text in question.options}) == 4
    assert "of the above" not in texts
    assert "all of these" not in texts


def test_length_gives_nothing_away() -> None:
    """Whoever always takes the longest option is right about as often as whoever guesses."""
    questions = built_in_questions().questions.values()
    longest = [q for q in questions if len(q.answer) > max(map(len, q.distractors))]
    assert 0.15 <= len(longest) / len(questions) <= 0.3
