"""Reading answers in the four-line format."""

import pytest

from flows.errors import InvalidInput
from flows.intelligence.evaluation.answer_log import Student, parse_answer_log
from flows.intelligence.tracing.learner import Answer

LINES = ["7,82295", "t1,t1,t2", "s1,s2,s1", "1,1,0", "8,5", "t9", "s3", "0"]


def test_four_lines_are_a_student() -> None:
    """Items, skills and outcomes go together by position; the id is the first field."""
    assert parse_answer_log(LINES) == [
        Student("7", (Answer("s1", True, "t1"), Answer("s2", True, "t1"), Answer("s1", False, "t2"))),
        Student("8", (Answer("s3", False, "t9"),)),
    ]


def test_line_ends_and_commas_at_the_end_do_not_matter() -> None:
    """Blanks, a last comma and empty lines at the end are as if they were not there."""
    untidy = [f" {line.replace(',', ' , ')},\r\n" for line in LINES]
    assert parse_answer_log([*untidy, "\n", ""]) == parse_answer_log(LINES)


def test_an_empty_file_has_no_students() -> None:
    """It is for whoever asks to say that this is too few."""
    assert parse_answer_log([]) == parse_answer_log(["", ""]) == []


def test_a_file_that_breaks_off_is_refused() -> None:
    """The last student must be whole."""
    with pytest.raises(InvalidInput, match="four lines per student") as caught:
        parse_answer_log(LINES[:-1])
    assert caught.value.field == "line 7"


@pytest.mark.parametrize(("line", "text"), [(5, "t9,t8"), (6, "s3,s4"), (7, "0,1")])
def test_lines_of_unequal_length_are_refused(line: int, text: str) -> None:
    """The error names the student and the line where they start."""
    lines = [*LINES]
    lines[line] = text
    with pytest.raises(InvalidInput, match="student 8") as caught:
        parse_answer_log(lines)
    assert caught.value.field == "line 5"


@pytest.mark.parametrize("outcome", ["2", "", "true"])
def test_an_outcome_is_right_or_wrong(outcome: str) -> None:
    """Nothing but 1 and 0; the error names the line."""
    with pytest.raises(InvalidInput, match="outcome") as caught:
        parse_answer_log([*LINES[:3], f"1,{outcome},0"])
    assert caught.value.field == "line 4"
