"""Answers of students in the four-line format of knowledge tracing (pyKT, AKT and others).

Per student: a line whose first field is the id (what follows it differs between files and is not
read), a line of item ids, one of skill ids, one of 1 (right) or 0 (wrong), comma-separated and in
the order of answering. An item of several skills stands once per skill, one directly after the
other, with the same outcome.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flows.errors import InvalidInput
from flows.intelligence.tracing.learner import Answer

LINES_PER_STUDENT = 4
OUTCOMES = {"1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Student:
    """One student's answers, oldest first."""

    id: str
    answers: tuple[Answer, ...]


def parse_answer_log(lines: Iterable[str]) -> list[Student]:
    """The students of a file, in its order; raises InvalidInput that names the line."""
    rows = [[part.strip() for part in line.strip().rstrip(",").split(",")] for line in lines]
    while rows and rows[-1] == [""]:
        rows.pop()
    if len(rows) % LINES_PER_STUDENT:
        raise InvalidInput(f"four lines per student, but the file has {len(rows)}", field=f"line {len(rows)}")
    return [_student(rows, first) for first in range(0, len(rows), LINES_PER_STUDENT)]


def _student(rows: list[list[str]], first: int) -> Student:
    (identifier, *_), items, skills, outcomes = rows[first : first + LINES_PER_STUDENT]
    if not len(items) == len(skills) == len(outcomes):
        raise InvalidInput(
            f"student {identifier} has {len(items)} items, {len(skills)} skills, {len(outcomes)} outcomes",
            field=f"line {first + 1}",
        )
    unknown = next((outcome for outcome in outcomes if outcome not in OUTCOMES), None)
    if unknown is not None:
        raise InvalidInput(
            f"an outcome is 1 or 0, not {unknown!r}", field=f"line {first + LINES_PER_STUDENT}"
        )
    rights = (OUTCOMES[outcome] for outcome in outcomes)
    return Student(identifier, tuple(map(Answer, skills, rights, items)))
