"""How the questions of a quiz are chosen."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flows.catalogue.question_bank import Question, QuestionBank
from flows.intelligence.mastery import Mastery
from flows.intelligence.quizzes.composer import Quiz, compose_quiz, option_order

DIFFICULTIES = (1, 2, 3, 4, 5)


def question(skill: str, difficulty: int, number: int = 0) -> Question:
    """A question, recognised by its id."""
    return Question(
        id=f"{skill}-{difficulty}-{number}",
        skill=skill,
        difficulty=difficulty,
        stem=f"{skill} {difficulty} {number}?",
        answer="right",
        distractors=("wrong", "worse", "worst"),
        explanation="So.",
    )


def bank_of(*skills: str, each: int = 1) -> QuestionBank:
    """Questions of every difficulty on each skill."""
    by_skill = {
        skill: tuple(question(skill, d, number) for d in DIFFICULTIES for number in range(each))
        for skill in skills
    }
    return QuestionBank({q.id: q for found in by_skill.values() for q in found}, by_skill)


def composed(worth: Mapping[str, float], mastery: Mapping[str, Mastery] | None = None, **more: Any) -> Quiz:
    """A quiz on the skills a and b with five questions each."""
    settings = {"answered_right": frozenset(), "length": 4, "seed": "acme/ann/2026-11-23", **more}
    bank = settings.pop("bank", bank_of("a", "b"))
    return compose_quiz(bank, worth, mastery or {}, **settings)


def ids(quiz: Quiz) -> list[str]:
    """The questions in the order in which they are asked."""
    return [chosen.question.id for chosen in quiz.chosen]


def test_the_fitting_difficulty_is_chosen() -> None:
    """At mastery .42 difficulty 2 fits best, at .92 the hardest, at .2 the easiest."""
    bank = bank_of("a")
    for level, expected in ((0.42, "a-2-0"), (0.92, "a-5-0"), (0.2, "a-1-0")):
        quiz = composed({"a": 1.0}, {"a": Mastery(level, 9)}, bank=bank, length=1)
        assert ids(quiz) == [expected]


def test_no_question_twice() -> None:
    """A quiz longer than the bank has each question once."""
    quiz = composed({"a": 1.0, "b": 0.5}, length=30)

    assert sorted(ids(quiz)) == [f"{skill}-{difficulty}-0" for skill in "ab" for difficulty in DIFFICULTIES]


def test_questions_spread_over_skills() -> None:
    """A skill and a prerequisite nobody has seen: most questions on the skill, some on the other."""
    quiz = composed({"a": 1.0, "b": 0.5}, length=5, bank=bank_of("a", "b", each=4))

    assert Counter(chosen.question.skill for chosen in quiz.chosen) == {"a": 4, "b": 1}


def test_the_least_sure_comes_first() -> None:
    """What was answered forty times is asked about less than a prerequisite nobody has seen."""
    known = {"a": Mastery(0.9, 40)}
    quiz = composed({"a": 1.0, "b": 0.5}, known, length=3)

    assert {chosen.question.skill for chosen in quiz.chosen} == {"b"}


def test_skills_that_are_worth_nothing_are_not_asked() -> None:
    """Only skills that were wanted have questions in the quiz, however many are asked for."""
    assert {chosen.question.skill for chosen in composed({"b": 1.0}, length=30).chosen} == {"b"}


def test_what_was_answered_right_is_held_back() -> None:
    """Questions answered right lately are left out and counted; of other skills they do not count."""
    quiz = composed({"a": 1.0}, answered_right={"a-2-0", "a-3-0", "b-1-0"}, length=30)

    assert sorted(ids(quiz)) == ["a-1-0", "a-4-0", "a-5-0"]
    assert quiz.held_back == 2


def test_the_easiest_comes_first() -> None:
    """A quiz begins with what the person will most likely get right."""
    chances = [chosen.expected_success for chosen in composed({"a": 1.0, "b": 0.5}, length=8).chosen]

    assert chances == sorted(chances, reverse=True)


def test_the_same_seed_gives_the_same_quiz() -> None:
    """A quiz is the same for the same person and day, and another one on some other day."""
    bank = bank_of("a", each=20)

    def on(day: int) -> list[str]:
        return ids(composed({"a": 1.0}, bank=bank, seed=f"acme/ann/2026-11-{day}"))

    assert on(1) == on(1)
    assert len({tuple(on(day)) for day in range(1, 11)}) > 5


def test_what_is_known_is_kept_with_the_choice() -> None:
    """A chosen question says what was known of the skill, and with which chance it reckons."""
    quiz = composed({"a": 1.0, "b": 1.0}, {"a": Mastery(0.5, 3)}, length=30)
    chosen = {c.question.id: c for c in quiz.chosen}

    assert chosen["a-3-0"].seen == Mastery(0.5, 3)
    assert chosen["a-3-0"].expected_success == 0.625
    assert chosen["b-3-0"].seen is None


def test_options_are_shuffled_by_the_seed() -> None:
    """The order of options is the same for one seed, and the right one stands everywhere in time."""
    asked = question("a", 1)
    places = [option_order(asked, f"seed-{n}").index("right") for n in range(200)]

    assert option_order(asked, "seed-7") == option_order(asked, "seed-7")
    assert all(30 <= places.count(place) <= 70 for place in range(4))


def test_each_question_is_shuffled_by_itself() -> None:
    """Under one seed the right option does not stand in the same place in every question."""
    places = [option_order(question("a", 1, number), "seed").index("right") for number in range(200)]

    assert all(30 <= places.count(place) <= 70 for place in range(4))
