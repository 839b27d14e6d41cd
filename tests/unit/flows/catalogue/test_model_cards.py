"""Names that people use, and latency between the points of a card."""

from dataclasses import replace

import pytest

from flows.catalogue.built_in_models import built_in_models

CARD = replace(built_in_models().models["qwen2.5-coder:7b"], latency_ms=((500, 100.0), (1000, 200.0)))


@pytest.mark.parametrize(
    ("tokens", "expected"), [(500, 100), (750, 150), (1000, 200), (2000, 400), (250, 50), (1, 50)]
)
def test_latency_by_size_of_the_prompt(tokens: int, expected: float) -> None:
    """Straight lines between and beyond the points, but never under half of the first."""
    assert CARD.latency_at(tokens) == pytest.approx(expected)


def test_latency_of_a_single_point() -> None:
    """With one point every prompt takes as long."""
    assert replace(CARD, latency_ms=((500, 80.0),)).latency_at(9000) == 80


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("code review", "code review"),
        ("Code-Review", "code review"),
        (" code_reviews ", "code review"),
        ("unit tests", "test writing"),
        ("debuging", "debugging"),
        ("poetry", None),
        ("☃", None),
    ],
)
def test_a_task_by_any_name(asked: str, expected: str | None) -> None:
    """Case, dashes, other names and slips are understood; what is like nothing is nothing."""
    assert built_in_models().tasks.find(asked) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("py", "Python"), ("golang", "Go"), ("C", "C"), ("c++", "C++"), ("C#", "C#"), ("COBOL", None)],
)
def test_a_language_by_any_name(asked: str, expected: str | None) -> None:
    """A name of one or two letters has to be meant exactly."""
    assert built_in_models().languages.find(asked) == expected


def test_names_of_ones_own() -> None:
    """Names from observations are known too, and take nothing away from the others."""
    names = built_in_models().tasks.with_more(["commit messages", "Review"])
    assert names.find("commit-message") == "commit messages"
    assert names.find("review") == "code review"
    assert built_in_models().tasks.find("commit messages") is None
