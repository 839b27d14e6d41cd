"""What is seen of a question."""

import pytest

from flows.intelligence.routing.question import MOST_CHARACTERS, look_at


def test_words_and_pairs() -> None:
    """In lower case and once each; every number is the same one."""
    terms = look_at("Add 2 and 37. Add").terms
    expected = {"add", "#", "and", ".", "add #", "# and", "and #", "# .", ". add", "first: add"}
    assert expected <= set(terms)
    assert len(terms) == len(set(terms))


def test_coarse_sizes() -> None:
    """Length, digits, lines and signs in steps of half a doubling, also within the task."""
    expected = {"length 5", "digits 2", "lines 1", "signs 3", "maths| length 5", "maths| #", "maths| # +"}
    assert expected <= set(look_at("1+\n+b", "maths").terms)


@pytest.mark.parametrize(("text", "trait", "expected"), [
    ("How many?", 10, 1.0), ("no", 10, 0.0), ("def f(): ...", 11, 1.0), ("$x$", 7, 1.0),
    ("Which is not red", 12, 1.0), ("12 34", 1, 1.0), ("AB", 5, 2 / 3), ("who", 15, 1.0), ("", 0, 0.0),
])  # fmt: skip
def test_traits(text: str, trait: int, expected: float) -> None:
    """Numbers that tell kinds of questions apart; nothing at all is a question too."""
    assert look_at(text).traits[trait] == pytest.approx(expected)


def test_a_long_question_is_cut() -> None:
    """What comes after the first 4,000 characters is not looked at."""
    assert look_at("x" * MOST_CHARACTERS + " end") == look_at("x" * MOST_CHARACTERS)
