"""Multiple-choice questions over the skills of the catalogue: ``questions/*.toml``, checked on load.

A file is a list of ``[[questions]]``, one file per area. A question has ``id``, ``skill``,
``difficulty``, ``stem``, ``answer``, three ``distractors``, ``explanation`` and, if wanted,
``tags``. The answer stands apart from the distractors and never has a place in a row: rows are
shuffled when a question is served.
"""

import hashlib
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from flows.catalogue.built_in import FOLDER, built_in_catalogue
from flows.catalogue.nearest import nearest
from flows.errors import CatalogueError

DISTRACTORS = 3
EASIEST, HARDEST = 1, 5
MAX_ID = 60  #: An answer's event id holds a quiz id and a question id, and ids end at 128.
OPTION_DIGEST_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with one right answer.

    ``difficulty`` is 1 to 5. Of people who solve every second typical task of the skill, about
    87 in 100 are expected to get a question of difficulty 1 right, 77 of 2, 63 of 3, 48 of 4 and
    38 of 5 (lucky guesses included; ``flows.intelligence.quizzes.success`` has the curve).
    """

    id: str
    skill: str
    difficulty: int
    stem: str
    answer: str
    distractors: tuple[str, ...]
    explanation: str
    tags: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The right answer and then the wrong ones, as texts."""
        return (self.answer, *self.distractors)

    @property
    def answer_id(self) -> str:
        """The option id of the right answer."""
        return self.option_id(self.answer)

    def option_id(self, text: str) -> str:
        """A stable id of an option: it depends on the two texts and on no order."""
        return hashlib.blake2b(f"{self.id}\n{text}".encode(), digest_size=OPTION_DIGEST_BYTES).hexdigest()


QUESTION_FIELDS = frozenset(field.name for field in fields(Question))
TEXTS = ("id", "skill", "stem", "answer", "explanation")


@dataclass(frozen=True, slots=True)
class QuestionBank:
    """Checked questions by id, in the order of the files."""

    questions: Mapping[str, Question]
    by_skill: Mapping[str, tuple[Question, ...]]

    def of(self, skill_id: str) -> tuple[Question, ...]:
        """The questions of a skill; none for a skill that has none."""
        return self.by_skill.get(skill_id, ())


@cache
def built_in_questions() -> QuestionBank:
    """The question bank of the built-in catalogue, read once per process."""
    return read_questions(FOLDER / "questions", built_in_catalogue().skills)


def read_questions(folder: Path, skills: Collection[str]) -> QuestionBank:
    """Read all questions of a folder; raises CatalogueError with file and id."""
    return parse_questions([(path.name, _read(path)) for path in sorted(folder.glob("*.toml"))], skills)


def parse_questions(
    documents: Iterable[tuple[str, Mapping[str, Any]]], skills: Collection[str]
) -> QuestionBank:
    """A bank from (source, document) pairs over known skills; raises CatalogueError."""
    found: dict[str, Question] = {}
    sources: dict[str, str] = {}
    for source, document in documents:
        for entry in _entries(source, document):
            question = _question(source, entry, skills)
            _claim(sources, source, question.id, question.id, "id")
            _claim(sources, source, question.id, question.stem, "stem")
            found[question.id] = question
    by_skill: dict[str, tuple[Question, ...]] = {}
    for question in found.values():
        by_skill[question.skill] = (*by_skill.get(question.skill, ()), question)
    return QuestionBank(found, by_skill)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(path.name, "", str(error)) from None


def _entries(source: str, document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = document.get("questions")
    if document.keys() != {"questions"} or not isinstance(entries, list):
        raise CatalogueError(source, "", "must have a list of questions and nothing else")
    if not all(isinstance(entry, Mapping) for entry in entries):
        raise CatalogueError(source, "questions", "must be a list of tables")
    return entries


def _question(source: str, entry: Mapping[str, Any], skills: Collection[str]) -> Question:
    item = str(entry.get("id", "a question"))
    if unknown := sorted(entry.keys() - QUESTION_FIELDS):
        raise CatalogueError(source, item, f"unknown field {unknown[0]!r}")
    for name in TEXTS:
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise CatalogueError(source, item, f"{name} must be a text that is not empty")
    question = Question(
        **{name: entry[name].strip() for name in TEXTS},
        difficulty=_difficulty(source, item, entry.get("difficulty")),
        distractors=_texts(source, item, entry.get("distractors"), "distractors"),
        tags=_texts(source, item, entry.get("tags", []), "tags"),
    )
    _check(source, question, skills)
    return question


def _difficulty(source: str, item: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not EASIEST <= value <= HARDEST:
        raise CatalogueError(source, item, f"difficulty must be a whole number from {EASIEST} to {HARDEST}")
    return value


def _texts(source: str, item: str, values: Any, name: str) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise CatalogueError(source, item, f"{name} must be a list of texts that are not empty")
    return tuple(value.strip() for value in values)


def _check(source: str, question: Question, skills: Collection[str]) -> None:
    if len(question.id) > MAX_ID or any(c.isspace() for c in question.id):
        raise CatalogueError(source, question.id, f"id must be 1 to {MAX_ID} characters without spaces")
    if question.skill not in skills:
        hint = ", ".join(nearest(question.skill, skills))
        message = f"unknown skill {question.skill!r}" + (f"; nearest: {hint}" if hint else "")
        raise CatalogueError(source, question.id, message)
    if len(question.distractors) != DISTRACTORS:
        message = f"has {len(question.distractors)} distractors, {DISTRACTORS} are needed"
        raise CatalogueError(source, question.id, message)
    if question.answer in question.distractors:
        raise CatalogueError(source, question.id, "a distractor is equal to the answer")
    if len(set(question.distractors)) < DISTRACTORS:
        raise CatalogueError(source, question.id, "two distractors are equal")


def _claim(sources: dict[str, str], source: str, item: str, text: str, kind: str) -> None:
    if (key := f"{kind}:{text}") in sources:
        raise CatalogueError(source, item, f"duplicate {kind}, also in {sources[key]}")
    sources[key] = source
