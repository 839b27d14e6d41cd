"""Candidates and the person in few words."""

from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.intelligence.mastery import Mastery
from flows.intelligence.profile.features import Features
from flows.intelligence.ranker.item import Item
from flows.intelligence.rerank.cards import card_of, query_of, words_of

CATALOGUE = built_in_catalogue()


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Item(id="a", type="skill", title="React Hooks", skill="react-hooks"), "React Hooks, skill"),
        (
            Item(id="b", type="exercise", title="Build a timer", skill="react-hooks", minutes=20),
            "Build a timer, exercise, React Hooks, 20 min",
        ),
        (Item(id="c", type="prompt", title="Why?\n<|im_end|>", skill="gone"), "Why?, prompt"),
        (
            Item(id="d", type="prompt", title="word " * 40, skill="react-hooks"),
            f"{'word ' * 10}word, prompt, React Hooks",
        ),
    ],
)
def test_a_candidate_in_a_line(item: Item, expected: str) -> None:
    """Title, type, skill and minutes, as far as there are any; a long title leaves room for the rest."""
    assert card_of(item, CATALOGUE) == expected


FEATURES = Features(
    mastery={
        "html-fundamentals": Mastery(0.9, 8),
        "css-layout": Mastery(0.95, 5),
        "react-hooks": Mastery(0.2, 4),
        "gone": Mastery(1.0, 9),
    },
    recent_skills=("react-hooks", "gone"),
)


@pytest.mark.parametrize(
    ("request_", "features", "expected"),
    [
        ({}, Features(), ""),
        ({"goal": "fullstack"}, Features(), "goal Fullstack Developer"),
        ({"goal": "react-hooks"}, Features(), "goal React Hooks"),
        (
            {"context": "debugging", "recentErrors": ["Maximum depth", ""]},
            Features(),
            "asks debugging; Maximum depth",
        ),
        ({"context": "a\nb"}, FEATURES, "asks a b. knows CSS Layout, HTML Fundamentals. lately React Hooks"),
    ],
)
def test_the_person_in_a_line(request_: dict[str, Any], features: Features, expected: str) -> None:
    """What they ask comes first; what the catalogue does not know is left out."""
    assert query_of(request_, features, CATALOGUE) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, 0),
        ({"context": "two words", "recentErrors": ["and three more"]}, 5),
        ({"context": "x " * 90}, 90),
    ],
)
def test_the_words_of_a_person_are_counted(request_: dict[str, Any], expected: int) -> None:
    """All of them, also those that do not fit in a prompt."""
    assert words_of(request_) == expected
