"""Items that are about the same."""

import pytest

from flows.intelligence.recommender.content import similar, vectors_of, words
from flows.intelligence.recommender.interactions import Item

LESSONS = [
    Item("1", "Sort a table", "rows and columns in order", ("Excel",), "Beginner"),
    Item("2", "Filter a table", "hide rows", ("Excel",), "Beginner"),
    Item("3", "Write an e-mail", "send it to people", ("Outlook",), "Advanced"),
    Item("4", "Answer an e-mail", "reply to people", ("Outlook",), "Beginner"),
    Item("5", "Breathe", "calmly"),
]


def test_the_nearest_is_about_the_same() -> None:
    """Shared words, tags and levels make neighbours, the most alike first."""
    rows = similar(LESSONS)
    assert [next(iter(row), None) for row in rows] == [1, 0, 3, 2, None]


def test_vectors_have_length_one() -> None:
    """Long texts are no nearer than short ones."""
    for vector in vectors_of(LESSONS):
        assert sum(weight * weight for weight in vector.values()) == pytest.approx(1.0)


def test_vector_is_log_frequency_times_rarity() -> None:
    """(1 + ln n) * ln(items / items with the term), a word of the title counting three times."""
    red, _, _, _ = vectors_of(
        [Item("1", "Red", "red blue"), Item("2", "Blue"), Item("3", "Tea"), Item("4", "Ink")]
    )
    assert red["red"] / red["blue"] == pytest.approx((1 + 1.3862943611) * 1.3862943611 / 0.6931471806)


def test_a_term_of_more_than_half_of_the_items_says_nothing() -> None:
    """Words that are everywhere make nobody a neighbour."""
    rows = similar([Item("1", "the dog"), Item("2", "the cat"), Item("3", "the cow"), Item("4", "emu")])
    assert rows == ({}, {}, {}, {})


def test_a_tag_is_not_the_word() -> None:
    """The tag ``word`` and the word "word" are two terms."""
    rows = similar([Item("1", "", "word"), Item("2", "", "", ("Word",)), Item("3", "x"), Item("4", "y")])
    assert rows[:2] == ({}, {})


def test_tags_and_levels_are_taken_whatever_their_case() -> None:
    """``Excel`` and ``excel`` are the same tag, and so with levels."""
    items = [Item("1", "", tags=("Excel",)), Item("2", "", tags=("excel",))]
    others = [Item("3", "", level="Hard"), Item("4", "", level="hard")]
    assert similar([*items, *others]) == ({1: 1.0}, {0: 1.0}, {3: 1.0}, {2: 1.0})


def test_near_neighbours_stand_out() -> None:
    """Shares go with the square of the cosine."""
    items = [
        Item("1", "ab cd"),
        Item("2", "ab cd"),
        Item("3", "ab xy"),
        *(Item(f"{n}", f"z{n}") for n in range(5)),
    ]
    vectors = vectors_of(items)
    cosine = sum(weight * vectors[2].get(term, 0.0) for term, weight in vectors[0].items())
    assert similar(items)[0] == {
        1: pytest.approx(1 / (1 + cosine**2), abs=1e-5),
        2: pytest.approx(cosine**2 / (1 + cosine**2), abs=1e-5),
    }


def test_words_are_of_two_letters_or_more() -> None:
    """Letters of any script and digits, in lower case."""
    assert list(words("C# à Élan: Teil 2, lesson 10b")) == ["élan", "teil", "lesson", "10b"]


def test_of_a_long_text_the_telling_terms_are_kept() -> None:
    """Sixty terms per item are enough, the rarest words first; equal ones by name."""
    long = " ".join(f"w{number:03}" for number in range(100))
    first, _ = vectors_of([Item("1", "", long), Item("2", "", "other")])
    assert sorted(first) == [f"w{number:03}" for number in range(60)]
