"""Quizzes over HTTP: composed for a person, graded once, and learned from."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import RAISE

from app.schemas.quizzes import GradedQuiz, QuizAnswer
from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.question_bank import built_in_questions
from flows.intelligence.mastery import Mastery
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.in_memory_learners import InMemoryLearners

URL = "/api/quizzes"
BODY = {"userId": "ann", "skill": "react-hooks"}
KEYS = {"API_KEYS": "acme:acme-key-0123456789,globex:globex-key-0123456789"}

MakeClient = Callable[..., FlaskClient]


@pytest.fixture
def catalogues() -> InMemoryCatalogues:
    """The catalogue that the questions are about."""
    return InMemoryCatalogues(built_in_catalogue)


def ask(client: FlaskClient, **more: Any) -> Any:
    """A quiz, as its schema describes it."""
    response = client.post(URL, json=BODY | more)
    assert response.status_code == 200, response.get_json()
    return QuizAnswer(unknown=RAISE).load(response.get_json())


def answers(quiz: Any, *, right: int) -> list[dict[str, str]]:
    """Answers to all questions of a quiz, the first so many of them right."""
    sent = []
    for number, shown in enumerate(quiz["questions"]):
        question = built_in_questions().questions[shown["id"]]
        text = question.answer if number < right else question.distractors[0]
        sent.append({"questionId": question.id, "optionId": question.option_id(text)})
    return sent


def send(client: FlaskClient, quiz: Any, sent: Any, user: str = "ann") -> tuple[int, Any]:
    """Send answers to a quiz."""
    response = client.post(f"{URL}/{quiz['decisionId']}/answers", json={"userId": user, "answers": sent})
    return response.status_code, response.get_json()


def graded(client: FlaskClient, quiz: Any, sent: Any) -> Any:
    """Answers, graded, as the schema describes it."""
    status, body = send(client, quiz, sent)
    assert status == 200, body
    return GradedQuiz(unknown=RAISE).load(body)


def test_a_quiz_on_a_skill(client: FlaskClient) -> None:
    """Five questions with four options each, on the skill and what it needs, none told the answer of."""
    quiz = ask(client)
    needed = built_in_catalogue().closure(["react-hooks"])

    assert (quiz["goal"]["id"], quiz["length"], quiz["heldBack"]) == ("react-hooks", 5, 0)
    assert len({question["id"] for question in quiz["questions"]}) == 5
    assert {question["skill"] for question in quiz["questions"]} <= needed
    assert "react-hooks" in {question["skill"] for question in quiz["questions"]}
    for question in quiz["questions"]:
        assert len({option["id"] for option in question["options"]}) == 4
        assert "answer" not in question
    assert "answerKey" not in quiz


def test_the_answer_key_comes_on_request(client: FlaskClient) -> None:
    """With includeAnswers the key names an option of each question, and it is the right one."""
    quiz = ask(client, includeAnswers=True)
    options = {q["id"]: {option["id"] for option in q["options"]} for q in quiz["questions"]}

    assert [entry["questionId"] for entry in quiz["answerKey"]] == list(options)
    for entry in quiz["answerKey"]:
        assert entry["optionId"] in options[entry["questionId"]]
        assert entry["optionId"] == built_in_questions().questions[entry["questionId"]].answer_id


def test_the_same_request_gives_the_same_quiz(client: FlaskClient) -> None:
    """Questions and the order of options stay for a person; another one gets another order."""
    assert ask(client)["questions"] == ask(client)["questions"]
    assert ask(client)["questions"] != ask(client, userId="bob")["questions"]


def test_a_quiz_can_be_polled_for(client: FlaskClient) -> None:
    """Whoever does not wait gets a job, whose result is the quiz."""
    begun = client.post(f"{URL}?mode=poll", json=BODY)
    job = client.get(begun.headers["Location"], headers={"Prefer": "wait=10"}).get_json()

    assert begun.status_code == 202
    assert len(job["result"]["questions"]) == 5


def test_mastery_moves_the_difficulty(client: FlaskClient, learners: InMemoryLearners) -> None:
    """Who masters a skill is asked harder questions on it than who does not, and is told why."""
    learners.record("demo", "ann", {"command-line": Mastery(0.95, 3)})
    learners.record("demo", "bob", {"command-line": Mastery(0.1, 3)})

    def only(user: str) -> Any:
        quiz = ask(client, userId=user, skill="command-line", length=1)
        return quiz["questions"][0]

    assert (only("ann")["difficulty"], only("bob")["difficulty"]) == (3, 2)
    assert "mastery 0.95 from 3 observations" in only("ann")["reason"]
    assert "mastery:command-line" in only("ann")["evidence"]


def test_answers_are_graded(client: FlaskClient) -> None:
    """The score counts right answers, and each result explains itself."""
    quiz = ask(client)

    body = graded(client, quiz, answers(quiz, right=3))

    assert body["quizId"] == quiz["decisionId"]
    assert body["score"] == {"right": 3, "answered": 5, "questions": 5, "share": 0.6}
    assert [result["correct"] for result in body["results"]] == [True, True, True, False, False]
    for result in body["results"]:
        assert result["explanation"] == built_in_questions().questions[result["questionId"]].explanation


def test_answers_move_mastery_and_set_reviews(client: FlaskClient, learners: InMemoryLearners) -> None:
    """Right answers raise the estimate of each skill, the store has it, and each is due again later."""
    quiz = ask(client)

    body = graded(client, quiz, answers(quiz, right=5))

    skills = {question["skill"] for question in quiz["questions"]}
    stored = learners.mastery("demo", "ann")
    assert (
        {change["skill"] for change in body["mastery"]} == skills == {due["skill"] for due in body["review"]}
    )
    assert all(change["after"] > change["before"] for change in body["mastery"])
    assert {change["skill"]: change["after"] for change in body["mastery"]} == {
        skill: round(mastery.level, 3) for skill, mastery in stored.items()
    }
    assert [due["dueAt"] for due in body["review"]] == sorted(due["dueAt"] for due in body["review"])


def test_wrong_answers_are_due_sooner(client: FlaskClient) -> None:
    """Who was wrong comes back within a day, who was right after a week."""
    quiz = ask(client, length=1)
    wrong = graded(client, quiz, answers(quiz, right=0))["review"][0]
    other = ask(client, userId="bob", length=1)
    status, body = send(client, other, answers(other, right=1), user="bob")

    assert status == 200
    assert "after 16.9 hours" in wrong["why"]
    assert "after 7.6 days" in body["review"][0]["why"]


def test_answering_again_changes_nothing(client: FlaskClient, events: InMemoryEvents) -> None:
    """The first answer to a question stays; a later one is graded, counted as duplicate, and not stored."""
    quiz = ask(client)
    first = graded(client, quiz, answers(quiz, right=5))
    again = graded(client, quiz, answers(quiz, right=0))

    assert (first["stored"], first["duplicates"]) == (5, 0)
    assert (again["stored"], again["duplicates"], again["score"]["right"]) == (0, 5, 0)
    assert [change["before"] for change in again["mastery"]] == [
        change["after"] for change in again["mastery"]
    ]
    assert [event.success for event in events.of_user("demo", "ann")] == [True] * 5


def test_some_answers_now_and_some_later(client: FlaskClient) -> None:
    """A quiz may be answered in parts."""
    quiz = ask(client)
    sent = answers(quiz, right=5)

    assert graded(client, quiz, sent[:2])["score"] == {
        "right": 2,
        "answered": 2,
        "questions": 5,
        "share": 0.4,
    }
    assert graded(client, quiz, sent[2:])["stored"] == 3


def test_what_was_right_is_not_asked_again(client: FlaskClient) -> None:
    """After a quiz the next one has other questions, apart from those that went wrong, and says so."""
    quiz = ask(client)
    graded(client, quiz, answers(quiz, right=3))

    following = ask(client, length=30)

    right = {question["id"] for question in quiz["questions"][:3]}
    assert {question["id"] for question in following["questions"]} & right == set()
    assert following["heldBack"] == 3


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"skill": "react-hoks"}, "/skill"),
        ({"length": 0}, "/length"),
        ({"length": 31}, "/length"),
        ({"length": "5"}, "/length"),
        ({"goal": "fullstack"}, "/skill"),
        ({"userId": ""}, "/userId"),
        ({"catalogue": "ours"}, "/catalogue"),
        ({"hint": True}, "/hint"),
    ],
)
def test_a_wrong_request_is_refused(client: FlaskClient, change: dict[str, Any], pointer: str) -> None:
    """A fault is named with its field."""
    response = client.post(URL, json=BODY | change)

    assert response.status_code == 422
    assert [fault["pointer"] for fault in response.get_json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ([{"questionId": "q-9", "optionId": "x"}], "/answers/0/questionId"),
        ([], "/answers"),
        ([{"questionId": "q-9"}], "/answers/0/optionId"),
    ],
)
def test_wrong_answers_are_refused(client: FlaskClient, sent: Any, pointer: str) -> None:
    """Answers to what was not asked are refused at their place."""
    status, body = send(client, ask(client), sent)

    assert status == 422
    assert [fault["pointer"] for fault in body["errors"]] == [pointer]


def test_one_wrong_answer_refuses_all(client: FlaskClient, events: InMemoryEvents) -> None:
    """Nothing is stored of answers of which one cannot be used."""
    quiz = ask(client)
    status, _ = send(client, quiz, [*answers(quiz, right=5)[:4], {"questionId": "q-9", "optionId": "x"}])

    assert status == 422
    assert list(events.of_user("demo", "ann")) == []


def test_a_quiz_is_answered_by_its_person(client: FlaskClient) -> None:
    """Answers in another person's name are refused."""
    quiz = ask(client)
    status, body = send(client, quiz, answers(quiz, right=5), user="bob")

    assert (status, body["errors"][0]["pointer"]) == (422, "/userId")


def test_unknown_quizzes(client: FlaskClient) -> None:
    """An id that nobody knows, and one of another flow, is no quiz."""
    path = {"userId": "ann", "currentSkill": "mid", "goal": "frontend", "timeframe": "6weeks"}
    other = client.post("/api/recommendations/learning-path", json=path).get_json()
    sent = [{"questionId": "q", "optionId": "o"}]

    assert send(client, {"decisionId": "nothing"}, sent)[0] == 404
    assert send(client, other, sent)[0] == 404


def test_organisations_do_not_see_each_others_quizzes(make_client: MakeClient) -> None:
    """A quiz of another organisation does not exist, and leaves no trace there."""
    client = make_client(env=KEYS)
    mine = client.post(URL, json=BODY, headers={"X-API-Key": "acme-key-0123456789"}).get_json()
    body = {"userId": "ann", "answers": answers(mine, right=5)}
    address = f"{URL}/{mine['decisionId']}/answers"

    assert client.post(address, json=body, headers={"X-API-Key": "globex-key-0123456789"}).status_code == 404
    assert (
        client.post(address, json=body, headers={"X-API-Key": "acme-key-0123456789"}).get_json()["stored"]
        == 5
    )
